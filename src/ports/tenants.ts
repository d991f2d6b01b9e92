import type { TenantChange, TenantPlan, TenantState } from '../domain/tenant.ts';

/** CloudFront distribution tenants. Every method may throw `CloudError`. */
export interface Tenants {
  /** By its name; undefined when CloudFront has no such tenant. */
  read(name: string): Promise<TenantState | undefined>;
  /**
   * Makes an enabled tenant. One that has the name already is answered as it is, so a repeat is
   * harmless. Throws `conflict` with awsName `CNAMEAlreadyExists` when another tenant or
   * distribution holds the domain, `refused` when the certificate does not cover it or is not
   * issued, `not_found` when there is no such distribution or connection group.
   */
  create(plan: TenantPlan): Promise<TenantState>;
  /**
   * Sets what the change names and sends everything else back as it was read in `state`. Throws
   * `stale` when the tenant has changed since, and otherwise like `create`.
   */
  change(state: TenantState, change: TenantChange): Promise<TenantState>;
  /** Needs a disabled tenant that is deployed (`conflict`, `ResourceNotDisabled`); one that is gone counts as removed. */
  remove(state: TenantState): Promise<void>;
}
