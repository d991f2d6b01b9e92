/** How the names of a project get onto CloudFront. A domain keeps the way it was added with. */
export type EdgeMode = 'distribution' | 'tenant';

/** A project's own choice. */
export type ProjectEdge =
  /** All names on the project's distribution, under one shared certificate. */
  | { readonly mode: 'distribution' }
  /** A distribution tenant for each name; what is left out, the installation decides. */
  | ({ readonly mode: 'tenant' } & Partial<TenantTarget>);

/** Where tenants are made, and what their names are pointed at. */
export interface TenantTarget {
  /** A multi-tenant distribution (`ConnectionMode: tenant-only`). */
  readonly distributionId: string;
  /** Of the connection group. */
  readonly routingEndpoint: string;
  /** Left out: the account's default one. */
  readonly connectionGroupId?: string;
}
