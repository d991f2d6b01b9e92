import type { CertificateStatus, DnsRecord } from './certificate.ts';
import type { DomainPair } from './domain-pair.ts';
import type { EdgeDrift } from './edge.ts';
import type { OwedEvent } from './event.ts';
import type { HeldView } from './held-name.ts';
import type { Hostname } from './hostname.ts';
import type { OwnershipChallenge } from './ownership.ts';
import type { DriftHandling } from './project.ts';

/**
 * A custom domain of a project. It moves through its phases by `decideDomain` alone:
 *
 * requesting → validating → joining → deploying → active, with `drifted` while an outside change stands,
 * `failed` as the end of a certificate that ACM refused, and `leaving` → `releasing` → (gone) once
 * `desired` is `absent`. A name that others hold or held begins with `challenging`.
 * `docs/domain-states.md` shows every transition.
 */
export interface CustomDomain {
  readonly domainId: string;
  readonly projectId: string;
  readonly domain: Hostname;
  /** How it gets onto CloudFront: left out, as one of the names of its distribution; else by a tenant of its own. */
  readonly edgeMode?: 'tenant';
  /** For tenants, the multi-tenant distribution. */
  readonly distributionId: string;
  /** For tenants; left out, the account's default one. */
  readonly connectionGroupId?: string;
  /** What the name is pointed at: the distribution's domain name, or the routing endpoint of the tenants. */
  readonly distributionDomain: string;
  readonly desired: 'present' | 'absent';
  readonly phase: DomainPhase;
  /** 1 for the first certificate request; with the id it makes the idempotency token. */
  readonly certificateGeneration: number;
  /** When this generation was first asked for, written before the request is sent. */
  readonly certificateRequestedAt?: number;
  /**
   * When the shared certificate of the distribution had to be planned without this name, because its
   * validation record was gone: the name joins again only after the record has been seen in DNS. The
   * time of that refusal, which thereby is known to have been noted.
   */
  readonly proofLostAt?: number;
  /** Certificates of earlier generations, which have ended: deleted one a pass while nothing else is to be done. */
  readonly retiredCertificateArns?: readonly string[];
  /** When the deletion of one of them was last tried in vain. */
  readonly retiredTriedAt?: number;
  /** When `verify` was last asked for. */
  readonly verifiedAt?: number;
  /** The domain's own certificate, with which its owner proves control; gone once a shared one serves the name. */
  readonly ownCertificateArn?: string;
  /** The certificate that serves the name: its own, or the one shared by its distribution. */
  readonly servingCertificateArn?: string;
  /** The proof of control that is asked for before the name is given; gone once the name is held. */
  readonly challenge?: OwnershipChallenge;
  /** The domain that had the name before it was taken over: this one joins when that one is off its distribution. */
  readonly takesOverFrom?: string;
  /** Somebody else has taken the name and says so: the claim is to be looked at. */
  readonly claimCheckAt?: number;
  /** When it became known that another project proved control and took the name. */
  readonly takenOverAt?: number;
  /** The other name of an apex and its `www`. */
  readonly pair?: DomainPair;
  readonly certificateStatus: CertificateStatus | 'REQUESTED';
  /** The end of the certificate that serves the name, as ACM gave it (NotAfter). */
  readonly certificateExpiresAt?: number;
  /** The first of the looks in a row that found the validation record of an active domain gone. */
  readonly proofMissingSince?: number;
  /** Since when it is certain that the certificate cannot be renewed as things are. */
  readonly renewalAtRiskSince?: number;
  /** What others changed on CloudFront, for `drifted`. */
  readonly drift?: DomainDrift;
  /** While it is being removed: DNS was last seen to send the name here all the same. */
  readonly pointsHere?: true;
  readonly cloudFrontStatus: 'not_attached' | 'in_progress' | 'deployed';
  readonly validation?: DnsRecord;
  /** While another distribution has the name. */
  readonly held?: HeldView;
  /** For `failed`, or a remark on why the domain waits: a sentence for its owner. */
  readonly reason?: string;
  /** Events of its changes that are not recorded yet. */
  readonly owedEvents?: readonly OwedEvent[];
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly activatedAt?: number;
  /** When ACM was last asked about it. */
  readonly checkedAt?: number;
  readonly revision: number;
  /** Failed looks in a row; sets the back-off. */
  readonly attempts: number;
  readonly dueShard?: number;
  readonly dueAt?: number;
}

export type DomainPhase =
  | 'challenging' | 'requesting' | 'validating' | 'joining' | 'deploying' | 'active' | 'drifted' | 'failed'
  | 'leaving' | 'releasing';

export interface DomainDrift extends EdgeDrift {
  /** What the project wants done about it. */
  readonly handling: DriftHandling;
}
