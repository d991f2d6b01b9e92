import type { CertificateStatus, DnsRecord } from './certificate.ts';
import type { DomainPair } from './domain-pair.ts';
import type { NameHolder } from './held-name.ts';
import type { Hostname } from './hostname.ts';
import type { ChallengeReason } from './ownership.ts';

export const DOMAIN_STATUSES = [
  'pending_ownership', 'pending_validation', 'pending_move', 'deploying', 'active', 'renewal_at_risk', 'drifted', 'failed',
  'deleting',
] as const;

/** What a person is told: a small closed set. */
export type DomainStatus = (typeof DOMAIN_STATUSES)[number];

/** A custom domain as its owner sees it. */
export interface DomainView {
  readonly domainId: string;
  readonly projectId: string;
  readonly domain: Hostname;
  readonly status: DomainStatus;
  /** One or two sentences: what is happening, what the owner should do. */
  readonly statusMessage: string;
  /** What else the owner should know: while it is deleted, that DNS still points here. */
  readonly warning: string | null;
  /** Whether the name is served. */
  readonly isActive: boolean;
  readonly certificateArn: string | null;
  readonly certificateStatus: CertificateStatus | 'REQUESTED';
  /** When the certificate ends unless it is renewed, in milliseconds since the epoch; null until that is known. */
  readonly certificateExpiresAt: number | null;
  readonly cloudFrontStatus: 'not_attached' | 'in_progress' | 'deployed';
  /** Null until ACM has named the record, a few seconds after the request. */
  readonly dnsValidation: DnsRecord | null;
  /** Only while control has to be proven to Anchor first, because others hold or held the name. */
  readonly ownershipChallenge?: ChallengeView;
  /** Only for an apex and its `www`. */
  readonly pair?: PairView;
  /** The record that proves control to ACM. */
  readonly dnsInstructions: DnsInstruction & { readonly note: string };
  /** The record that sends traffic here. */
  readonly cloudfrontCname: DnsInstruction;
  /** While another CloudFront distribution has the name and AWS has a way to move it here. */
  readonly moveInstructions: MoveInstruction | null;
  /** Milliseconds since the epoch; null when no further look is planned. */
  readonly nextCheckAt: number | null;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export interface ChallengeView {
  readonly reason: ChallengeReason;
  /** Why, and what to do. */
  readonly message: string;
  readonly recordType: 'TXT';
  readonly recordName: string;
  readonly recordValue: string;
  /** Until when the record is looked for. */
  readonly endsAt: number;
}

export interface PairView extends Pick<DomainPair, 'role' | 'state'> {
  /** The other name. */
  readonly domain: string;
  /** Null until the other name has a domain, and when it has none. */
  readonly domainId: string | null;
  readonly message: string;
}

/** The record that shows CloudFront that the name's owner wants it here. */
export interface MoveInstruction extends DnsInstruction {
  readonly note: string;
  /** Who has the name, as far as AWS tells: its ids are partly hidden. */
  readonly heldBy: { readonly resourceType: NameHolder['kind']; readonly resourceId: string; readonly accountId: string } | null;
}

export interface DnsInstruction {
  readonly message: string;
  /** `CNAME`, or for an apex the name of the alternatives: `ALIAS`. */
  readonly recordType: string;
  readonly recordName: string | null;
  readonly recordValue: string | null;
}
