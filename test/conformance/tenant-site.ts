import {
  CreateDistributionTenantCommand, GetDistributionTenantCommand, UpdateDistributionTenantCommand,
} from '@aws-sdk/client-cloudfront';
import type {
  CreateDistributionTenantCommandInput, UpdateDistributionTenantCommandInput,
} from '@aws-sdk/client-cloudfront';
import { wildcard } from './certificate-site.ts';
import { tenantDistribution } from './distribution-site.ts';
import { need } from './rule.ts';
import type { World } from './rule.ts';

/** A tenant that has the site's name, under the shared certificate, of a distribution of its own. */
export async function tenant(world: World, more: Partial<CreateDistributionTenantCommandInput> = {}) {
  const DistributionId = more.DistributionId ?? (await tenantDistribution(world)).Id;
  const { DistributionTenant: made, ETag } = await world.cloudFront.send(new CreateDistributionTenantCommand({
    DistributionId, Name: world.id, Domains: [{ Domain: world.site }], Enabled: true,
    Customizations: { Certificate: { Arn: await wildcard(world) } }, ...more,
  }));
  return { DistributionId, Id: need(made?.Id, 'Id'), ETag: need(ETag, 'ETag'), made };
}

export async function read({ cloudFront }: World, Identifier: string) {
  const { DistributionTenant: found, ETag } = await cloudFront.send(new GetDistributionTenantCommand({ Identifier }));
  return { found: need(found, 'DistributionTenant'), etag: need(ETag, 'ETag') };
}

/** Reads, changes and sends everything back, as every careful client does. */
export async function changed(world: World, Id: string, more: Partial<UpdateDistributionTenantCommandInput>) {
  const { found, etag } = await read(world, Id);
  return world.cloudFront.send(new UpdateDistributionTenantCommand({
    Id, IfMatch: etag, DistributionId: found.DistributionId, ConnectionGroupId: found.ConnectionGroupId,
    Domains: found.Domains?.map(({ Domain }) => ({ Domain })), Enabled: found.Enabled,
    Customizations: found.Customizations, ...more,
  }));
}

/** Answers whether it ever is. */
export function deployed(world: World, Id: string): Promise<boolean> {
  return world.until(async () => (await read(world, Id)).found.Status === 'Deployed');
}
