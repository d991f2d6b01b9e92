import {
  CreateDistributionTenantCommand, GetDistributionTenantCommand, UpdateDistributionTenantCommand,
} from '@aws-sdk/client-cloudfront';
import type {
  CreateDistributionTenantRequest, DistributionConfig, DistributionTenant, UpdateDistributionTenantRequest,
} from '@aws-sdk/client-cloudfront';
import { create, embeddedCloudFront } from './cloudfront-fixture.ts';
import type { EmbeddedCloudFront } from './cloudfront-fixture.ts';

export const DEPLOY_MS = 1_000;

export const tenantOnly: Partial<DistributionConfig> = { CallerReference: 'tenants', ConnectionMode: 'tenant-only' };

/** CloudFront with one multi-tenant distribution and a certificate for `*.example.com`. */
export async function embeddedTenants(more: Partial<DistributionConfig> = {}) {
  const cloud = embeddedCloudFront();
  const { Id: distributionId } = await create(cloud, { ...tenantOnly, ...more });
  const certificate = cloud.issue('all', 'example.com', '*.example.com');
  return { cloud, distributionId, certificate };
}

type World = Awaited<ReturnType<typeof embeddedTenants>>;

/** `domain` names the tenant too, unless told otherwise. */
export async function createTenant(
  { cloud, distributionId, certificate }: World, domain: string, more: Partial<CreateDistributionTenantRequest> = {},
): Promise<DistributionTenant & { Id: string; Arn: string; ConnectionGroupId: string; ETag: string }> {
  const { DistributionTenant: tenant, ETag } = await cloud.client.send(new CreateDistributionTenantCommand({
    DistributionId: distributionId, Name: domain.replace('*', 'any'), Domains: [{ Domain: domain }], Enabled: true,
    Customizations: { Certificate: { Arn: certificate } }, ...more,
  }));
  if (!tenant?.Id || !tenant.Arn || !tenant.ConnectionGroupId || !ETag) throw new Error('no tenant was answered');
  return { ...tenant, Id: tenant.Id, Arn: tenant.Arn, ConnectionGroupId: tenant.ConnectionGroupId, ETag };
}

export async function readTenant({ client }: EmbeddedCloudFront, Identifier: string) {
  const { DistributionTenant: tenant, ETag } = await client.send(new GetDistributionTenantCommand({ Identifier }));
  if (!tenant || !ETag) throw new Error('no tenant was answered');
  return { tenant, etag: ETag };
}

/** Reads, changes and resends everything, as every careful client does. */
export async function updateTenant(
  cloud: EmbeddedCloudFront, Id: string, more: Partial<UpdateDistributionTenantRequest> = {},
) {
  const { tenant, etag } = await readTenant(cloud, Id);
  return cloud.client.send(new UpdateDistributionTenantCommand({
    Id, IfMatch: etag, DistributionId: tenant.DistributionId, ConnectionGroupId: tenant.ConnectionGroupId,
    Domains: tenant.Domains?.map(({ Domain }) => ({ Domain })), Enabled: tenant.Enabled,
    Customizations: tenant.Customizations, Parameters: tenant.Parameters, ...more,
  }));
}
