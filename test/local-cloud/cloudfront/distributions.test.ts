import {
  CreateDistributionCommand, CreateDistributionWithTagsCommand, DeleteDistributionCommand, GetDistributionCommand,
  ListDistributionsCommand, ListTagsForResourceCommand, TagResourceCommand, UntagResourceCommand,
  UpdateDistributionCommand, paginateListDistributions,
} from '@aws-sdk/client-cloudfront';
import type { DistributionConfig } from '@aws-sdk/client-cloudfront';
import t from 'tap';
import { cloudFrontHandler } from '../../../src/local-cloud/cloudfront/cloudfront-protocol.ts';
import { create, embeddedCloudFront, minimalConfig, origin, read, refusal, textOf, update,
  wire } from './cloudfront-fixture.ts';

void t.test('a new distribution', async (t) => {
  const cloud = embeddedCloudFront();
  const answer = await cloud.client.send(new CreateDistributionCommand({ DistributionConfig: minimalConfig() }));
  const made = answer.Distribution;

  t.match(made?.Id, /^E[A-Z0-9]{13}$/);
  t.match(made?.DomainName, /^d[a-z0-9]{13}\.cloudfront\.net$/);
  t.equal(made?.ARN, `arn:aws:cloudfront::123456789012:distribution/${made?.Id}`);
  t.equal(answer.Location, `https://cloudfront.amazonaws.com/2020-05-31/distribution/${made?.Id}`);
  t.match(answer.ETag, /^E[A-Z0-9]{13}$/);
  t.same(made?.LastModifiedTime, new Date(cloud.clock.ms));

  await t.test('has the defaults of CloudFront for what was not sent', async (t) => {
    t.match(made?.DistributionConfig, {
      Aliases: { Quantity: 0 }, CacheBehaviors: { Quantity: 0 }, CustomErrorResponses: { Quantity: 0 },
      PriceClass: 'PriceClass_All', HttpVersion: 'http2', IsIPV6Enabled: true, Staging: false, WebACLId: '',
      DefaultRootObject: '', Restrictions: { GeoRestriction: { RestrictionType: 'none', Quantity: 0 } },
      ViewerCertificate: { CloudFrontDefaultCertificate: true, MinimumProtocolVersion: 'TLSv1',
        CertificateSource: 'cloudfront' },
      Origins: { Quantity: 1, Items: [{
        ...origin, OriginPath: '', CustomHeaders: { Quantity: 0 }, ConnectionAttempts: 3,
        CustomOriginConfig: { ...origin.CustomOriginConfig, OriginReadTimeout: 30, OriginKeepaliveTimeout: 5 },
      }] },
      DefaultCacheBehavior: { TargetOriginId: 'site', Compress: false,
        TrustedSigners: { Enabled: false, Quantity: 0 } },
    });
  });

  await t.test('is InProgress for the deploy time, then Deployed, with no timer involved', async (t) => {
    const status = async () =>
      (await cloud.client.send(new GetDistributionCommand({ Id: made?.Id }))).Distribution?.Status;
    t.equal(made?.Status, 'InProgress');
    cloud.clock.ms += 999;
    t.equal(await status(), 'InProgress');
    cloud.clock.ms += 1;
    t.equal(await status(), 'Deployed');
  });

  await t.test('is known by its caller reference: the same again is refused and names it', async (t) => {
    await t.rejects(create(cloud, { Comment: 'other' }), {
      ...refusal('DistributionAlreadyExists', 409), message: new RegExp(made?.Id ?? 'missing'),
    });
  });
});

void t.test('an update replaces the whole configuration and gives back all of it', async (t) => {
  const cloud = embeddedCloudFront();
  const { Id } = await create(cloud);
  const before = await read(cloud, Id);
  const everything: DistributionConfig = {
    ...before.config,
    Comment: '  2.0 & <more>\r\n "quoted" é😀 ', DefaultRootObject: '0123', WebACLId: '1.0',
    PriceClass: 'PriceClass_100',
    Origins: { Quantity: 2, Items: [
      { ...before.config.Origins?.Items?.[0] as typeof origin,
        CustomHeaders: { Quantity: 1, Items: [{ HeaderName: 'x-key', HeaderValue: '007' }] } },
      { Id: 'assets', DomainName: 'assets.s3.test', OriginPath: '', CustomHeaders: { Quantity: 0, Items: [] },
        ConnectionAttempts: 2, ConnectionTimeout: 5, OriginShield: { Enabled: true, OriginShieldRegion: 'us-east-1' },
        OriginAccessControlId: 'E1', S3OriginConfig: { OriginAccessIdentity: '' } },
    ] },
    OriginGroups: { Quantity: 1, Items: [{
      Id: 'both', FailoverCriteria: { StatusCodes: { Quantity: 2, Items: [500, 502] } },
      Members: { Quantity: 2, Items: [{ OriginId: 'assets' }, { OriginId: 'site' }] },
    }] },
    DefaultCacheBehavior: {
      TargetOriginId: 'both', ViewerProtocolPolicy: 'https-only', Compress: true, SmoothStreaming: false,
      FieldLevelEncryptionId: '', CachePolicyId: 'policy', MinTTL: 0,
      TrustedSigners: { Enabled: true, Quantity: 1, Items: ['000000000042'] },
      TrustedKeyGroups: { Enabled: false, Quantity: 0, Items: [] },
      LambdaFunctionAssociations: { Quantity: 0, Items: [] },
      FunctionAssociations: { Quantity: 1, Items: [
        { FunctionARN: 'arn:aws:cloudfront::1:function/f', EventType: 'viewer-request' },
      ] },
      AllowedMethods: { Quantity: 3, Items: ['HEAD', 'GET', 'OPTIONS'],
        CachedMethods: { Quantity: 2, Items: ['HEAD', 'GET'] } },
      ForwardedValues: {
        QueryString: true, Cookies: { Forward: 'whitelist', WhitelistedNames: { Quantity: 1, Items: ['sid'] } },
        Headers: { Quantity: 0, Items: [] }, QueryStringCacheKeys: { Quantity: 0, Items: [] },
      },
    },
    CustomErrorResponses: { Quantity: 1, Items: [
      { ErrorCode: 404, ResponsePagePath: '/404', ResponseCode: '404', ErrorCachingMinTTL: 10 },
    ] },
    Restrictions: { GeoRestriction: { RestrictionType: 'whitelist', Quantity: 2, Items: ['DE', 'FR'] } },
  };

  const { Distribution: answered } = await update(cloud, Id, everything);
  const after = await read(cloud, Id);
  t.strictSame(after.config, everything);
  t.strictSame(answered?.DistributionConfig, everything);
  t.equal(answered?.Status, 'InProgress');

  await t.test('members that no SDK knows and empty elements included', async (t) => {
    const path = `/2020-05-31/distribution/${Id}/config`;
    const text = textOf(await cloud.handle(wire('GET', path)));
    const sent = text.replace('<Comment>',
      '<Future><Deep><Number>01.10</Number><Empty></Empty></Deep></Future><Comment>');
    const updated = await cloud.handle(wire('PUT', path, sent, { 'if-match': after.etag }));
    t.equal(updated.status, 200);
    t.equal(textOf(await cloud.handle(wire('GET', path))), sent);
  });

  await t.test('and after a restart', async (t) => {
    const text = textOf(await cloud.handle(wire('GET', `/2020-05-31/distribution/${Id}`)));
    cloud.restart();
    t.equal(textOf(await cloud.handle(wire('GET', `/2020-05-31/distribution/${Id}`))), text);
  });
});

void t.test('If-Match', async (t) => {
  const cloud = embeddedCloudFront();
  const { Id } = await create(cloud);
  const { config, etag } = await read(cloud, Id);
  const put = (IfMatch?: string, more: Partial<DistributionConfig> = {}) =>
    cloud.client.send(new UpdateDistributionCommand({ Id, IfMatch, DistributionConfig: { ...config, ...more } }));

  await t.rejects(put(), refusal('InvalidIfMatchVersion', 400), 'missing');
  await t.rejects(put('"not-an-etag"'), refusal('InvalidIfMatchVersion', 400), 'not an ETag');
  await t.rejects(put('E0000000000000'), refusal('PreconditionFailed', 412), 'unknown');

  const { ETag: second } = await put(etag);
  t.not(second, etag, 'every accepted change gives a new one, even one that changes nothing');
  await t.rejects(put(etag), refusal('PreconditionFailed', 412), 'stale');
  const { ETag: third } = await put(second, { Comment: 'while the last change is still deploying' });
  await t.rejects(put(third, { CallerReference: 'x' }), refusal('IllegalUpdate', 400));
  t.equal((await read(cloud, Id)).etag, third, 'a refused change leaves it alone');

  await t.test('goes stale by itself when the local path says so, and the status does not move', async (t) => {
    cloud.clock.ms += 1_000;
    const touched = await cloud.handle(wire('POST', `/_local/cloudfront/distributions/${Id}/touch`));
    const now = await read(cloud, Id);
    t.same(JSON.parse(textOf(touched)), { id: Id, etag: now.etag });
    await t.rejects(put(third), refusal('PreconditionFailed', 412));
    t.equal(now.config.Comment, 'while the last change is still deploying');
    t.match(await cloud.client.send(new GetDistributionCommand({ Id })), { Distribution: { Status: 'Deployed' } });
    t.equal((await cloud.handle(wire('POST', '/_local/cloudfront/distributions/E1/touch'))).status, 404);
  });
});

void t.test('a configuration is refused when', async (t) => {
  const cloud = embeddedCloudFront();
  const behavior = minimalConfig().DefaultCacheBehavior;
  const cases: [string, string, number, Record<string, unknown>][] = [
    ['Quantity is not the number of Items', 'InconsistentQuantities', 400, { Aliases: { Quantity: 1 } }],
    ['that is so deep inside', 'InconsistentQuantities', 400, { DefaultCacheBehavior: {
      ...behavior, AllowedMethods: { Quantity: 2, Items: ['GET', 'HEAD'],
        CachedMethods: { Quantity: 3, Items: ['GET', 'HEAD'] } } } }],
    ['Quantity is no number', 'MalformedXML', 400, { Origins: { Quantity: -1, Items: [origin] } }],
    ['Items come without Quantity', 'MalformedXML', 400, { CustomErrorResponses: { Items: [{ ErrorCode: 404 }] } }],
    ['a required member is missing', 'MalformedXML', 400, { Comment: undefined }],
    ['a required member is missing in an item', 'MalformedXML', 400,
      { Origins: { Quantity: 1, Items: [{ Id: 'site' }] } }],
    ['a text is not of its list', 'MalformedXML', 400, { PriceClass: 'PriceClass_Moon' }],
    ['a boolean is none', 'MalformedXML', 400, { Staging: 'perhaps' }],
    ['there is no caller reference', 'InvalidArgument', 400, { CallerReference: '' }],
    ['the comment is too long', 'InvalidArgument', 400, { Comment: 'x'.repeat(129) }],
    ['it has no origin', 'InvalidArgument', 400, { Origins: { Quantity: 0, Items: [] } }],
    ['two origins share an id', 'InvalidArgument', 400, { Origins: { Quantity: 2, Items: [origin, origin] } }],
    ['the default behaviour names no origin', 'NoSuchOrigin', 404,
      { DefaultCacheBehavior: { ...behavior, TargetOriginId: 'x' } }],
    ['another behaviour names no origin', 'NoSuchOrigin', 404, {
      CacheBehaviors: { Quantity: 1, Items: [{ ...behavior, PathPattern: '/a', TargetOriginId: 'x' }] } }],
  ];
  for (const [when, code, status, more] of cases) {
    await t.rejects(create(cloud, more as Partial<DistributionConfig>), refusal(code, status), when);
  }
  await t.rejects(create(cloud, { Origins: { Quantity: 1, Items: [{ Id: 'site' } as typeof origin] } }), {
    message: '1 validation error detected: Value null at \'distributionConfig.origins.items.1.member.domainName\' ' +
      'failed to satisfy constraint: Member must not be null',
  });

  await t.test('an update leaves out what CloudFront fills in at creation', async (t) => {
    const { Id } = await create(cloud);
    await t.rejects(update(cloud, Id, { PriceClass: undefined }), {
      ...refusal('IllegalUpdate', 400), message: 'PriceClass is required for updates.',
    });
    await t.rejects(update(cloud, Id, { Origins: { Quantity: 1, Items: [origin] } }), refusal('IllegalUpdate', 400));
  });
});

void t.test('a body is refused when it is missing, not XML, or something else', async (t) => {
  const cloud = embeddedCloudFront();
  const refused = async (method: string, path: string, body = '') => {
    const answer = await cloud.handle(wire(method, `/2020-05-31/${path}`, body));
    return [answer.status, /<Code>(.*)<\/Code>/.exec(textOf(answer))?.[1]];
  };
  t.same(await refused('POST', 'distribution'), [400, 'MissingBody']);
  t.same(await refused('POST', 'distribution', '<DistributionConfig>'), [400, 'MalformedXML']);
  t.same(await refused('POST', 'distribution', '<Distribution/>'), [400, 'MalformedXML']);
  t.same(await refused('POST', 'distribution', '<DistributionConfig/>'), [400, 'MalformedXML']);
  t.same(await refused('POST', 'distribution?WithTags',
    '<DistributionConfigWithTags><DistributionConfig/><Tags/></DistributionConfigWithTags>'),
    [400, 'MalformedXML']);
  t.same(await refused('PATCH', 'distribution/%zz'), [400, 'UnsupportedOperation']);
  t.same(await refused('POST', 'tagging?Operation=Other'), [400, 'UnsupportedOperation']);

  const answer = await cloud.handle(wire('GET', '/2020-05-31/distribution/E0'));
  t.equal(answer.headers['content-type'], 'text/xml');
  t.match(textOf(answer), new RegExp('<ErrorResponse xmlns="http://cloudfront.amazonaws.com/doc/2020-05-31/"><Error>' +
    '<Type>Sender</Type><Code>NoSuchDistribution</Code><Message>[^<]+</Message></Error>' +
    '<RequestId>[^<]+</RequestId></ErrorResponse>'));
});

void t.test('paths of others are left to others; faults of its own are not dressed up as refusals', async (t) => {
  const { state } = embeddedCloudFront();
  const handler = cloudFrontHandler(state);
  t.equal(await handler(wire('GET', '/2015-03-31/functions')), undefined);
  t.equal(await handler(wire('GET', '/_local/cloudfront/distributions/E1/touch')), undefined);
  state.list = () => { throw new Error('broken'); };
  await t.rejects(handler(wire('GET', '/2020-05-31/distribution')), { message: 'broken' });
});

void t.test('deletion needs the ETag, a disabled distribution and its last change deployed', async (t) => {
  const cloud = embeddedCloudFront();
  const { Id } = await create(cloud);
  cloud.clock.ms += 1_000;
  const remove = async (IfMatch?: string) => cloud.client.send(new DeleteDistributionCommand({ Id, IfMatch }));

  await t.rejects(remove(), refusal('InvalidIfMatchVersion', 400));
  await t.rejects(remove('E0000000000000'), refusal('PreconditionFailed', 412));
  await t.rejects(remove((await read(cloud, Id)).etag), refusal('DistributionNotDisabled', 409), 'enabled');
  const { ETag } = await update(cloud, Id, { Enabled: false });
  await t.rejects(remove(ETag), refusal('DistributionNotDisabled', 409), 'not deployed');
  cloud.clock.ms += 1_000;
  await remove(ETag);
  cloud.restart();
  await t.rejects(read(cloud, Id), refusal('NoSuchDistribution', 404));
  await create(cloud);
});

void t.test('the list gives summaries, oldest first, in pages', async (t) => {
  const cloud = embeddedCloudFront();
  const ids: string[] = [];
  for (const CallerReference of ['a', 'b', 'c']) {
    ids.push((await create(cloud, { CallerReference })).Id);
    cloud.clock.ms += 1;
  }
  const listed: (string | undefined)[] = [];
  for await (const page of paginateListDistributions({ client: cloud.client, pageSize: 2 }, {})) {
    for (const item of page.DistributionList?.Items ?? []) listed.push(item.Id);
  }
  t.same(listed, ids);

  const { DistributionList } = await cloud.client.send(new ListDistributionsCommand({}));
  t.match(DistributionList, { IsTruncated: false, Quantity: 3, MaxItems: 100, Marker: '' });
  t.match(DistributionList?.Items?.[0], { Enabled: true, Status: 'InProgress', Aliases: { Quantity: 0 },
    HttpVersion: 'http2' });
  const bad = [{ Marker: 'E0' }, { MaxItems: 0 }, { MaxItems: 1.5 }] as const;
  for (const { Marker, MaxItems } of bad.map((it) => ({ Marker: undefined, MaxItems: undefined, ...it }))) {
    await t.rejects(cloud.client.send(new ListDistributionsCommand({ Marker, MaxItems })),
      refusal('InvalidArgument', 400));
  }
});

void t.test('tags are given at creation, added, replaced and taken away', async (t) => {
  const cloud = embeddedCloudFront();
  const { Distribution: made } = await cloud.client.send(new CreateDistributionWithTagsCommand({
    DistributionConfigWithTags: { DistributionConfig: minimalConfig(),
      Tags: { Items: [{ Key: 'Project', Value: 'a' }] } },
  }));
  const Resource = made?.ARN;
  const tags = async () => (await cloud.client.send(new ListTagsForResourceCommand({ Resource }))).Tags?.Items;
  const tag = (...Items: { Key: string; Value?: string }[]) =>
    cloud.client.send(new TagResourceCommand({ Resource, Tags: { Items } }));

  t.same(await tags(), [{ Key: 'Project', Value: 'a' }]);
  await tag({ Key: 'Project', Value: 'b' }, { Key: 'Empty' });
  t.same(await tags(), [{ Key: 'Project', Value: 'b' }, { Key: 'Empty', Value: '' }]);
  await cloud.client.send(new UntagResourceCommand({ Resource, TagKeys: { Items: ['Project'] } }));
  cloud.restart();
  t.same(await tags(), [{ Key: 'Empty', Value: '' }]);

  await t.rejects(tag({ Key: 'aws:x', Value: '' }), refusal('InvalidTagging', 400));
  await t.rejects(tag({ Key: 'x', Value: '<' }), refusal('InvalidTagging', 400));
  await t.rejects(tag(...Array.from({ length: 50 }, (_, n) => ({ Key: `k${n}` }))), refusal('InvalidTagging', 400));
  const listOf = (arn: string) => cloud.client.send(new ListTagsForResourceCommand({ Resource: arn }));
  await t.rejects(listOf('arn:aws:s3:::bucket'), refusal('InvalidArgument', 400));
  await t.rejects(listOf('arn:aws:cloudfront::123456789012:distribution/E0'), refusal('NoSuchResource', 404));
});
