import type { CertificateStatus } from './certificate.ts';
import type { ViewerCertificate } from './distribution.ts';
import type { HeldElsewhere } from './held-name.ts';
import type { Hostname } from './hostname.ts';

/**
 * What Anchor has on one standard distribution: its members, the certificate that serves them, and
 * the one that will. One item, so that membership and certificate change together. It stays when
 * the last member has left, because its generation must never be counted twice.
 *
 * A distribution has one viewer certificate and it must cover every alias; so names that are ready
 * are taken up together into the next shared certificate, the distribution changes once for all of
 * them, and the old certificate is deleted only after CloudFront has deployed the new one.
 */
export interface Edge {
  readonly distributionId: string;
  readonly members: Readonly<Record<Hostname, EdgeMember>>;
  /** What we last saw accepted by CloudFront; absent while we have nothing on the distribution. */
  readonly serving?: EdgeServing;
  /** The certificate for the next set of names, from plan to attachment. */
  readonly next?: EdgeNext;
  /** Certificates of ours that nothing should use any more. */
  readonly retired: readonly string[];
  /** When the deletion of a retired certificate was last tried in vain. */
  readonly retiredTriedAt?: number;
  /**
   * Names that were taken off, and when. A change whose answer was never seen may still land a
   * while later: an alias that comes back from this list is ours and is taken off again.
   */
  readonly departed: Readonly<Record<string, number>>;
  /** Aliases on the distribution that others put there, as last seen; they stay, and stay covered. */
  readonly foreign: readonly string[];
  /** The viewer certificate found before our first change; put back when our last name leaves. */
  readonly baseline?: ViewerCertificate;
  /** Counts the shared certificates ever planned; part of their idempotency tokens. */
  readonly generation: number;
  /** Another distribution holds one of several new names: they are added one by one until it is found. */
  readonly oneByOne?: true;
  /** No new certificate is planned before this, since the last could not be issued. */
  readonly holdUntil?: number;
  /** Domains whose standing here has changed and that have not been told yet. */
  readonly announce: readonly string[];
  /** Why the distribution cannot move on, for the owners of the names that wait. */
  readonly reason?: string;
  readonly revision: number;
  /** Failed passes in a row; sets the back-off. */
  readonly attempts: number;
  readonly dueShard?: number;
  readonly dueAt?: number;
}

export interface EdgeMember {
  readonly domainId: string;
  readonly projectId: string;
  readonly state: MemberState;
  /** The member's own ISSUED certificate; serves alone while it is the only name. Gone once a shared one serves. */
  readonly ownCertificateArn?: string;
  readonly since: number;
  /** The alias was on the distribution before us, so it stays when the member leaves. */
  readonly foundThere?: true;
  /** For `refused`. */
  readonly refusal?: EdgeRefusal;
  /** From the first refusal because another distribution has the name until CloudFront accepts it here. */
  readonly held?: HeldElsewhere;
  /** For its owner: what is wrong with a name that is served all the same. */
  readonly warning?: string;
  /** Somebody else changed what this name needs; gone once it is right again and deployed. */
  readonly drift?: EdgeDrift;
}

export interface EdgeDrift {
  /**
   * - `alias_removed`: the name is not on CloudFront
   * - `certificate_replaced`: another certificate serves it
   * - `tenant_disabled`: its distribution tenant serves nobody
   * - `names_added`: its distribution tenant serves other names as well
   */
  readonly kind: 'alias_removed' | 'certificate_replaced' | 'tenant_disabled' | 'names_added';
  readonly foundAt: number;
}

/**
 * - `joining`: proven, to be taken up; never yet sent to CloudFront
 * - `attaching`: written before the change that adds it is sent, so it may be on the distribution
 * - `attached`: in the configuration CloudFront accepted
 * - `served`: deployed
 * - `held`: another distribution has the name; it waits for its owner's TXT record or to be let go of
 * - `moving`: that record is seen: to be covered by a certificate, then moved here; it may be here already
 * - `leaving`: to be taken off; a member that has left is no longer here
 * - `refused`: could not be taken up; its domain decides what comes next
 */
export type MemberState = 'joining' | 'attaching' | 'attached' | 'served' | 'held' | 'moving' | 'leaving' | 'refused';

export interface EdgeRefusal {
  /** `proof`: its validation record is gone; `held`: something else on CloudFront holds the name. */
  readonly kind: 'proof' | 'held';
  /** Full sentences for the name's owner. */
  readonly reason: string;
  readonly at: number;
}

export interface EdgeServing {
  readonly certificateArn: string;
  /** Names the certificate covers, which may be more than the members still attached. */
  readonly names: readonly string[];
  /** False until CloudFront says Deployed after this certificate was attached. */
  readonly deployed: boolean;
  /** ACM's NotAfter, once it has been asked. */
  readonly notAfter?: number;
  /** When ACM was last asked about this certificate. */
  readonly checkedAt?: number;
  /** The certificate serves no more: expired, revoked or inactive. */
  readonly ended?: CertificateStatus;
}

export interface EdgeNext {
  readonly generation: number;
  /** Fixed with the plan, as they belong to the idempotency token. The first is the certificate's common name. */
  readonly names: readonly [string, ...string[]];
  /** For the certificate's tag: the project of the first name. */
  readonly projectId: string;
  readonly plannedAt: number;
  /** Written before the request is sent. */
  readonly requestedAt?: number;
  readonly certificateArn?: string;
}

export function newEdge(distributionId: string): Edge {
  return {
    distributionId, members: {}, retired: [], departed: {}, foreign: [], announce: [],
    generation: 0, revision: 0, attempts: 0,
  };
}
