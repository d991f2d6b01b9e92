import type { Hostname } from './hostname.ts';

/** A distribution tenant of CloudFront, as it was read. */
export interface TenantState {
  /** CloudFront's id, which changes and deletions name it by. */
  readonly id: string;
  readonly name: string;
  readonly etag: string;
  readonly distributionId: string;
  readonly domains: readonly TenantDomain[];
  /** The tenant's own certificate; undefined while it has that of its distribution. */
  readonly certificateArn: string | undefined;
  readonly enabled: boolean;
  /** False while CloudFront still rolls the last change out. */
  readonly deployed: boolean;
  /** Milliseconds since the epoch. */
  readonly changedAt: number | undefined;
  /** The tenant as read, opaque to everybody but the adapter. */
  readonly settings: unknown;
}

export interface TenantDomain {
  readonly name: string;
  /** Whether CloudFront serves it once it is deployed. */
  readonly active: boolean;
}

/** A new tenant: one name under one certificate. */
export interface TenantPlan {
  readonly name: string;
  readonly distributionId: string;
  /** Left out: the account's default one. */
  readonly connectionGroupId?: string;
  readonly domain: Hostname;
  readonly certificateArn: string;
  readonly projectId: string;
}

export type TenantChange =
  | { readonly enabled: false }
  | { readonly enabled: true; readonly domain: Hostname; readonly certificateArn: string };

/** The same for the same domain, so that a tenant whose creation nobody saw answered is found again. */
export function tenantName(domainId: string): string {
  return `anchor-${domainId.replaceAll(/[^a-zA-Z0-9]/g, '-')}`;
}
