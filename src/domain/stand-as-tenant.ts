import type { CustomDomain } from './custom-domain.ts';
import type { EdgeStanding, EdgeState } from './domain-step.ts';
import { edgeReasons } from './edge-reasons.ts';
import type { TenantState } from './tenant.ts';

/** How a domain stands that has a distribution tenant of its own; undefined when there is no tenant. */
export function standAsTenant(record: CustomDomain, tenant: TenantState | undefined): EdgeStanding {
  if (!tenant) return { state: 'absent', full: false, watched: false };
  const { ownCertificateArn } = record;
  const drift = tenantDrift(record, tenant);
  return {
    state: stateOf(record, tenant),
    since: tenant.changedAt ?? record.updatedAt,
    ...(ownCertificateArn !== undefined && { ownCertificateArn }),
    ...(tenant.certificateArn !== undefined && { servingCertificateArn: tenant.certificateArn }),
    ...(drift !== undefined && { drift }),
    full: false,
    watched: false,
  };
}

function stateOf({ domain }: CustomDomain, { enabled, deployed, domains }: TenantState): EdgeState {
  if (!enabled) return deployed ? 'off' : 'leaving';
  const active = domains.some((each) => each.name === domain && each.active);
  return deployed && active ? 'served' : 'attached';
}

/** What is not as it should be while the domain is wanted, in a sentence for its owner. */
function tenantDrift({ domain, ownCertificateArn }: CustomDomain, tenant: TenantState): string | undefined {
  if (!tenant.enabled) return edgeReasons.tenantDisabled(domain);
  if (tenant.certificateArn !== ownCertificateArn) return edgeReasons.tenantCertificate(domain);
  const [only, ...others] = tenant.domains;
  return only?.name === domain && others.length === 0 ? undefined : edgeReasons.tenantDomains(domain);
}
