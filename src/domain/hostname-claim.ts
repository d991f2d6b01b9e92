import type { Hostname } from './hostname.ts';

/**
 * Who holds a name in this installation. Keyed by the name itself, so that a name is held once
 * however many replicas are asked at the same time. A name that was given back keeps its claim as a
 * tombstone: ACM issues for a name that was ever validated in the account without asking again, so
 * another project has to prove control by itself.
 */
export interface HostnameClaim {
  /** The name; or, for a project that contends for a name it does not hold, `contenderKey`. */
  readonly hostname: string;
  readonly projectId: string;
  readonly domainId: string;
  readonly claimedAt: number;
  /** When the claim was given for a proof of control. */
  readonly provenAt?: number;
  /** The name was held before, by this project: when nothing comes of this claim it is a tombstone again. */
  readonly heldBefore?: true;
  /** A tombstone: nobody holds the name, this project was the last that did. */
  readonly releasedAt?: number;
}

/**
 * Under what a project contends for a name: beside the name's claim, which it does not touch, and
 * once for each project. `#` is in no name.
 */
export function contenderKey(hostname: Hostname, projectId: string): string {
  return `${hostname}#${projectId}`;
}
