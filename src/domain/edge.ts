import type { ViewerCertificate } from './distribution.ts';
import type { Hostname } from './hostname.ts';

/**
 * What Anchor has on one standard distribution: its members, the certificate that serves them, and
 * the one that will. One item, so that membership and certificate change together.
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
  /** The viewer certificate found before our first change; put back when our last name leaves. */
  readonly baseline?: ViewerCertificate;
  /** Counts the shared certificates ever planned; part of their idempotency tokens. */
  readonly generation: number;
  /** Why the distribution cannot move on, for the owners of the names that wait. */
  readonly reason?: string;
  readonly revision: number;
  readonly attempts: number;
  readonly dueShard?: number;
  readonly dueAt?: number;
}

export interface EdgeMember {
  readonly domainId: string;
  readonly projectId: string;
  /**
   * `joining`: proven, to be taken up; `attached`: in the configuration CloudFront accepted;
   * `served`: deployed; `leaving`: to be taken off; a member that has left is no longer here.
   */
  readonly state: 'joining' | 'attached' | 'served' | 'leaving';
  /** The member's own ISSUED certificate; serves alone while it is the only name. */
  readonly ownCertificateArn: string;
  readonly since: number;
}

export interface EdgeServing {
  readonly certificateArn: string;
  /** Names the certificate covers, which may be more than the members still attached. */
  readonly names: readonly string[];
  /** False until CloudFront says Deployed after our last change. */
  readonly deployed: boolean;
}

export interface EdgeNext {
  readonly generation: number;
  readonly names: readonly string[];
  readonly plannedAt: number;
  readonly requestedAt?: number;
  readonly certificateArn?: string;
}
