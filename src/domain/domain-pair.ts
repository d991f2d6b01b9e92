import type { Hostname } from './hostname.ts';

/** The link between an apex and its `www`, on both of them. */
export interface DomainPair {
  /** The other name. */
  readonly domain: Hostname;
  /** Which of the two this domain is. The `www` that was added for an apex goes with it. */
  readonly role: 'apex' | 'www';
  /**
   * - `wanted`: to be added, as soon as this domain is looked at
   * - `added`: made for this one
   * - `own`: the project had it before, and it stays when this one goes
   * - `refused`: could not be added; `reason` says why
   * - `parted`: one of the two was deleted
   */
  readonly state: 'wanted' | 'added' | 'own' | 'refused' | 'parted';
  readonly domainId?: string;
  /** For `refused`: a sentence for its owner. */
  readonly reason?: string;
  /** For `wanted`: the other name is contended for as well when another project holds it. */
  readonly takeOver?: true;
}
