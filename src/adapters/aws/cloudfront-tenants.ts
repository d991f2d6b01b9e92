import {
  CreateDistributionTenantCommand, DeleteDistributionTenantCommand, GetDistributionTenantCommand,
  UpdateDistributionTenantCommand,
} from '@aws-sdk/client-cloudfront';
import type { CloudFrontClient, DistributionTenant } from '@aws-sdk/client-cloudfront';
import type { TenantChange, TenantPlan, TenantState } from '../../domain/tenant.ts';
import { isCloudError } from '../../ports/cloud-error.ts';
import type { Tenants } from '../../ports/tenants.ts';
import { answered, calling } from './aws-error.ts';

/** What CloudFront answers when what was asked for may be there since an earlier try. */
const PERHAPS_THERE = ['EntityAlreadyExists', 'CNAMEAlreadyExists'];

/**
 * The `Tenants` port on CloudFront's distribution tenants.
 *
 * `UpdateDistributionTenant` takes away what is not sent, so `change` sends back every field that
 * was read; what CloudFront has gained since the SDK was released is neither read nor sent back.
 */
export function cloudFrontTenants(client: CloudFrontClient): Tenants {
  return {
    read: (name) => read(client, name),
    async create(plan) {
      const command = new CreateDistributionTenantCommand(newTenant(plan));
      try {
        const answer = await calling('cloudfront', 'CreateDistributionTenant', client.send(command));
        return tenantState('CreateDistributionTenant', answer);
      } catch (error) {
        // A repeat may be told of the name or, as the tenant made by the first try has it, of the domain.
        if (!isCloudError(error, 'conflict') || !PERHAPS_THERE.includes(error.awsName)) throw error;
        const there = await read(client, plan.name);
        if (!there) throw error;
        return there;
      }
    },
    async change(state, change) {
      const command = new UpdateDistributionTenantCommand({
        ...resent(state.settings as DistributionTenant, change), Id: state.id, IfMatch: state.etag,
      });
      const answer = await calling('cloudfront', 'UpdateDistributionTenant', client.send(command));
      return tenantState('UpdateDistributionTenant', answer);
    },
    async remove({ id, etag }) {
      const command = new DeleteDistributionTenantCommand({ Id: id, IfMatch: etag });
      try {
        await calling('cloudfront', 'DeleteDistributionTenant', client.send(command));
      } catch (error) {
        if (!isCloudError(error, 'not_found')) throw error;
      }
    },
  };
}

async function read(client: CloudFrontClient, name: string): Promise<TenantState | undefined> {
  const command = new GetDistributionTenantCommand({ Identifier: name });
  try {
    const answer = await calling('cloudfront', 'GetDistributionTenant', client.send(command));
    return tenantState('GetDistributionTenant', answer);
  } catch (error) {
    if (isCloudError(error, 'not_found')) return undefined;
    throw error;
  }
}

function newTenant({ name, distributionId, connectionGroupId, domain, certificateArn, projectId }: TenantPlan) {
  return {
    Name: name,
    DistributionId: distributionId,
    ...(connectionGroupId !== undefined && { ConnectionGroupId: connectionGroupId }),
    Domains: [{ Domain: domain }],
    Customizations: { Certificate: { Arn: certificateArn } },
    Enabled: true,
    Tags: { Items: [{ Key: 'Project', Value: projectId }, { Key: 'ManagedBy', Value: 'anchor-deploy' }] },
  };
}

function resent({ DistributionId, ConnectionGroupId, Domains, Customizations, Parameters }: DistributionTenant, change: TenantChange) {
  return {
    DistributionId, ConnectionGroupId, Parameters,
    Domains: change.enabled ? [{ Domain: change.domain }] : Domains?.map(({ Domain }) => ({ Domain })),
    Customizations: change.enabled
      ? { ...Customizations, Certificate: { Arn: change.certificateArn } } : Customizations,
    Enabled: change.enabled,
  };
}

function tenantState(
  operation: string,
  answer: { readonly DistributionTenant?: DistributionTenant | undefined; readonly ETag?: string | undefined },
): TenantState {
  const given = <T>(value: T | undefined, field: string): T => answered(value, 'cloudfront', operation, field);
  const tenant = given(answer.DistributionTenant, 'DistributionTenant');
  return {
    id: given(tenant.Id, 'Id'),
    name: given(tenant.Name, 'Name'),
    etag: given(answer.ETag, 'ETag'),
    distributionId: given(tenant.DistributionId, 'DistributionId'),
    domains: (tenant.Domains ?? []).map(({ Domain, Status }) => ({
      name: given(Domain, 'Domain').toLowerCase(), active: Status === 'active',
    })),
    certificateArn: tenant.Customizations?.Certificate?.Arn,
    enabled: tenant.Enabled === true,
    deployed: tenant.Status === 'Deployed',
    changedAt: tenant.LastModifiedTime?.getTime(),
    settings: tenant,
  };
}
