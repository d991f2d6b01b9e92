import {
  AssociateAliasCommand, DeleteDistributionCommand, ListConflictingAliasesCommand, ListDomainConflictsCommand,
  UpdateDomainAssociationCommand,
} from '@aws-sdk/client-cloudfront';
import type { DistributionConfig, ViewerCertificate } from '@aws-sdk/client-cloudfront';
import t from 'tap';
import { arnOf, create, embeddedCloudFront, read, refusal, served, unserved, update } from './cloudfront-fixture.ts';
import type { EmbeddedCloudFront } from './cloudfront-fixture.ts';

const DEPLOY_MS = 1_000;

void t.test('an alias is a lower-case name of several labels, maybe a wildcard', async (t) => {
  const cloud = embeddedCloudFront({ aliasesPerDistribution: 3 });
  const arn = cloud.issue('all', '*.example.com', 'a.example.com');
  const bad = [
    'WWW.example.com', 'localhost', '10.0.0.1', 'a..example.com', '-a.example.com', 'www.example.com.',
      'a.*.example.com',
    '*', '*.*.example.com', 'http://www.example.com', `${'a'.repeat(64)}.example.com`, 'x.cloudfront.net', '',
    `${'a.'.repeat(125)}example.com`,
  ];
  for (const alias of bad) {
    await t.rejects(create(cloud, served(arn, alias)), refusal('InvalidArgument', 400), `“${alias}”`);
  }
  await t.rejects(create(cloud, served(arn, 'a.example.com', 'a.example.com')), refusal('InvalidArgument', 400),
    'twice');
  await t.rejects(create(cloud, served(arn, ...['a', 'b', 'c', 'd'].map((label) => `${label}.example.com`))),
    refusal('TooManyDistributionCNAMEs', 400));
  const { Id } = await create(cloud, served(arn, 'a.example.com', 'xn--bcher-kva.example.com', '*.example.com'));
  t.same((await read(cloud, Id)).config.Aliases?.Items, ['a.example.com', 'xn--bcher-kva.example.com',
    '*.example.com']);
});

void t.test('a name is held by one distribution', async (t) => {
  const cloud = embeddedCloudFront();
  const arn = cloud.issue('all', '*.example.com');
  const first = await create(cloud, served(arn, 'www.example.com'));
  const second = await create(cloud, { CallerReference: 'second', ...served(arn, 'api.example.com') });

  await t.rejects(create(cloud, { CallerReference: 'third', ...served(arn, 'www.example.com') }),
    refusal('CNAMEAlreadyExists', 409));
  await t.rejects(update(cloud, second.Id, served(arn, 'api.example.com', 'www.example.com')),
    refusal('CNAMEAlreadyExists', 409));
  await t.resolves(update(cloud, second.Id, served(arn, 'api.example.com', '*.example.com')),
    'a wildcard is another name');
  await t.resolves(update(cloud, first.Id, served(arn, 'www.example.com', 'new.example.com')),
    'its own names do not conflict');

  await t.test('until the change that dropped it is deployed', async (t) => {
    await update(cloud, first.Id, unserved);
    const take = () => update(cloud, second.Id, served(arn, 'www.example.com'));
    await t.rejects(take(), refusal('CNAMEAlreadyExists', 409));
    cloud.clock.ms += DEPLOY_MS;
    await t.resolves(take());
  });
});

void t.test('the viewer certificate', async (t) => {
  const cloud = embeddedCloudFront();
  const arn = cloud.issue('site', 'example.com', '*.example.com');
  cloud.certificates.set(arnOf('pending'), { status: 'PENDING_VALIDATION', names: ['www.example.com'] });
  cloud.certificates.set(arnOf('far', 'eu-west-1'), { status: 'ISSUED', names: ['www.example.com'] });
  const { Id } = await create(cloud);
  const attach = (viewer: ViewerCertificate | undefined, ...aliases: string[]) => update(cloud, Id, {
    Aliases: { Quantity: aliases.length, Items: aliases }, ViewerCertificate: viewer,
  });
  const acm: ViewerCertificate = {
    ACMCertificateArn: arn, SSLSupportMethod: 'sni-only', MinimumProtocolVersion: 'TLSv1.2_2021',
  };
  const refused: [string, ViewerCertificate, string[]][] = [
    ['is CloudFront\'s own although there is an alias', { CloudFrontDefaultCertificate: true }, ['www.example.com']],
    ['is none at all', { CloudFrontDefaultCertificate: false }, []],
    ['is of IAM, which is not here', { IAMCertificateId: 'x', SSLSupportMethod: 'sni-only' }, ['www.example.com']],
    ['is two at once', { ...acm, CloudFrontDefaultCertificate: true }, ['www.example.com']],
    ['does not exist', { ...acm, ACMCertificateArn: arnOf('none') }, ['www.example.com']],
    ['is not issued yet', { ...acm, ACMCertificateArn: arnOf('pending') }, ['www.example.com']],
    ['is of another region', { ...acm, ACMCertificateArn: arnOf('far', 'eu-west-1') }, ['www.example.com']],
    ['covers one of two aliases', acm, ['www.example.com', 'www.example.org']],
    ['is a wildcard, asked for two levels', acm, ['a.b.example.com']],
    ['is a wildcard, asked for a wildcard below', acm, ['*.b.example.com']],
    ['says nothing of SNI', { ...acm, SSLSupportMethod: undefined }, ['www.example.com']],
    ['says nothing of a minimum protocol', { ...acm, MinimumProtocolVersion: undefined }, ['www.example.com']],
  ];
  for (const [how, viewer, aliases] of refused) {
    await t.rejects(attach(viewer, ...aliases), refusal('InvalidViewerCertificate', 400), how);
  }
  for (const protocol of ['SSLv3', 'TLSv9'] as unknown as 'SSLv3'[]) {
    await t.rejects(attach({ ...acm, MinimumProtocolVersion: protocol }),
      refusal('InvalidMinimumProtocolVersion', 400), protocol);
  }
  await t.rejects(attach({ ...acm, SSLSupportMethod: 'maybe' as 'vip' }), refusal('MalformedXML', 400));

  await t.test('that is a wildcard alone does not cover the apex', async (t) => {
    const wildcard = cloud.issue('wildcard', '*.example.com');
    await t.rejects(attach({ ...acm, ACMCertificateArn: wildcard }, 'example.com'),
      refusal('InvalidViewerCertificate', 400));
  });
  await t.test('that covers every alias is accepted, and told in the deprecated members too', async (t) => {
    await attach({ ...acm, MinimumProtocolVersion: 'TLSv1.3_2025' }, 'example.com', 'www.example.com', '*.example.com');
    t.strictSame((await read(cloud, Id)).config.ViewerCertificate, {
      ACMCertificateArn: arn, SSLSupportMethod: 'sni-only', MinimumProtocolVersion: 'TLSv1.3_2025',
      CloudFrontDefaultCertificate: false, Certificate: arn, CertificateSource: 'acm',
    });
  });
  await t.test('of CloudFront itself comes back with TLSv1', async (t) => {
    await attach({ CloudFrontDefaultCertificate: true });
    t.match((await read(cloud, Id)).config.ViewerCertificate,
      { CloudFrontDefaultCertificate: true, MinimumProtocolVersion: 'TLSv1' });
  });
});

void t.test('a certificate is used until the change that dropped it is deployed', async (t) => {
  const cloud = embeddedCloudFront();
  const [old, next] = [cloud.issue('old', 'a.example.com'), cloud.issue('next', 'a.example.com', 'b.example.com')];
  const { Id, ARN } = await create(cloud, served(old, 'a.example.com'));
  t.same(cloud.state.usersOf(old), [ARN], 'from acceptance on');
  cloud.clock.ms += DEPLOY_MS;

  await update(cloud, Id, served(next, 'a.example.com'));
  const releasedAt = cloud.clock.ms + DEPLOY_MS;
  t.same([cloud.state.usersOf(old), cloud.state.usersOf(next)], [[ARN], [ARN]]);
  t.equal(cloud.state.lastReleasedAt(old), undefined);
  cloud.clock.ms += DEPLOY_MS - 1;
  t.same(cloud.state.usersOf(old), [ARN]);
  await update(cloud, Id, { Comment: 'one more change does not end the first' });
  cloud.restart();
  t.same(cloud.state.usersOf(old), [ARN]);
  cloud.clock.ms += 1;
  t.same(cloud.state.usersOf(old), []);
  t.equal(cloud.state.lastReleasedAt(old), releasedAt);
  t.equal(cloud.state.lastReleasedAt(next), undefined);

  await t.test('or its distribution is deleted', async (t) => {
    await update(cloud, Id, { Enabled: false });
    cloud.clock.ms += DEPLOY_MS;
    t.same(cloud.state.usersOf(next), [ARN], 'a disabled distribution uses it');
    await cloud.client.send(new DeleteDistributionCommand({ Id, IfMatch: (await read(cloud, Id)).etag }));
    cloud.restart();
    t.same(cloud.state.usersOf(next), []);
    t.equal(cloud.state.lastReleasedAt(next), cloud.clock.ms);
  });
});

void t.test('viewers are routed by the deployed configuration', async (t) => {
  const cloud = embeddedCloudFront();
  const arn = cloud.issue('all', 'example.com', '*.example.com');
  const exact = await create(cloud, served(arn, 'www.example.com', 'example.com'));
  const wildcard = await create(cloud, {
    CallerReference: 'wildcard', ...served(arn, '*.example.com'),
    Origins: { Quantity: 2, Items: [{ Id: 'one', DomainName: 'one.test' }, { Id: 'two', DomainName: 'two.test' }] },
    OriginGroups: { Quantity: 1, Items: [{
      Id: 'both', FailoverCriteria: { StatusCodes: { Quantity: 1, Items: [500] } },
      Members: { Quantity: 2, Items: [{ OriginId: 'two' }, { OriginId: 'one' }] },
    }] },
    DefaultCacheBehavior: { TargetOriginId: 'both', ViewerProtocolPolicy: 'allow-all' },
  });
  const to = (host: string) => cloud.state.resolve(host)?.distributionId;

  t.equal(to('www.example.com'), undefined, 'not before it is deployed');
  cloud.clock.ms += DEPLOY_MS;
  t.same(cloud.state.resolve('www.example.com'), { distributionId: exact.Id,
    originDomain: 'anchor-server.lambda.test' });
  t.same(cloud.state.resolve('API.example.com.'), { distributionId: wildcard.Id, originDomain: 'two.test' });
  t.equal(to('example.com'), exact.Id, 'the apex is its own name');
  t.equal(to('a.b.example.com'), undefined, 'a wildcard stands for one label');
  t.equal(to(exact.DomainName), exact.Id);
  t.equal(to('localhost'), undefined);

  await t.test('changes reach viewers one after the other, each at its own time', async (t) => {
    await update(cloud, exact.Id, served(arn, 'www.example.com'));
    cloud.clock.ms += DEPLOY_MS / 2;
    await update(cloud, exact.Id, served(arn, 'new.example.com'));
    cloud.clock.ms += DEPLOY_MS / 2;
    cloud.restart();
    t.same([to('example.com'), to('www.example.com'), to('new.example.com')], [undefined, exact.Id, wildcard.Id]);
    cloud.clock.ms += DEPLOY_MS / 2;
    t.same([to('www.example.com'), to('new.example.com')], [wildcard.Id, exact.Id]);
  });

  await t.test('a clock set back does not let a later change overtake', async (t) => {
    await update(cloud, exact.Id, served(arn, 'www.example.com'));
    const deployedAt = cloud.clock.ms + DEPLOY_MS;
    cloud.clock.ms -= 500;
    await update(cloud, exact.Id, served(arn, 'late.example.com'));
    cloud.clock.ms = deployedAt - 1;
    t.equal(to('new.example.com'), exact.Id);
    cloud.clock.ms = deployedAt;
    t.equal(to('late.example.com'), exact.Id);
  });

  await t.test('a disabled distribution serves nobody, and its names do not fall to a wildcard', async (t) => {
    await update(cloud, exact.Id, { Enabled: false });
    t.equal(to('late.example.com'), exact.Id);
    cloud.clock.ms += DEPLOY_MS;
    t.same([to('late.example.com'), to(exact.DomainName)], [undefined, undefined]);
  });
});

/** Two distributions whose certificate covers every name of example.com, the first with `www`. */
async function pair(cloud: EmbeddedCloudFront, more: Partial<DistributionConfig> = {}) {
  const arn = cloud.issue('all', '*.example.com');
  const source = await create(cloud, { ...served(arn, 'www.example.com'), ...more });
  cloud.clock.ms += 1; // the list is by age
  const target = await create(cloud, { CallerReference: 'target', ...served(arn, 'api.example.com') });
  return { arn, source, target };
}

void t.test('conflicting aliases are shown with the half of each id', async (t) => {
  const cloud = embeddedCloudFront();
  const { arn, source, target } = await pair(cloud);
  await update(cloud, target.Id, served(arn, 'api.example.com', '*.example.com'));
  const conflicts = async (Alias: string, more: { MaxItems?: number; Marker?: string } = {},
    DistributionId = target.Id) =>
    (await cloud.client.send(new ListConflictingAliasesCommand({ Alias, DistributionId,
      ...more }))).ConflictingAliasesList;

  t.match(await conflicts('www.example.com'), { Quantity: 2, MaxItems: 100, Items: [
    { Alias: 'www.example.com', DistributionId: `*******${source.Id.slice(7)}`, AccountId: '******789012' },
    { Alias: '*.example.com', DistributionId: `*******${target.Id.slice(7)}`, AccountId: '******789012' },
  ] });
  const first = await conflicts('*.example.com', { MaxItems: 2 });
  t.same(first?.Items?.map((item) => item.Alias), ['www.example.com', 'api.example.com']);
  const rest = await conflicts('*.example.com', { MaxItems: 2, Marker: first?.NextMarker ?? '' });
  t.same(rest?.Items?.map((item) => item.Alias), ['*.example.com']);
  t.equal(rest?.NextMarker, undefined);

  await t.rejects(conflicts('www.example.org'), refusal('InvalidArgument', 400), 'the certificate does not cover it');
  await t.rejects(conflicts(''), refusal('InvalidArgument', 400));
  await t.rejects(conflicts('www.example.com', {}, 'E0'), refusal('NoSuchDistribution', 404));

  await t.test('by domain as well', async (t) => {
    const of = (Domain: string, DistributionId: string) => cloud.client.send(new ListDomainConflictsCommand({
      Domain, DomainControlValidationResource: { DistributionId },
    }));
    t.match((await of('www.example.com', target.Id)).DomainConflicts, [
      { Domain: '*.example.com', AccountId: '******789012' },
      { Domain: 'www.example.com', ResourceType: 'distribution', ResourceId: `*******${source.Id.slice(7)}` },
    ]);
    await t.rejects(of('www.example.com', 'E0'), refusal('EntityNotFound', 404));
    await t.rejects(of('', target.Id), refusal('InvalidArgument', 400));
  });
});

void t.test('an alias moves to another distribution of the account', async (t) => {
  const cloud = embeddedCloudFront({ aliasesPerDistribution: 2 });
  const { arn, source, target } = await pair(cloud);
  cloud.clock.ms += DEPLOY_MS;
  const move = (Alias = 'www.example.com', TargetDistributionId = target.Id) =>
    cloud.client.send(new AssociateAliasCommand({ Alias, TargetDistributionId }));
  const aliases = async (id: string) => (await read(cloud, id)).config.Aliases?.Items ?? [];

  await t.rejects(move(), { ...refusal('IllegalUpdate', 400), message: 'Invalid or missing alias DNS TXT records.' });
  cloud.txt.set('_www.example.com', [target.DomainName]);
  cloud.txt.set('_www.example.org', [target.DomainName]);
  await t.rejects(move('www.example.org'), refusal('IllegalUpdate', 400), 'the certificate does not cover it');
  await t.rejects(move('WWW'), refusal('InvalidArgument', 400));
  await t.rejects(move('www.example.com', 'E0'), refusal('NoSuchDistribution', 404));

  await move();
  t.same([await aliases(source.Id), await aliases(target.Id)], [[], ['api.example.com', 'www.example.com']]);
  t.equal(cloud.state.resolve('www.example.com')?.distributionId, source.Id,
    'viewers meet the old one until it is deployed');
  cloud.clock.ms += DEPLOY_MS;
  t.equal(cloud.state.resolve('www.example.com')?.distributionId, target.Id);
  const { etag } = await read(cloud, target.Id);
  await move();
  t.equal((await read(cloud, target.Id)).etag, etag, 'again changes nothing');

  await t.test('not past the quota, nor to one without a certificate', async (t) => {
    cloud.txt.set('_new.example.com', [target.DomainName, source.DomainName]);
    await t.rejects(move('new.example.com'), refusal('TooManyDistributionCNAMEs', 400));
    await update(cloud, source.Id, unserved);
    await t.rejects(move('new.example.com', source.Id), refusal('IllegalUpdate', 400));
    await update(cloud, source.Id, served(arn));
    await move('new.example.com', source.Id);
    t.same(await aliases(source.Id), ['new.example.com'], 'a name nobody holds is just added');
  });
});

void t.test('a domain association moves once its source is disabled', async (t) => {
  const cloud = embeddedCloudFront();
  const { source, target } = await pair(cloud);
  cloud.txt.set('_www.example.com', [target.DomainName]);
  const { etag } = await read(cloud, target.Id);
  const move = (IfMatch?: string, DistributionId = target.Id) => cloud.client.send(new UpdateDomainAssociationCommand({
    Domain: 'www.example.com', TargetResource: { DistributionId }, IfMatch,
  }));
  await t.rejects(move(), refusal('IllegalUpdate', 400));
  await update(cloud, source.Id, { Enabled: false });
  await t.rejects(move('E0000000000000'), refusal('PreconditionFailed', 412));
  await t.rejects(move(etag, 'E0'), refusal('EntityNotFound', 404));
  const moved = await move(etag);
  t.match(moved, { Domain: 'www.example.com', ResourceId: target.Id, ETag: (await read(cloud, target.Id)).etag });
  t.not(moved.ETag, etag);
});
