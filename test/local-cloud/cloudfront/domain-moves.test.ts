import {
  AssociateAliasCommand, ListConflictingAliasesCommand, ListDomainConflictsCommand, UpdateDomainAssociationCommand,
} from '@aws-sdk/client-cloudfront';
import type { DistributionResourceId } from '@aws-sdk/client-cloudfront';
import t from 'tap';
import { create, read, refusal, served, update } from './cloudfront-fixture.ts';
import { createTenant, DEPLOY_MS, embeddedTenants, readTenant, updateTenant } from './tenant-fixture.ts';

const DOMAIN = 'www.example.com';

/** A tenant with the domain, another tenant and a standard distribution that could take it, all deployed. */
async function threeHolders() {
  const world = await embeddedTenants();
  const { cloud, certificate } = world;
  const source = await createTenant(world, DOMAIN);
  const target = await createTenant(world, 'api.example.com');
  const standard = await create(cloud, served(certificate, 'old.example.com'));
  cloud.clock.ms += DEPLOY_MS;
  const endpoint = cloud.state.connectionGroups.get(target.ConnectionGroupId).routingEndpoint;
  const move = (TargetResource: DistributionResourceId, IfMatch?: string, Domain = DOMAIN) =>
    cloud.client.send(new UpdateDomainAssociationCommand({ Domain, TargetResource, IfMatch }));
  const domainsOf = async (id: string) => (await readTenant(cloud, id)).tenant.Domains?.map(({ Domain }) => Domain);
  return { world, cloud, source, target, standard, endpoint, move, domainsOf };
}

void t.test('a domain moves from a disabled tenant to another', async (t) => {
  const { world, cloud, source, target, endpoint, move, domainsOf } = await threeHolders();
  const to = { DistributionTenantId: target.Id };
  const illegal = (message: RegExp) => ({ ...refusal('IllegalUpdate', 400), message });

  await t.rejects(move(to), illegal(/TXT/));
  cloud.txt.set(`_${DOMAIN}`, [endpoint]);
  await t.rejects(move(to), illegal(/disabled first/));
  await updateTenant(cloud, source.Id, { Enabled: false });
  cloud.clock.ms += DEPLOY_MS;
  t.equal(cloud.state.resolve(DOMAIN), undefined);

  await t.rejects(move(to, 'E0000000000000'), refusal('PreconditionFailed', 412));
  await t.rejects(move({}), refusal('InvalidArgument', 400));
  await t.rejects(move({ ...to, DistributionId: world.distributionId }), refusal('InvalidArgument', 400));
  await t.rejects(move({ DistributionTenantId: 'dt_0' }), refusal('EntityNotFound', 404));
  await t.rejects(move(to, undefined, 'WWW'), refusal('InvalidArgument', 400));
  await t.rejects(move(to, undefined, 'www.example.org'), illegal(/doesn't cover/));

  const moved = await move(to, target.ETag);
  t.match(moved, { Domain: DOMAIN, ResourceId: target.Id, ETag: (await readTenant(cloud, target.Id)).etag });
  t.same([await domainsOf(source.Id), await domainsOf(target.Id)], [[], ['api.example.com', DOMAIN]]);
  cloud.restart();
  cloud.clock.ms += DEPLOY_MS;
  t.equal(cloud.state.resolve(DOMAIN)?.distributionTenantId, target.Id);
  t.equal((await move(to)).ETag, moved.ETag, 'again changes nothing');
});

void t.test('a tenant takes no more than five', async (t) => {
  const { cloud, source, target, endpoint, move, domainsOf } = await threeHolders();
  await updateTenant(cloud, source.Id, { Enabled: false });
  const five = ['a', 'b', 'c', 'd', 'e'].map((label) => ({ Domain: `${label}.example.com` }));
  await updateTenant(cloud, target.Id, { Domains: five });
  cloud.txt.set(`_${DOMAIN}`, [endpoint]);
  await t.rejects(move({ DistributionTenantId: target.Id }), refusal('IllegalUpdate', 400));
  t.same(await domainsOf(source.Id), [DOMAIN]);
});

void t.test('a domain moves between distributions and tenants', async (t) => {
  const { world, cloud, source, target, standard, endpoint, move, domainsOf } = await threeHolders();
  await updateTenant(cloud, source.Id, { Enabled: false });
  cloud.txt.set(`_${DOMAIN}`, [standard.DomainName, '-']);
  const associate = (TargetDistributionId: string) =>
    cloud.client.send(new AssociateAliasCommand({ Alias: DOMAIN, TargetDistributionId }));
  await t.rejects(associate(standard.Id), refusal('IllegalUpdate', 400), 'AssociateAlias knows of no tenants');
  await update(cloud, world.distributionId, { ViewerCertificate: {
    ACMCertificateArn: world.certificate, SSLSupportMethod: 'sni-only' } });
  await t.rejects(move({ DistributionId: world.distributionId }), refusal('IllegalUpdate', 400),
    'a multi-tenant distribution has no domains itself');

  await move({ DistributionId: standard.Id });
  t.same((await read(cloud, standard.Id)).config.Aliases?.Items, ['old.example.com', DOMAIN]);
  t.same(await domainsOf(source.Id), []);
  cloud.clock.ms += DEPLOY_MS;
  t.equal(cloud.state.resolve(DOMAIN)?.distributionId, standard.Id);

  cloud.txt.set(`_${DOMAIN}`, [endpoint]);
  await t.rejects(move({ DistributionTenantId: target.Id }), refusal('IllegalUpdate', 400), 'enabled');
  await update(cloud, standard.Id, { Enabled: false });
  await move({ DistributionTenantId: target.Id });
  t.same((await read(cloud, standard.Id)).config.Aliases?.Items, ['old.example.com']);
  t.same(await domainsOf(target.Id), ['api.example.com', DOMAIN]);
});

void t.test('conflicts are listed across distributions and tenants', async (t) => {
  const { world, cloud, source, target, standard } = await threeHolders();
  const wildcard = await createTenant(world, '*.example.com', { Customizations: {
    Certificate: { Arn: world.certificate } } });
  const conflicts = (resource: DistributionResourceId, more = {}) => cloud.client.send(new ListDomainConflictsCommand({
    Domain: DOMAIN, DomainControlValidationResource: resource, ...more }));
  const half = (id: string) => '*'.repeat(Math.floor(id.length / 2)) + id.slice(Math.floor(id.length / 2));
  const { DomainConflicts } = await conflicts({ DistributionTenantId: target.Id });
  t.match(DomainConflicts, [
    { Domain: '*.example.com', ResourceType: 'distribution-tenant', ResourceId: half(wildcard.Id) },
    { Domain: DOMAIN, ResourceType: 'distribution-tenant', ResourceId: half(source.Id) },
  ]);
  t.same((await conflicts({ DistributionId: standard.Id })).DomainConflicts, DomainConflicts);

  const all: (string | undefined)[] = [];
  let Marker: string | undefined;
  do {
    const page = await conflicts({ DistributionTenantId: target.Id },
      { Domain: '*.example.com', MaxItems: 1, ...Marker ? { Marker } : {} });
    all.push(...page.DomainConflicts?.map(({ Domain }) => Domain) ?? []);
    Marker = page.NextMarker;
  } while (Marker);
  t.same(all, ['*.example.com', 'api.example.com', 'old.example.com', DOMAIN]);

  const { ConflictingAliasesList } = await cloud.client.send(new ListConflictingAliasesCommand({
    Alias: '*.example.com', DistributionId: standard.Id }));
  t.match(ConflictingAliasesList?.Items, [{ Alias: 'old.example.com' }], 'the older operation knows of no tenants');

  await t.rejects(conflicts({ DistributionTenantId: 'dt_0' }), refusal('EntityNotFound', 404));
  await t.rejects(conflicts({}), refusal('InvalidArgument', 400));
  await t.rejects(conflicts({ DistributionTenantId: target.Id }, { Domain: 'www.example.org' }),
    refusal('InvalidArgument', 400), 'the certificate does not cover it');
});
