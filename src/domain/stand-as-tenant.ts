import type { CustomDomain } from './custom-domain.ts';
import type { EdgeStanding, EdgeState } from './domain-step.ts';
import type { EdgeDrift } from './edge.ts';
import type { TenantState } from './tenant.ts';

/** How a domain stands that has a distribution tenant of its own; undefined when there is no tenant. */
export function standAsTenant(record: CustomDomain, tenant: TenantState | undefined, now: number): EdgeStanding {
  const kind = driftOf(record, tenant);
  const foundAt = record.drift?.kind === kind ? record.drift?.foundAt ?? now : now;
  const { ownCertificateArn } = record;
  const common = {
    full: false, watched: false,
    ...(kind && { drift: { kind, foundAt } }),
    ...(ownCertificateArn !== undefined && { ownCertificateArn }),
  };
  if (!tenant) return { state: 'absent', ...common };
  return {
    ...common,
    state: stateOf(record, tenant),
    since: tenant.changedAt ?? record.updatedAt,
    ...(tenant.certificateArn !== undefined && { servingCertificateArn: tenant.certificateArn }),
  };
}

function stateOf({ domain }: CustomDomain, { enabled, deployed, domains }: TenantState): EdgeState {
  if (!enabled) return deployed ? 'off' : 'leaving';
  const active = domains.some((each) => each.name === domain && each.active);
  return deployed && active ? 'served' : 'attached';
}

/** What is not as it should be while the domain is wanted; before it was served, no tenant is nothing strange. */
function driftOf(
  { domain, phase, ownCertificateArn }: CustomDomain, tenant: TenantState | undefined,
): EdgeDrift['kind'] | undefined {
  if (!tenant) return phase === 'active' || phase === 'drifted' ? 'alias_removed' : undefined;
  if (!tenant.enabled) return 'tenant_disabled';
  if (tenant.certificateArn !== ownCertificateArn) return 'certificate_replaced';
  if (!tenant.domains.some(({ name }) => name === domain)) return 'alias_removed';
  return tenant.domains.length > 1 ? 'names_added' : undefined;
}
