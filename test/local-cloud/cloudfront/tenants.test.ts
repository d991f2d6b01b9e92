import {
  CreateDistributionTenantCommand, CreateInvalidationForDistributionTenantCommand, DeleteDistributionCommand,
  DeleteDistributionTenantCommand, GetDistributionCommand, GetDistributionTenantByDomainCommand,
  GetDistributionTenantCommand, GetInvalidationForDistributionTenantCommand,
  ListDistributionTenantsByCustomizationCommand, ListDistributionTenantsCommand,
  ListInvalidationsForDistributionTenantCommand, ListDistributionsCommand, ListTagsForResourceCommand,
  TagResourceCommand, UntagResourceCommand, UpdateDistributionTenantCommand, VerifyDnsConfigurationCommand,
  paginateListDistributionTenants,
} from '@aws-sdk/client-cloudfront';
import type {
  CreateDistributionTenantRequest, DefaultCacheBehavior, DistributionConfig, ViewerCertificate,
} from '@aws-sdk/client-cloudfront';
import t from 'tap';
import { arnOf, create, embeddedCloudFront, minimalConfig, origin, read, refusal, served, textOf, update, wire,
} from './cloudfront-fixture.ts';
import {
  createTenant, DEPLOY_MS, embeddedTenants, readTenant, tenantOnly, updateTenant,
} from './tenant-fixture.ts';

void t.test('a multi-tenant distribution', async (t) => {
  const cloud = embeddedCloudFront();
  const arn = cloud.issue('all', '*.example.com');
  const { Id, DomainName } = await create(cloud, tenantOnly);

  await t.test('has no name of its own and no member that it does not support', async (t) => {
    t.equal(DomainName, '-');
    const { config } = await read(cloud, Id);
    t.equal(config.ConnectionMode, 'tenant-only');
    const unsupported = ['Aliases', 'PriceClass', 'IsIPV6Enabled', 'Staging', 'ContinuousDeploymentPolicyId'] as const;
    for (const member of unsupported) {
      t.equal(config[member], undefined, member);
    }
    t.notMatch(config.DefaultCacheBehavior, { TrustedSigners: Object });
    t.match(config.ViewerCertificate, { CloudFrontDefaultCertificate: true, SSLSupportMethod: 'sni-only' });
    cloud.clock.ms += DEPLOY_MS;
    t.equal(cloud.state.resolve('-'), undefined);
    const { DistributionList } = await cloud.client.send(new ListDistributionsCommand({}));
    t.match(DistributionList?.Items,
      [{ Id, DomainName: '-', Aliases: { Quantity: 0 }, ConnectionMode: 'tenant-only' }]);
  });

  await t.test('can be sent back as it was read, but never changes its kind', async (t) => {
    const { config, etag } = await read(cloud, Id);
    t.match(await update(cloud, Id, { Comment: 'changed' }), { Distribution: { DomainName: '-' } });
    t.same((await read(cloud, Id)).config, { ...config, Comment: 'changed' });
    t.not((await read(cloud, Id)).etag, etag);
    await t.rejects(update(cloud, Id, { ConnectionMode: undefined }), refusal('IllegalUpdate', 400));
    const { Id: standard } = await create(cloud);
    await t.rejects(update(cloud, standard, { CallerReference: 'first', ConnectionMode: 'tenant-only',
      PriceClass: undefined, IsIPV6Enabled: undefined, Staging: undefined, ContinuousDeploymentPolicyId: undefined,
      DefaultCacheBehavior: minimalConfig().DefaultCacheBehavior }), refusal('IllegalUpdate', 400));
  });

  await t.test('takes nothing that only standard distributions support', async (t) => {
    const behavior = minimalConfig().DefaultCacheBehavior as DefaultCacheBehavior;
    const refused: Partial<DistributionConfig>[] = [
      served(arn, 'www.example.com'), { PriceClass: 'PriceClass_All' }, { IsIPV6Enabled: true }, { Staging: false },
      { ContinuousDeploymentPolicyId: '' }, { AnycastIpListId: 'x' },
      { DefaultCacheBehavior: { ...behavior, SmoothStreaming: false } },
      { DefaultCacheBehavior: { ...behavior, MinTTL: 0 } },
      { CacheBehaviors: { Quantity: 1, Items: [
        { ...behavior, PathPattern: '/a', TrustedSigners: { Enabled: false, Quantity: 0 } }] } },
    ];
    for (const more of refused) {
      await t.rejects(create(cloud, { ...tenantOnly, CallerReference: 'x', ...more }), refusal('InvalidArgument', 400));
    }
    await t.rejects(create(cloud, { CallerReference: 'x', TenantConfig: { ParameterDefinitions: [] } }),
      refusal('InvalidArgument', 400), 'nor the other way round');
    await t.resolves(create(cloud, { ...tenantOnly, CallerReference: 'empty', Aliases: { Quantity: 0 } }));
  });

  await t.test('may have a certificate for all tenants, by SNI only', async (t) => {
    const attach = (viewer: Partial<ViewerCertificate>) => update(cloud, Id, { ViewerCertificate: {
      ACMCertificateArn: arn, SSLSupportMethod: 'sni-only', ...viewer } });
    await attach({});
    t.match((await read(cloud, Id)).config.ViewerCertificate, { MinimumProtocolVersion: 'TLSv1.2_2021' });
    await attach({ MinimumProtocolVersion: 'TLSv1.3_2025' });
    t.match((await read(cloud, Id)).config.ViewerCertificate, { MinimumProtocolVersion: 'TLSv1.3_2025' });
    await t.rejects(attach({ SSLSupportMethod: 'vip' }), refusal('InvalidViewerCertificate', 400));
    await t.rejects(attach({ ACMCertificateArn: arnOf('none') }), refusal('InvalidViewerCertificate', 400));
    await t.rejects(attach({ MinimumProtocolVersion: 'SSLv3' }), refusal('InvalidMinimumProtocolVersion', 400));
  });
});

void t.test('a new tenant is found by id, name, ARN and domain, and is Deployed after a while', async (t) => {
  const world = await embeddedTenants({ TenantConfig: { ParameterDefinitions: [
    { Name: 'site', Definition: { StringSchema: { Required: true } } },
  ] } });
  const { cloud, distributionId, certificate } = world;
  const { ETag, ...made } = await createTenant(world, 'www.example.com', {
    Name: 'example-tenant', Tags: { Items: [{ Key: 'a', Value: '1' }] }, Parameters: [{ Name: 'site', Value: 'x' }],
    Customizations: {
      Certificate: { Arn: certificate }, WebAcl: { Action: 'disable' },
      GeoRestrictions: { RestrictionType: 'whitelist', Locations: ['DE', 'FR'] },
    },
  });
  t.strictSame(made, {
    Id: made.Id, DistributionId: distributionId, Name: 'example-tenant', ConnectionGroupId: made.ConnectionGroupId,
    Arn: `arn:aws:cloudfront::123456789012:distribution-tenant/${made.Id}`,
    Domains: [{ Domain: 'www.example.com', Status: 'active' }], Tags: { Items: [{ Key: 'a', Value: '1' }] },
    Customizations: {
      Certificate: { Arn: certificate }, WebAcl: { Action: 'disable' },
      GeoRestrictions: { RestrictionType: 'whitelist', Locations: ['DE', 'FR'] },
    },
    Parameters: [{ Name: 'site', Value: 'x' }], Enabled: true, Status: 'InProgress',
    CreatedTime: new Date(cloud.clock.ms), LastModifiedTime: new Date(cloud.clock.ms),
  });
  t.match(made.Id, /^dt_[A-Za-z0-9]{27}$/);
  cloud.clock.ms += DEPLOY_MS - 1;
  t.equal((await readTenant(cloud, made.Id)).tenant.Status, 'InProgress');
  cloud.clock.ms += 1;
  cloud.restart();
  for (const identifier of [made.Id, made.Arn, 'example-tenant']) {
    const found = await cloud.client.send(new GetDistributionTenantCommand({ Identifier: identifier }));
    t.match(found, { ETag, DistributionTenant: { ...made, Status: 'Deployed' } }, `by ${identifier}`);
  }
  const byDomain = (Domain: string) => cloud.client.send(new GetDistributionTenantByDomainCommand({ Domain }));
  t.match(await byDomain('www.example.com'), { ETag, DistributionTenant: { Id: made.Id } });
  await t.rejects(byDomain('api.example.com'), refusal('EntityNotFound', 404));
  await t.rejects(readTenant(cloud, 'other'), refusal('EntityNotFound', 404));
  await t.rejects(readTenant(cloud, made.Arn.replace('1234', '4321')), refusal('EntityNotFound', 404));
});

void t.test('a tenant is refused when', async (t) => {
  const definition = (Name: string, Required: boolean) => ({ Name, Definition: { StringSchema: { Required } } });
  const world = await embeddedTenants({ TenantConfig: { ParameterDefinitions: [
    definition('site', true), definition('lang', false),
  ] } });
  const { cloud, certificate } = world;
  const { Id: standard } = await create(cloud, served(certificate, 'alias.example.com'));
  cloud.certificates.set(arnOf('pending'), { status: 'PENDING_VALIDATION', names: ['www.example.com'] });
  cloud.certificates.set(arnOf('far', 'eu-west-1'), { status: 'ISSUED', names: ['www.example.com'] });
  const Parameters = [{ Name: 'site', Value: '1' }];
  const own = (Arn: string): Partial<CreateDistributionTenantRequest> => ({ Customizations: { Certificate: { Arn } } });
  const domains = (...names: string[]) => ({ Domains: names.map((Domain) => ({ Domain })) });
  const held = await createTenant(world, 'held.example.com', { Parameters });
  const invalid = ['InvalidArgument', 400] as const;
  const cases: [string, readonly [string, number], Partial<CreateDistributionTenantRequest>][] = [
    ['its name is taken', ['EntityAlreadyExists', 409], { Name: 'held.example.com' }],
    ['it was made before', ['EntityAlreadyExists', 409], { Name: 'held.example.com', ...domains('held.example.com') }],
    ['another tenant holds the domain', ['CNAMEAlreadyExists', 409], domains('new.example.com', 'held.example.com')],
    ['a distribution holds the domain', ['CNAMEAlreadyExists', 409], domains('alias.example.com')],
    ['there is no such distribution', ['EntityNotFound', 404], { DistributionId: 'E0' }],
    ['the distribution is a standard one', ['InvalidAssociation', 409], { DistributionId: standard }],
    ['there is no such connection group', ['EntityNotFound', 404], { ConnectionGroupId: 'cg_0' }],
    ['its name is too short', invalid, { Name: 'ab' }],
    ['its name begins with a hyphen', invalid, { Name: '-abc' }],
    ['its name has another character', invalid, { Name: 'a_b' }],
    ['it has no domain', invalid, domains()],
    ['a domain is none', invalid, domains('WWW.example.com')],
    ['a domain is given twice', invalid, domains('www.example.com', 'www.example.com')],
    ['it has more than five', ['EntityLimitExceeded', 400],
      domains(...'abcdef'.split('').map((label) => `${label}.example.com`))],
    ['its certificate does not exist', invalid, own(arnOf('none'))],
    ['its certificate is not issued yet', invalid, own(arnOf('pending'))],
    ['its certificate is of another region', invalid, own(arnOf('far', 'eu-west-1'))],
    ['its certificate covers one of two domains', invalid, domains('www.example.com', 'www.example.org')],
    ['neither it nor the distribution has one', invalid, { Customizations: undefined }],
    ['a required parameter is missing', invalid, { Parameters: [{ Name: 'lang', Value: 'de' }] }],
    ['a parameter is not defined', invalid, { Parameters: [...Parameters, { Name: 'x', Value: '1' }] }],
    ['a parameter is given twice', invalid, { Parameters: [...Parameters, ...Parameters] }],
    ['a tag is not allowed', ['InvalidTagging', 400], { Tags: { Items: [{ Key: 'aws:x', Value: '' }] } }],
    ['it asks for a managed certificate', ['UnsupportedOperation', 400],
      { ManagedCertificateRequest: { ValidationTokenHost: 'cloudfront' } }],
    ['a member is missing', ['MalformedXML', 400], { Name: undefined }],
    ['a member is missing deep inside', ['MalformedXML', 400], { Parameters: [{ Name: 'site', Value: undefined }] }],
    ['a certificate has no ARN', ['MalformedXML', 400], { Customizations: { Certificate: { Arn: undefined } } }],
    ['an action is none', ['MalformedXML', 400], { Customizations: { WebAcl: { Action: 'maybe' as 'disable' } } }],
  ];
  for (const [when, [code, status], more] of cases) {
    await t.rejects(createTenant(world, 'www.example.com', { Parameters, ...more }), refusal(code, status), when);
  }
  const malformed = cloud.client.send(new CreateDistributionTenantCommand({
    DistributionId: 'E0', Name: 'abc', Domains: [{ Domain: undefined }],
  }));
  await t.rejects(malformed, { message: /'createDistributionTenantRequest\.domains\.1\.member\.domain'/ });
  t.equal(cloud.state.tenants.list().length, 1, 'and nothing is left of it');
  t.equal(cloud.state.connectionGroups.list().length, 1);

  await t.test('and so is a distribution that names a tenant\'s domain', async (t) => {
    const take = served(certificate, 'alias.example.com', 'held.example.com');
    await t.rejects(update(cloud, standard, take), refusal('CNAMEAlreadyExists', 409));
    await updateTenant(cloud, held.Id, domains('moved.example.com'));
    await t.rejects(update(cloud, standard, take), refusal('CNAMEAlreadyExists', 409), 'not deployed yet');
    cloud.clock.ms += DEPLOY_MS;
    await t.resolves(update(cloud, standard, take));
  });
});

void t.test('an update', async (t) => {
  const world = await embeddedTenants({ TenantConfig: { ParameterDefinitions: [
    { Name: 'site', Definition: { StringSchema: { Required: false, DefaultValue: 'x' } } },
  ] } });
  const { cloud, distributionId, certificate } = world;
  const made = await createTenant(world, 'www.example.com', { Parameters: [{ Name: 'site', Value: 'y' }] });
  const { Id } = made;
  const put = (IfMatch?: string, more = {}) =>
    cloud.client.send(new UpdateDistributionTenantCommand({ Id, IfMatch, Enabled: true, ...more }));

  await t.test('needs the ETag', async (t) => {
    await t.rejects(put(), refusal('InvalidIfMatchVersion', 400));
    await t.rejects(put('nonsense'), refusal('InvalidIfMatchVersion', 400));
    await t.rejects(put('E0000000000000'), refusal('PreconditionFailed', 412));
    const touched = await cloud.handle(wire('POST', `/_local/cloudfront/distribution-tenants/${Id}/touch`));
    await t.rejects(put(made.ETag), refusal('PreconditionFailed', 412), 'which can go stale by itself');
    t.same(JSON.parse(textOf(touched)), { id: Id, etag: (await readTenant(cloud, Id)).etag });
    t.equal((await cloud.handle(wire('POST', '/_local/cloudfront/distribution-tenants/E1/touch'))).status, 404);
    await t.rejects(cloud.client.send(new UpdateDistributionTenantCommand({ Id: 'dt_0', IfMatch: made.ETag })),
      refusal('EntityNotFound', 404));
  });

  await t.test('replaces domains and takes its time', async (t) => {
    cloud.clock.ms += DEPLOY_MS;
    const Domains = [{ Domain: 'www.example.com' }, { Domain: 'example.com' }];
    const { DistributionTenant: changed, ETag } = await updateTenant(cloud, Id, { Domains });
    t.match(changed, { Status: 'InProgress', LastModifiedTime: new Date(cloud.clock.ms), CreatedTime: made.CreatedTime,
      Domains: [{ Domain: 'www.example.com', Status: 'active' }, { Domain: 'example.com', Status: 'active' }] });
    t.match(await readTenant(cloud, Id), { etag: ETag });
    cloud.restart();
    t.equal(cloud.state.resolve('example.com'), undefined);
    cloud.clock.ms += DEPLOY_MS;
    t.match(cloud.state.resolve('example.com'), { distributionId, distributionTenantId: Id });
    await t.rejects(updateTenant(cloud, Id, { Domains: [] }), refusal('InvalidArgument', 400));
  });

  await t.test('that leaves out the certificate takes it away, which the domains do not stand', async (t) => {
    await t.rejects(updateTenant(cloud, Id, { Customizations: undefined }), refusal('InvalidArgument', 400));
    await t.rejects(updateTenant(cloud, Id, { Customizations: { WebAcl: { Action: 'disable' } } }),
      refusal('InvalidArgument', 400));
    await t.rejects(updateTenant(cloud, Id, { ManagedCertificateRequest: { ValidationTokenHost: 'self-hosted' } }),
      refusal('UnsupportedOperation', 400));
  });

  await t.test('that leaves out parameters takes them away, other members stay', async (t) => {
    const { etag } = await readTenant(cloud, Id);
    const Customizations = { Certificate: { Arn: certificate } };
    await cloud.client.send(new UpdateDistributionTenantCommand({ Id, IfMatch: etag, Customizations }));
    const { tenant } = await readTenant(cloud, Id);
    t.match(tenant, { DistributionId: distributionId, Enabled: true, Domains: { length: 2 },
      ConnectionGroupId: made.ConnectionGroupId, Customizations });
    t.equal(tenant.Parameters, undefined);
  });
});

void t.test('deletion needs the ETag, a disabled tenant and its last change deployed', async (t) => {
  const world = await embeddedTenants();
  const { cloud, distributionId } = world;
  const { Id, ETag } = await createTenant(world, 'www.example.com');
  const remove = (IfMatch?: string) => cloud.client.send(new DeleteDistributionTenantCommand({ Id, IfMatch }));
  const removeDistribution = async () => cloud.client.send(new DeleteDistributionCommand({
    Id: distributionId, IfMatch: (await read(cloud, distributionId)).etag }));
  cloud.clock.ms += DEPLOY_MS;

  await t.rejects(remove(), refusal('InvalidIfMatchVersion', 400));
  await t.rejects(remove('E0000000000000'), refusal('PreconditionFailed', 412));
  await t.rejects(remove(ETag), refusal('ResourceNotDisabled', 409), 'enabled');
  await update(cloud, distributionId, { Enabled: false });
  const { ETag: disabled } = await updateTenant(cloud, Id, { Enabled: false });
  await t.rejects(remove(disabled), refusal('ResourceNotDisabled', 409), 'not deployed');
  cloud.clock.ms += DEPLOY_MS;
  await t.rejects(removeDistribution(), refusal('ResourceInUse', 409), 'a distribution with tenants stays');
  await remove(disabled);
  await t.rejects(remove(disabled), refusal('EntityNotFound', 404));
  cloud.restart();
  await t.rejects(readTenant(cloud, Id), refusal('EntityNotFound', 404));
  await t.resolves(createTenant(world, 'www.example.com', { Enabled: false }), 'name and domain are free again');
  cloud.clock.ms += DEPLOY_MS;
  const again = await readTenant(cloud, 'www.example.com');
  await cloud.client.send(new DeleteDistributionTenantCommand({ Id: again.tenant.Id, IfMatch: again.etag }));
  await removeDistribution();
});

void t.test('a certificate is used by the tenant until the change that dropped it is deployed', async (t) => {
  const world = await embeddedTenants();
  const { cloud, certificate } = world;
  const next = cloud.issue('next', 'www.example.com');
  const { Id, Arn } = await createTenant(world, 'www.example.com');
  t.same(cloud.state.usersOf(certificate), [Arn], 'from acceptance on');
  cloud.clock.ms += DEPLOY_MS;
  await updateTenant(cloud, Id, { Customizations: { Certificate: { Arn: next } } });
  const releasedAt = cloud.clock.ms + DEPLOY_MS;
  t.same([cloud.state.usersOf(certificate), cloud.state.usersOf(next)], [[Arn], [Arn]]);
  t.equal(cloud.state.lastReleasedAt(certificate), undefined);
  cloud.clock.ms = releasedAt;
  cloud.restart();
  t.same([cloud.state.usersOf(certificate), cloud.state.usersOf(next)], [[], [Arn]]);
  t.equal(cloud.state.lastReleasedAt(certificate), releasedAt);

  const { ETag } = await updateTenant(cloud, Id, { Enabled: false });
  cloud.clock.ms += DEPLOY_MS;
  t.same(cloud.state.usersOf(next), [Arn], 'a disabled tenant uses it');
  await cloud.client.send(new DeleteDistributionTenantCommand({ Id, IfMatch: ETag }));
  t.same(cloud.state.usersOf(next), []);
  t.equal(cloud.state.lastReleasedAt(next), cloud.clock.ms);
});

void t.test('viewers are routed by what is deployed and enabled', async (t) => {
  const world = await embeddedTenants();
  const { cloud, distributionId, certificate } = world;
  const exact = await createTenant(world, 'www.example.com');
  const wildcard = await createTenant(world, '*.example.com');
  const to = (host: string) => cloud.state.resolve(host)?.distributionTenantId;
  t.equal(to('www.example.com'), undefined, 'not before it is deployed');
  cloud.clock.ms += DEPLOY_MS;
  t.same(cloud.state.resolve('WWW.example.com.'), { distributionId, distributionTenantId: exact.Id,
    originDomain: origin.DomainName });
  t.equal(to('api.example.com'), wildcard.Id);

  await updateTenant(cloud, exact.Id, { Enabled: false });
  t.equal(to('www.example.com'), exact.Id);
  cloud.clock.ms += DEPLOY_MS;
  t.equal(to('www.example.com'), undefined, 'nor does the name of a disabled one fall to a wildcard');

  await update(cloud, distributionId, { Enabled: false });
  cloud.clock.ms += DEPLOY_MS;
  t.equal(to('api.example.com'), undefined, 'a disabled distribution serves no tenant');
  await update(cloud, distributionId, { Enabled: true });
  cloud.clock.ms += DEPLOY_MS;
  t.equal(to('api.example.com'), wildcard.Id);

  await t.test('with the certificate of the distribution where a tenant has none', async (t) => {
    const shared = cloud.issue('shared', '*.example.org');
    const attach = (arn: string) => update(cloud, distributionId, {
      ViewerCertificate: { ACMCertificateArn: arn, SSLSupportMethod: 'sni-only' } });
    await attach(shared);
    const inheriting = await createTenant(world, 'www.example.org', { Customizations: undefined });
    t.equal(inheriting.Customizations, undefined);
    cloud.clock.ms += DEPLOY_MS;
    t.equal(to('www.example.org'), inheriting.Id);
    await attach(certificate);
    t.match((await readTenant(cloud, inheriting.Id)).tenant.Domains, [{ Status: 'inactive' }]);
    t.equal(to('www.example.org'), undefined, 'a domain without certificate is served to nobody');
    cloud.certificates.delete(certificate);
    t.match((await readTenant(cloud, wildcard.Id)).tenant.Domains, [{ Status: 'inactive' }]);
  });

  await t.test('not through a distribution or group that is not deployed itself', async (t) => {
    const { Id: late } = await create(cloud, { ...tenantOnly, CallerReference: 'late' });
    const { id: ConnectionGroupId } = cloud.state.connectionGroups.create({
      name: 'late', config: { enabled: true, ipv6Enabled: true }, tags: {},
    });
    cloud.clock.ms -= DEPLOY_MS / 2; // only a clock set back lets a tenant be deployed first
    const Customizations = { Certificate: { Arn: cloud.issue('net', '*.example.net') } };
    await createTenant(world, 'a.example.net', { DistributionId: late, Customizations });
    await createTenant(world, 'b.example.net', { ConnectionGroupId, Customizations });
    cloud.clock.ms += DEPLOY_MS;
    t.same([to('a.example.net'), to('b.example.net')], [undefined, undefined]);
    cloud.clock.ms += DEPLOY_MS / 2;
    t.ok(to('a.example.net') && to('b.example.net'));
  });
});

void t.test('lists give summaries, by what they belong to or have, in pages', async (t) => {
  const world = await embeddedTenants();
  const { cloud, distributionId, certificate } = world;
  const { Id: other } = await create(cloud, { ...tenantOnly, CallerReference: 'other' });
  const ids: string[] = [];
  for (const label of ['a', 'b', 'c']) ids.push((await createTenant(world, `${label}.example.com`)).Id);
  const WebACLArn = 'arn:aws:wafv2:us-east-1:123456789012:global/webacl/x/1';
  const guarded = await createTenant(world, 'd.example.com', { DistributionId: other, Customizations: {
    Certificate: { Arn: cloud.issue('d', 'd.example.com') }, WebAcl: { Action: 'override', Arn: WebACLArn } } });
  ids.sort();
  const listed: (string | undefined)[] = [];
  for await (const page of paginateListDistributionTenants({ client: cloud.client, pageSize: 2 }, {
    AssociationFilter: { DistributionId: distributionId } })) {
    for (const { Id } of page.DistributionTenantList ?? []) listed.push(Id);
  }
  t.same(listed, ids);

  const list = (AssociationFilter?: object) =>
    cloud.client.send(new ListDistributionTenantsCommand({ AssociationFilter }));
  t.equal((await list()).DistributionTenantList?.length, 4);
  t.equal((await list({ ConnectionGroupId: guarded.ConnectionGroupId })).DistributionTenantList?.length, 4);
  const { Parameters: _, Tags: __, ...summary } = guarded;
  t.match((await list({ DistributionId: other })).DistributionTenantList, [summary]);
  await t.rejects(list({ DistributionId: 'E0' }), refusal('EntityNotFound', 404));
  await t.rejects(list({ ConnectionGroupId: 'cg_0' }), refusal('EntityNotFound', 404));

  const having = async (more: object) => {
    const command = new ListDistributionTenantsByCustomizationCommand(more);
    return (await cloud.client.send(command)).DistributionTenantList?.map(({ Id }) => Id);
  };
  t.same(await having({ CertificateArn: certificate }), ids);
  t.same(await having({ CertificateArn: certificate, MaxItems: 1, Marker: ids[0] }), [ids[1]]);
  t.same(await having({ WebACLArn }), [guarded.Id]);
  await t.rejects(having({}), refusal('InvalidArgument', 400));
  await t.rejects(having({ CertificateArn: certificate, WebACLArn }), refusal('InvalidArgument', 400));
  await t.rejects(having({ CertificateArn: certificate, MaxItems: 1.5 }), refusal('InvalidArgument', 400));
});

void t.test('tags of a tenant are added, replaced and taken away', async (t) => {
  const world = await embeddedTenants();
  const { cloud } = world;
  const Tags = { Items: [{ Key: 'a', Value: '1' }] };
  const { Arn: Resource } = await createTenant(world, 'www.example.com', { Tags });
  const tags = async () => (await cloud.client.send(new ListTagsForResourceCommand({ Resource }))).Tags?.Items;
  await cloud.client.send(new TagResourceCommand({ Resource, Tags: { Items: [{ Key: 'b', Value: '2' }] } }));
  cloud.restart();
  t.same(await tags(), [{ Key: 'a', Value: '1' }, { Key: 'b', Value: '2' }]);
  await cloud.client.send(new UntagResourceCommand({ Resource, TagKeys: { Items: ['a'] } }));
  t.same(await tags(), [{ Key: 'b', Value: '2' }]);
  const stranger = Resource.replace('1234', '4321');
  await t.rejects(cloud.client.send(new ListTagsForResourceCommand({ Resource: stranger })),
    refusal('NoSuchResource', 404));
});

void t.test('invalidations of a tenant are its own and go with it', async (t) => {
  const world = await embeddedTenants();
  const { cloud, distributionId } = world;
  const { Id } = await createTenant(world, 'www.example.com', { Enabled: false });
  const invalidate = (tenantId: string) => cloud.client.send(new CreateInvalidationForDistributionTenantCommand({
    Id: tenantId, InvalidationBatch: { CallerReference: 'one', Paths: { Quantity: 1, Items: ['/*'] } } }));
  const { Invalidation: made, Location } = await invalidate(Id);
  t.match(made, { Id: /^I/, Status: 'InProgress', InvalidationBatch: { CallerReference: 'one' } });
  t.equal(Location, 'https://cloudfront.amazonaws.com/2020-05-31/distribution-tenant/' +
    `${Id}/invalidation/${made?.Id}`);
  const get = (InvalidationId = made?.Id, DistributionTenantId = Id) =>
    cloud.client.send(new GetInvalidationForDistributionTenantCommand({ DistributionTenantId, Id: InvalidationId }));
  const count = (await cloud.client.send(new GetDistributionCommand({ Id: distributionId })))
    .Distribution?.InProgressInvalidationBatches;
  t.equal(count, 0);
  cloud.clock.ms += DEPLOY_MS;
  t.match(await get(), { Invalidation: { ...made, Status: 'Completed' } });
  const { InvalidationList } = await cloud.client.send(new ListInvalidationsForDistributionTenantCommand({ Id }));
  t.match(InvalidationList?.Items, [{ Id: made?.Id, Status: 'Completed' }]);
  await t.rejects(get('I0'), refusal('NoSuchInvalidation', 404));
  await t.rejects(get(made?.Id, 'dt_0'), refusal('EntityNotFound', 404));
  await t.rejects(invalidate('dt_0'), refusal('EntityNotFound', 404));
  await cloud.client.send(new DeleteDistributionTenantCommand({ Id, IfMatch: (await readTenant(cloud, Id)).etag }));
  t.same(cloud.state.invalidations.list(Id), []);
});

void t.test('DNS is verified by the way the CNAMEs lead', async (t) => {
  const world = await embeddedTenants();
  const { cloud } = world;
  const tenant = await createTenant(world, 'www.example.com', {
    Domains: [{ Domain: 'www.example.com' }, { Domain: 'example.com' }] });
  const endpoint = cloud.state.connectionGroups.get(tenant.ConnectionGroupId).routingEndpoint;
  const verify = async (Domain?: string, Identifier = tenant.Id) =>
    (await cloud.client.send(new VerifyDnsConfigurationCommand({ Domain, Identifier }))).DnsConfigurationList;
  const routes: [string, { cnames: string[]; hasAddress: boolean } | undefined, RegExp | undefined][] = [
    ['valid-configuration', { cnames: [endpoint], hasAddress: false }, undefined],
    ['valid-configuration', { cnames: ['www.example.net', endpoint], hasAddress: true }, undefined],
    ['invalid-configuration', { cnames: ['www.example.net'], hasAddress: true }, /www\.example\.net/],
    ['invalid-configuration', { cnames: [], hasAddress: false }, /no DNS record/],
    ['unknown-configuration', { cnames: [], hasAddress: true }, /addresses/],
    ['unknown-configuration', undefined, /timed out/],
  ];
  for (const [Status, route, reason] of routes) {
    cloud.routes.set('www.example.com', route);
    const [verdict, ...more] = await verify('www.example.com') ?? [];
    t.same([verdict?.Domain, verdict?.Status, more.length], ['www.example.com', Status, 0]);
    if (reason) t.match(verdict?.Reason, reason);
    else t.equal(verdict?.Reason, undefined);
  }
  t.match(await verify(undefined, tenant.Name), [{ Domain: 'www.example.com' }, { Domain: 'example.com' }]);
  t.match(await verify(undefined, tenant.Arn), { length: 2 });
  await t.rejects(verify('api.example.com'), refusal('InvalidArgument', 400));
  await t.rejects(verify(undefined, 'dt_0'), refusal('EntityNotFound', 404));
});
