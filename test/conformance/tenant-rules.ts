import { DeleteCertificateCommand } from '@aws-sdk/client-acm';
import {
  DeleteDistributionCommand, DeleteDistributionTenantCommand, GetConnectionGroupCommand,
  GetDistributionTenantByDomainCommand, GetDistributionTenantCommand, ListDistributionTenantsCommand,
  UpdateDistributionTenantCommand, UpdateDomainAssociationCommand, VerifyDnsConfigurationCommand,
} from '@aws-sdk/client-cloudfront';
import { issued, wildcard } from './certificate-site.ts';
import {
  aliased, current, deployed as distributionDeployed, distribution, tenantDistribution, updated,
} from './distribution-site.ts';
import { answerTo } from './rule.ts';
import type { Chapter } from './rule.ts';
import { changed, deployed, read, tenant } from './tenant-site.ts';

const NOBODY = 'dt_000000000000000000000000000';
/** The form of an ETag that nothing has. */
const OLD_ETAG = 'E1OLDETAG0000';

export const TENANT_RULES: Chapter = { title: 'CloudFront distribution tenants', service: 'cloudfront', rules: [
  {
    name: 'tenant-made', says: 'A tenant is made with an id, an ETag and the account\'s own connection group.',
    operation: 'CreateDistributionTenant', expected: 'all three', document: 'tenants',
    probe: (world) => answerTo(tenant(world), ({ made }) => (made?.ConnectionGroupId ? 'all three' : 'no group')),
  },
  {
    name: 'tenant-name-taken', says: 'A name that another tenant has is refused.',
    operation: 'CreateDistributionTenant', expected: 'EntityAlreadyExists 409',
    probe: async (world) => {
      const { DistributionId } = await tenant(world);
      return answerTo(tenant(world, { DistributionId, Domains: [{ Domain: `other-${world.site}` }] }));
    },
  },
  {
    name: 'tenant-domain-taken', says: 'A domain that another tenant has is refused.',
    operation: 'CreateDistributionTenant', expected: 'CNAMEAlreadyExists 409',
    probe: async (world) => {
      const { DistributionId } = await tenant(world);
      return answerTo(tenant(world, { DistributionId, Name: `${world.id}-other` }));
    },
  },
  {
    name: 'tenant-alias-taken', says: 'A domain that a distribution has is refused.',
    operation: 'CreateDistributionTenant', expected: 'CNAMEAlreadyExists 409',
    probe: async (world) => {
      await distribution(world, aliased(await wildcard(world), world.site));
      return answerTo(tenant(world));
    },
  },
  {
    name: 'alias-of-tenant', says: 'A distribution is refused the domain of a tenant.',
    operation: 'UpdateDistribution', expected: 'CNAMEAlreadyExists 409',
    probe: async (world) => {
      await tenant(world);
      const { Id } = await distribution(world);
      return answerTo(updated(world, Id, aliased(await wildcard(world), world.site)));
    },
  },
  {
    name: 'tenant-of-nothing', says: 'The distribution has to be there.',
    operation: 'CreateDistributionTenant', expected: 'EntityNotFound 404',
    probe: (world) => answerTo(tenant(world, { DistributionId: 'E00000000000' })),
  },
  {
    name: 'tenant-of-nobodys-group', says: 'The connection group has to be there.',
    operation: 'CreateDistributionTenant', expected: 'EntityNotFound 404',
    probe: (world) => answerTo(tenant(world, { ConnectionGroupId: 'cg_000000000000000000000000000' })),
  },
  {
    name: 'tenant-of-standard', says: 'The distribution has to be a multi-tenant one.',
    operation: 'CreateDistributionTenant', expected: 'InvalidAssociation 409', document: 'tenants',
    probe: async (world) => answerTo(tenant(world, { DistributionId: (await distribution(world)).Id })),
  },
  {
    name: 'tenant-not-covered', says: 'A domain that no certificate covers is refused.',
    operation: 'CreateDistributionTenant', expected: 'InvalidArgument 400', document: 'not settled',
    probe: (world) => answerTo(tenant(world, { Domains: [{ Domain: `www.${world.site}` }] })),
  },
  {
    name: 'tenant-domains', says: 'The domains of a tenant have a quota.',
    operation: 'CreateDistributionTenant', expected: 'EntityLimitExceeded 400', document: 'cloudfront quotas',
    probe: async (world) => answerTo(tenant(world, {
      Domains: Array.from({ length: 101 }, (_, index) => ({ Domain: `n${index}-${world.site}` })),
    })),
  },
  {
    name: 'tenant-tag', says: 'Tags beginning with aws: are reserved.',
    operation: 'CreateDistributionTenant', expected: 'InvalidTagging 400',
    probe: (world) => answerTo(tenant(world, { Tags: { Items: [{ Key: 'aws:mine', Value: 'x' }] } })),
  },
  {
    name: 'tenant-by-name', says: 'A tenant is read by its name as by its id.',
    operation: 'GetDistributionTenant', expected: 'the same',
    probe: async (world) => {
      const { Id } = await tenant(world);
      const byName = await read(world, world.id);
      return byName.found.Id === Id && byName.etag === (await read(world, Id)).etag ? 'the same' : 'another';
    },
  },
  {
    name: 'tenant-missing', says: 'A tenant that is not there.',
    operation: 'GetDistributionTenant', expected: 'EntityNotFound 404',
    probe: ({ cloudFront }) => answerTo(cloudFront.send(new GetDistributionTenantCommand({ Identifier: NOBODY }))),
  },
  {
    name: 'tenant-deploys', says: 'A tenant is InProgress, and Deployed some time later, with its domain active.',
    operation: 'GetDistributionTenant', expected: 'InProgress, then Deployed and active',
    probe: async (world) => {
      const { Id, made } = await tenant(world);
      await deployed(world, Id);
      const { found: { Status, Domains: [domain] = [] } } = await read(world, Id);
      return `${made?.Status}, then ${Status} and ${domain?.Status}`;
    },
  },
  {
    name: 'tenant-by-domain', says: 'A tenant is found by its domain.',
    operation: 'GetDistributionTenantByDomain', expected: 'found',
    probe: async (world) => {
      const { Id } = await tenant(world);
      return answerTo(world.cloudFront.send(new GetDistributionTenantByDomainCommand({ Domain: world.site })),
        ({ DistributionTenant: found }) => (found?.Id === Id ? 'found' : 'another'));
    },
  },
  {
    name: 'tenants-listed', says: 'The tenants of a distribution are listed.',
    operation: 'ListDistributionTenants', expected: 'the one',
    probe: async (world) => {
      const { Id, DistributionId } = await tenant(world);
      const command = new ListDistributionTenantsCommand({ AssociationFilter: { DistributionId } });
      return answerTo(world.cloudFront.send(command), ({ DistributionTenantList = [] }) =>
        (DistributionTenantList.map((found) => found.Id).join() === Id ? 'the one' : 'others'));
    },
  },
  {
    name: 'tenant-dns', says: 'Whether DNS leads to the routing endpoint is told.',
    operation: 'VerifyDnsConfiguration', expected: 'invalid-configuration',
    probe: async (world) => {
      await tenant(world);
      world.publish({ name: world.site, type: 'CNAME', value: 'elsewhere.example.net' });
      return answerTo(world.cloudFront.send(new VerifyDnsConfigurationCommand({ Identifier: world.id })),
        ({ DnsConfigurationList: found }) => `${found?.[0]?.Status}`);
    },
  },
  {
    name: 'tenant-changed', says: 'An update answers a new ETag and what was changed.',
    operation: 'UpdateDistributionTenant', expected: 'disabled, a new ETag',
    probe: async (world) => {
      const { Id, ETag: before } = await tenant(world);
      return answerTo(changed(world, Id, { Enabled: false }), ({ DistributionTenant: now, ETag }) =>
        `${now?.Enabled ? 'enabled' : 'disabled'}, ${ETag === before ? 'the old' : 'a new'} ETag`);
    },
  },
  {
    name: 'tenant-certificate', says: 'What an update leaves out of the customizations is taken away.',
    operation: 'UpdateDistributionTenant', expected: 'taken away', document: 'not settled',
    probe: async (world) => {
      const { Id } = await tenant(world, {
        DistributionId: (await tenantDistribution(world, {
          ...aliased(await wildcard(world)), Aliases: undefined,
        })).Id,
      });
      await changed(world, Id, { Customizations: undefined });
      return (await read(world, Id)).found.Customizations?.Certificate?.Arn === undefined ? 'taken away' : 'kept';
    },
  },
  {
    name: 'tenant-no-etag', says: 'An update without If-Match is refused.',
    operation: 'UpdateDistributionTenant', expected: 'InvalidIfMatchVersion 400',
    probe: async (world) => {
      const { Id } = await tenant(world);
      return answerTo(changed(world, Id, { IfMatch: '' }));
    },
  },
  {
    name: 'tenant-stale', says: 'An update with an old ETag is refused.',
    operation: 'UpdateDistributionTenant', expected: 'PreconditionFailed 412',
    probe: async (world) => {
      const { Id, ETag } = await tenant(world);
      await changed(world, Id, { Enabled: false });
      return answerTo(changed(world, Id, { Enabled: true, IfMatch: ETag }));
    },
  },
  {
    name: 'tenant-update-missing', says: 'A tenant that is not there is not updated.',
    operation: 'UpdateDistributionTenant', expected: 'EntityNotFound 404',
    probe: ({ cloudFront }) => answerTo(cloudFront.send(
      new UpdateDistributionTenantCommand({ Id: NOBODY, IfMatch: OLD_ETAG, Enabled: false }))),
  },
  {
    name: 'tenant-delete-enabled', says: 'A tenant that is enabled is not deleted.',
    operation: 'DeleteDistributionTenant', expected: 'ResourceNotDisabled 409',
    probe: async (world) => {
      const { Id } = await tenant(world);
      await deployed(world, Id);
      const { etag } = await read(world, Id);
      return answerTo(world.cloudFront.send(new DeleteDistributionTenantCommand({ Id, IfMatch: etag })));
    },
  },
  {
    name: 'tenant-delete-early', says: 'One that is disabled, but not deployed, is not deleted.',
    operation: 'DeleteDistributionTenant', expected: 'ResourceNotDisabled 409',
    probe: async (world) => {
      const { Id } = await tenant(world);
      const { ETag } = await changed(world, Id, { Enabled: false });
      return answerTo(world.cloudFront.send(new DeleteDistributionTenantCommand({ Id, IfMatch: ETag })));
    },
  },
  {
    name: 'tenant-deleted', says: 'One that is disabled and deployed is deleted, and then not there.',
    operation: 'DeleteDistributionTenant', expected: 'EntityNotFound 404',
    probe: async (world) => {
      const { Id } = await tenant(world);
      const { ETag } = await changed(world, Id, { Enabled: false });
      await deployed(world, Id);
      const remove = () => world.cloudFront.send(new DeleteDistributionTenantCommand({ Id, IfMatch: ETag }));
      await remove();
      return answerTo(remove());
    },
  },
  {
    name: 'tenant-delete-stale', says: 'A delete with an old ETag is refused.',
    operation: 'DeleteDistributionTenant', expected: 'PreconditionFailed 412',
    probe: async (world) => {
      const { Id, ETag } = await tenant(world);
      await changed(world, Id, { Enabled: false });
      await deployed(world, Id);
      return answerTo(world.cloudFront.send(new DeleteDistributionTenantCommand({ Id, IfMatch: ETag })));
    },
  },
  {
    name: 'tenant-certificate-in-use', says: 'The certificate of a tenant is in use.', service: 'acm',
    operation: 'DeleteCertificate', expected: 'ResourceInUseException 400',
    probe: async (world) => {
      const CertificateArn = await issued(world, world.site);
      await tenant(world, { Customizations: { Certificate: { Arn: CertificateArn } } });
      return answerTo(world.acm.send(new DeleteCertificateCommand({ CertificateArn })));
    },
  },
  {
    name: 'tenant-holds-distribution', says: 'A distribution that has tenants is not deleted.',
    operation: 'DeleteDistribution', expected: 'ResourceInUse 409',
    probe: async (world) => {
      const { DistributionId: Id } = await tenant(world);
      await updated(world, Id, { Enabled: false });
      await distributionDeployed(world, Id);
      const { etag } = await current(world, Id);
      return answerTo(world.cloudFront.send(new DeleteDistributionCommand({ Id, IfMatch: etag })));
    },
  },
  {
    name: 'tenant-takes-name', says: 'A name moves from a disabled distribution to a tenant, by its routing endpoint.',
    operation: 'UpdateDomainAssociation', expected: 'the tenant has it', document: 'moving names',
    probe: async (world) => {
      const { Id: DistributionTenantId, made } = await tenant(world, { Domains: [{ Domain: `other-${world.site}` }] });
      const group = new GetConnectionGroupCommand({ Identifier: made?.ConnectionGroupId });
      const { ConnectionGroup: { RoutingEndpoint: value = '' } = {} } = await world.cloudFront.send(group);
      world.publish({ name: `_${world.site}`, type: 'TXT', value });
      const source = await distribution(world, aliased(await wildcard(world), world.site));
      await updated(world, source.Id, { Enabled: false });
      await world.cloudFront.send(new UpdateDomainAssociationCommand({
        Domain: world.site, TargetResource: { DistributionTenantId },
      }));
      const { found: { Domains = [] } } = await read(world, DistributionTenantId);
      return `the tenant has ${Domains.some(({ Domain }) => Domain === world.site) ? 'it' : 'it not'}`;
    },
  },
] };
