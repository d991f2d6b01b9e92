import type { CustomDomain } from '../domain/custom-domain.ts';
import { edgeReasons } from '../domain/edge-reasons.ts';
import { standAsTenant } from '../domain/stand-as-tenant.ts';
import { tenantName } from '../domain/tenant.ts';
import { isCloudError } from '../ports/cloud-error.ts';
import type { DomainEdge, Joined, Left } from '../ports/edge.ts';
import type { DomainDeps } from './domain-deps.ts';
import { look } from './remote-call.ts';

/**
 * Onto CloudFront as a distribution tenant of its own, under the domain's own certificate. A tenant
 * is found by its name, which follows from the domain's id: so nothing has to be written down before
 * it is made, and whatever became of a call is seen by the next look.
 */
export function tenantEdge(deps: DomainDeps): DomainEdge {
  return {
    async standing(record) {
      const seen = await look(deps, record.domainId, () => deps.tenants.read(tenantName(record.domainId)));
      if (seen.kind === 'unknown') return seen;
      const tenant = seen.kind === 'found' ? seen.value : undefined;
      return { kind: 'found', value: standAsTenant(record, tenant, deps.clock.now()) };
    },
    join: (record) => join(deps, record),
    leave: (record) => leave(deps, record),
    hurry: async () => undefined,
  };
}

async function join({ tenants, clock }: DomainDeps, record: CustomDomain): Promise<Joined> {
  const { domain, domainId, projectId, distributionId, connectionGroupId, ownCertificateArn } = record;
  if (ownCertificateArn === undefined) return 'again';
  const name = tenantName(domainId);
  try {
    const there = await tenants.read(name);
    if (!there) {
      await tenants.create({
        name, distributionId, domain, projectId, certificateArn: ownCertificateArn,
        ...(connectionGroupId !== undefined && { connectionGroupId }),
      });
    } else if (standAsTenant(record, there, clock.now()).drift !== undefined) {
      await tenants.change(there, { enabled: true, domain, certificateArn: ownCertificateArn });
    }
    return 'done';
  } catch (error) {
    if (!isCloudError(error, 'conflict') || error.awsName !== 'CNAMEAlreadyExists') throw error;
    return { kind: 'held', reason: edgeReasons.held(domain), at: clock.now() };
  }
}

/** Disabled first; deleted once CloudFront has deployed that. */
async function leave({ tenants }: DomainDeps, { domainId }: CustomDomain): Promise<Left> {
  const there = await tenants.read(tenantName(domainId));
  if (!there) return 'again';
  if (there.enabled) await tenants.change(there, { enabled: false });
  else if (there.deployed) await tenants.remove(there);
  else return 'again';
  return 'done';
}
