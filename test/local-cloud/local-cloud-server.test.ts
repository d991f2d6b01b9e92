import {
  ACMClient, DeleteCertificateCommand, DescribeCertificateCommand, ListCertificatesCommand, RequestCertificateCommand,
  ResourceInUseException,
} from '@aws-sdk/client-acm';
import type { DistributionConfig } from '@aws-sdk/client-cloudfront';
import {
  AssociateAliasCommand, CloudFrontClient, CreateDistributionTenantCommand, DeleteDistributionTenantCommand,
  GetConnectionGroupByRoutingEndpointCommand, GetDistributionConfigCommand, GetDistributionTenantCommand,
  ListDistributionsCommand, UpdateDistributionCommand, UpdateDistributionTenantCommand, VerifyDnsConfigurationCommand,
} from '@aws-sdk/client-cloudfront';
import {
  GetAliasCommand, InvokeCommand, LambdaClient, ListFunctionsCommand, PreconditionFailedException, UpdateAliasCommand,
  UpdateFunctionCodeCommand,
} from '@aws-sdk/client-lambda';
import { createHash } from 'node:crypto';
import { Agent, request } from 'node:http';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { memoryPersistence } from '../../src/local-cloud/collection.ts';
import { seedDemoCloud } from '../../src/local-cloud/demo-data.ts';
import { MAX_BODY_BYTES, listen, wireListener } from '../../src/local-cloud/http-listener.ts';
import type { LocalCloudServerOptions } from '../../src/local-cloud/local-cloud-server.ts';
import { startLocalCloud } from '../../src/local-cloud/local-cloud-server.ts';
import { createLocalCloud } from '../../src/local-cloud/local-cloud.ts';
import { openPersistence } from '../../src/local-cloud/sqlite-persistence.ts';

const SEED = { deploymentIds: ['dep-1', 'dep-2'], aliasName: 'live' } as const;
const credentials = { accessKeyId: 'x', secretAccessKey: 'x' };

async function start(t: Test, more: Partial<LocalCloudServerOptions> = {}) {
  const running = await startLocalCloud({ host: '127.0.0.1', cloudPort: 0, dnsPort: 0, edgePort: 0, ...more });
  t.teardown(() => running.close());
  const client = { region: 'us-east-1', endpoint: running.cloudUrl, maxAttempts: 1, credentials };
  const parts = {
    lambda: new LambdaClient(client), acm: new ACMClient(client), cloudFront: new CloudFrontClient(client),
  };
  t.teardown(() => Object.values(parts).forEach((part) => part.destroy()));
  return { ...running, ...parts };
}

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly text: string;
}

/** Unlike `fetch` this sets Host and Expect. */
async function ask(
  url: string, { headers = {}, method = 'GET', body, agent }: {
    headers?: Record<string, string>; method?: string; body?: Uint8Array; agent?: Agent;
  } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asking = request(url, { method, headers, ...(agent ? { agent } : {}) }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve({
        status: response.statusCode ?? 0, headers: response.headers, text: Buffer.concat(chunks).toString(),
      }));
    });
    asking.on('error', reject);
    if (headers['expect']) asking.on('continue', () => asking.end(body));
    else asking.end(body);
  });
}

void t.test('real clients work over real sockets', async (t) => {
  const { cloud, cloudUrl, lambda, acm, cloudFront } = await start(t);
  const demo = seedDemoCloud(cloud, SEED);
  const live = await lambda.send(new GetAliasCommand({ FunctionName: 'anchor-server', Name: 'live' }));
  t.equal(live.FunctionVersion, '2');
  const move = { FunctionName: 'anchor-server', Name: 'live', FunctionVersion: '1', RevisionId: live.RevisionId };
  t.match(await lambda.send(new UpdateAliasCommand(move)), { FunctionVersion: '1' });
  await t.rejects(lambda.send(new UpdateAliasCommand(move)), PreconditionFailedException);
  const answer = await lambda.send(new InvokeCommand({ FunctionName: 'anchor-server:live', Payload: '{}' }));
  t.equal(answer.ExecutedVersion, '1');
  t.match(await acm.send(new ListCertificatesCommand({})), { CertificateSummaryList: { length: 0 } });
  const { DistributionList } = await cloudFront.send(new ListDistributionsCommand({}));
  t.match(DistributionList?.Items?.find(({ Id }) => Id === demo.distributionId),
    { DomainName: demo.distributionDomain, Status: 'Deployed' });
  const record = Buffer.from(JSON.stringify({ name: 'www.example.com', type: 'TXT', values: ['here'] }));
  const put = await ask(`${cloudUrl}/_local/dns/records`, {
    method: 'PUT', body: record, headers: { 'content-type': 'application/json' },
  });
  t.ok(put.status < 300, put.text);
  t.strictSame(cloud.zone.lookup('www.example.com', 'TXT'), ['here']);
  t.match(await ask(`${cloudUrl}/_local/health`), { status: 200, text: '{"status":"ok"}' });
});

void t.test('the viewer\'s edge', async (t) => {
  let now = 1_000_000;
  const { cloud, edgeUrl, lambda, cloudFront } = await start(t, { now: () => now });
  const { distributionDomain, distributionId } = seedDemoCloud(cloud, SEED);
  const view = (host: string, more = {}) => ask(`${edgeUrl}/shop?x=1`, { headers: { host }, ...more });

  const seen = await view(`${distributionDomain.toUpperCase()}:8088`, { method: 'POST', body: Buffer.from('form') });
  t.match(seen, { status: 200, headers: {
    'x-amz-executed-version': '2', 'x-amz-cf-distribution': distributionId, 'content-type': 'application/json' } });
  t.strictSame(JSON.parse(seen.text),
    { functionName: 'anchor-server', executedVersion: '2', deploymentId: 'dep-2', path: '/shop' });
  t.match(await view(distributionDomain, { method: 'HEAD' }), { status: 200, text: '' });

  await lambda.send(new UpdateAliasCommand({ FunctionName: 'anchor-server', Name: 'live', FunctionVersion: '1' }));
  t.match(await view(distributionDomain), { headers: { 'x-amz-executed-version': '1' }, text: /dep-1/ });
  const unknown = await view('www.example.com');
  t.match(unknown, { status: 403, headers: { 'x-cache': 'Error from cloudfront' } });
  t.match(JSON.parse(unknown.text), { code: 'HostNotServed', message: /www\.example\.com/ });
  const { port, hostname } = new URL(edgeUrl);
  const old = connect(Number(port), hostname).setEncoding('utf8').end('GET / HTTP/1.0\r\n\r\n');
  let text = '';
  for await (const chunk of old) text += String(chunk);
  t.match(text, /^HTTP\/1\.1 403 /, 'a viewer that names no host is refused too');

  cloud.lambda.functions.setState('anchor-server', '1', 'Failed', 'The image was deleted');
  t.match(await view(distributionDomain), { status: 502, text: /ResourceConflictException.*The image was deleted/ });
  cloud.lambda.aliases.delete('anchor-server', 'live');
  t.match(await view(distributionDomain), { status: 502, text: /ResourceNotFoundException/ });

  const { DistributionConfig, ETag } = await cloudFront.send(new GetDistributionConfigCommand({ Id: distributionId }));
  const [origin] = DistributionConfig?.Origins?.Items ?? [];
  if (!DistributionConfig || !origin) return t.fail('no configuration');
  origin.DomainName = 'bucket.s3.amazonaws.com';
  await cloudFront.send(new UpdateDistributionCommand({ Id: distributionId, IfMatch: ETag, DistributionConfig }));
  now += cloud.settings.deployTimeMs;
  t.match(await view(distributionDomain), { status: 502, text: /bucket\.s3\.amazonaws\.com is no function/ });
});

void t.test('certificate, DNS, distribution and edge know of each other', async (t) => {
  let now = Date.UTC(2026, 0, 1);
  const { cloud, edgeUrl, acm, cloudFront } = await start(t, { now: () => now });
  const { distributionId: Id, distributionDomain } = seedDemoCloud(cloud, SEED);
  const { settings } = cloud;
  now += settings.deployTimeMs;
  const { CertificateArn } = await acm.send(new RequestCertificateCommand({
    DomainName: 'www.example.com', ValidationMethod: 'DNS',
  }));
  const describe = async () => (await acm.send(new DescribeCertificateCommand({ CertificateArn }))).Certificate;
  now += settings.validationRecordDelayMs;
  const record = (await describe())?.DomainValidationOptions?.[0]?.ResourceRecord;
  cloud.zone.set({ name: record?.Name ?? '', type: 'CNAME', values: [record?.Value ?? ''] });
  now += settings.certificateCheckMs;
  t.match(await describe(), { Status: 'ISSUED', InUseBy: { length: 0 } });

  const change = async (difference: Partial<DistributionConfig>) => {
    const { DistributionConfig: config, ETag } = await cloudFront.send(new GetDistributionConfigCommand({ Id }));
    const DistributionConfig = { ...config, ...difference } as DistributionConfig;
    return cloudFront.send(new UpdateDistributionCommand({ Id, IfMatch: ETag, DistributionConfig }));
  };
  const Aliases = { Quantity: 1, Items: ['www.example.com'] };
  await t.rejects(change({ Aliases }), { name: 'InvalidViewerCertificate' });
  await change({ Aliases, ViewerCertificate: {
    ACMCertificateArn: CertificateArn, SSLSupportMethod: 'sni-only', MinimumProtocolVersion: 'TLSv1.2_2021' } });
  const view = () => ask(edgeUrl, { headers: { host: 'WWW.example.com' } });
  t.match(await view(), { status: 403 });
  now += settings.deployTimeMs;
  t.match(await view(), { status: 200 });
  t.match(await describe(), { InUseBy: { length: 1 } });
  const associate = () => cloudFront.send(new AssociateAliasCommand({
    TargetDistributionId: Id, Alias: 'www.example.com',
  }));
  await t.rejects(associate(), { name: 'IllegalUpdate' }, 'the owner has not proved control with a TXT record');
  cloud.zone.set({ name: '_www.example.com', type: 'TXT', values: [distributionDomain] });
  await associate();
  const remove = () => acm.send(new DeleteCertificateCommand({ CertificateArn }));
  await t.rejects(remove(), ResourceInUseException);

  await change({ Aliases: { Quantity: 0 }, ViewerCertificate: { CloudFrontDefaultCertificate: true } });
  now += settings.deployTimeMs;
  t.match(await view(), { status: 403 });
  await t.rejects(remove(), ResourceInUseException, 'ACM lags behind');
  now += settings.inUseLagMs;
  await remove();
});

void t.test('a tenant of the demo\'s other distribution is served under its own certificate', async (t) => {
  let now = Date.UTC(2026, 0, 1);
  const { cloud, edgeUrl, acm, cloudFront } = await start(t, { now: () => now });
  const { tenantDistributionId: DistributionId, routingEndpoint } = seedDemoCloud(cloud, SEED);
  const { settings, zone } = cloud;
  const { ConnectionGroup: group } = await cloudFront.send(
    new GetConnectionGroupByRoutingEndpointCommand({ RoutingEndpoint: routingEndpoint }));
  t.match(group, { Name: 'anchor-demo', Status: 'Deployed', Enabled: true });
  const { CertificateArn } = await acm.send(new RequestCertificateCommand({
    DomainName: 'www.example.com', ValidationMethod: 'DNS',
  }));
  const describe = async () => (await acm.send(new DescribeCertificateCommand({ CertificateArn }))).Certificate;
  const tenant = {
    DistributionId, Name: 'example-tenant', Domains: [{ Domain: 'www.example.com' }], Enabled: true,
    ConnectionGroupId: group?.Id, Customizations: { Certificate: { Arn: CertificateArn } },
  };
  const create = () => cloudFront.send(new CreateDistributionTenantCommand(tenant));
  await t.rejects(create(), { name: 'InvalidArgument' }, 'the certificate is not issued yet');
  now += settings.validationRecordDelayMs;
  const record = (await describe())?.DomainValidationOptions?.[0]?.ResourceRecord;
  zone.set({ name: record?.Name ?? '', type: 'CNAME', values: [record?.Value ?? ''] });
  now += settings.certificateCheckMs;
  t.match(await describe(), { Status: 'ISSUED' });
  const { DistributionTenant: made } = await create();
  const Id = made?.Id ?? '';
  t.match(await describe(), { InUseBy: [made?.Arn] });

  const verify = async () => (await cloudFront.send(new VerifyDnsConfigurationCommand({ Identifier: Id })))
    .DnsConfigurationList?.[0]?.Status;
  t.equal(await verify(), 'invalid-configuration');
  zone.set({ name: 'www.example.com', type: 'AAAA', values: ['2001:db8::1'] });
  t.equal(await verify(), 'unknown-configuration');
  zone.remove('www.example.com');
  zone.set({ name: 'www.example.com', type: 'CNAME', values: ['alias.example.com'] });
  t.equal(await verify(), 'invalid-configuration');
  zone.set({ name: 'alias.example.com', type: 'CNAME', values: [routingEndpoint] });
  t.equal(await verify(), 'valid-configuration');
  zone.set({ name: 'alias.example.com', type: 'FAULT', values: ['servfail'] });
  t.equal(await verify(), 'unknown-configuration');

  const view = () => ask(edgeUrl, { headers: { host: 'www.example.com' } });
  t.match(await view(), { status: 403 });
  now += settings.deployTimeMs;
  t.match(await view(), { status: 200, text: /dep-2/, headers: {
    'x-amz-cf-distribution': DistributionId, 'x-amz-cf-distribution-tenant': Id } });

  const { ETag } = await cloudFront.send(new GetDistributionTenantCommand({ Identifier: Id }));
  const { ETag: disabled } = await cloudFront.send(
    new UpdateDistributionTenantCommand({ Id, IfMatch: ETag, ...tenant, Enabled: false }));
  now += settings.deployTimeMs;
  t.match(await view(), { status: 403 });
  const remove = () => acm.send(new DeleteCertificateCommand({ CertificateArn }));
  await t.rejects(remove(), ResourceInUseException);
  await cloudFront.send(new DeleteDistributionTenantCommand({ Id, IfMatch: disabled }));
  await t.rejects(remove(), ResourceInUseException, 'ACM lags behind');
  now += settings.inUseLagMs;
  await remove();
});

void t.test('everything is there again after a restart', async (t) => {
  const dataFile = join(t.testdir(), 'cloud.db');
  const first = await start(t, { dataFile });
  const demo = seedDemoCloud(first.cloud, SEED);
  first.cloud.zone.set({ name: 'www.example.com', type: 'TXT', values: ['here'] });
  const moved = first.cloud.lambda.aliases.update('anchor-server', 'live', { version: '1' });
  first.cloud.lambda.aliases.create('anchor-image', 'old', { version: '1' });
  first.cloud.lambda.aliases.delete('anchor-image', 'old');
  await first.close();
  await first.close();

  const second = await start(t, { dataFile });
  t.strictSame(second.cloud.lambda.aliases.get('anchor-server', 'live'), moved);
  t.equal(second.cloud.lambda.records.findAlias('anchor-image', 'old'), undefined);
  t.equal(second.cloud.lambda.functions.resolve('anchor-server', '2').content.environment['DEPLOYMENT_ID'], 'dep-2');
  t.strictSame(second.cloud.zone.lookup('www.example.com', 'TXT'), ['here']);
  t.equal(second.cloud.cloudFront.get(demo.distributionId).domainName, demo.distributionDomain);

  second.cloud.lambda.functions.delete('anchor-image', undefined);
  const again = seedDemoCloud(second.cloud, { ...SEED, deploymentIds: ['other-1', 'other-2'] });
  t.strictSame(again, demo, 'the demo is seeded once, with its first ids');
  t.equal(second.cloud.lambda.records.functions.get('anchor-image'), undefined, 'and what was deleted stays away');

  const { tenantDistributionId, connectionGroupId, routingEndpoint, ...old } = demo;
  second.cloud.persistence.save('demo-data', 'demo', old);
  t.strictSame(seedDemoCloud(second.cloud, SEED), demo, 'a first call cut short before the tenants is finished');
  const { cloudFront, persistence } = second.cloud;
  t.equal(cloudFront.connectionGroups.byRoutingEndpoint(routingEndpoint).id, connectionGroupId);
  persistence.remove('cloudfront-connection-groups', connectionGroupId);
  persistence.remove('cloudfront-distributions', tenantDistributionId);
  persistence.remove('cloudfront-distributions', demo.distributionId);
  persistence.save('demo-data', 'demo', old);
  const updated = seedDemoCloud(createLocalCloud({ persistence }), SEED);
  t.match(updated, old, 'a file of before there were tenants keeps what it has');
  t.notMatch(updated, { tenantDistributionId }, 'and gets what is missing');
});

void t.test('a seeding that a crash cut short is finished with the same ids', async (t) => {
  const reference = seedDemoCloud(createLocalCloud({ persistence: memoryPersistence() }), SEED);
  for (let writes = 0; ; writes++) {
    const file = join(t.testdir({}), `cut-${writes}.db`);
    const persistence = openPersistence(file);
    let left = writes;
    const dying = { ...persistence, save: (collection: string, key: string, value: unknown) => {
      if (left-- === 0) throw new Error('power cut');
      persistence.save(collection, key, value);
    } };
    let cut = false;
    try {
      seedDemoCloud(createLocalCloud({ persistence: dying }), SEED);
    } catch {
      cut = true;
    }
    const cloud = createLocalCloud({ persistence });
    const demo = seedDemoCloud(cloud, writes === 0 ? SEED : { ...SEED, deploymentIds: ['later-1', 'later-2'] });
    const { serverVersionArns, imageVersionArns, deploymentIds } = reference;
    t.match(demo, { serverVersionArns, imageVersionArns, deploymentIds, routingEndpoint: /^d/ },
      `after ${writes} writes`);
    t.match(cloud.lambda.aliases.get('anchor-image', 'live'), { version: '2' });
    t.equal(cloud.lambda.records.versionsOf('anchor-server').length, 3);
    t.equal(cloud.cloudFront.list().length, 2);
    t.equal(cloud.cloudFront.connectionGroups.list().length, 1);
    persistence.close();
    if (!cut) break;
  }
});

void t.test('a port in use is named with its setting, and nothing stays open', async (t) => {
  const blocker = createServer();
  await new Promise<void>((resolve) => blocker.listen(0, '127.0.0.1', resolve));
  t.teardown(() => blocker.close());
  const { port } = blocker.address() as AddressInfo;
  const settings = { cloudPort: 'LOCAL_CLOUD_PORT', dnsPort: 'LOCAL_DNS_PORT', edgePort: 'LOCAL_EDGE_PORT' };
  for (const [option, setting] of Object.entries(settings)) {
    await t.rejects(start(t, { [option]: port }), {
      message: `port ${port} on 127.0.0.1 is already in use; set ${setting} to another one`,
    });
  }
  await t.rejects(start(t, { host: '192.0.2.1' }), { code: 'EADDRNOTAVAIL' }, 'other faults are passed on');
  await t.rejects(start(t, { dataFile: join(t.testdir(), 'missing', 'cloud.db') }), Error);
});

void t.test('the address to use is one that can be reached', async (t) => {
  t.match((await start(t, { host: '0.0.0.0' })).cloudUrl, /^http:\/\/127\.0\.0\.1:\d+$/);
  t.match((await start(t, { host: '::1' })).edgeUrl, /^http:\/\/\[::1\]:\d+$/);
});

void t.test('close does not wait for kept-alive connections', async (t) => {
  const running = await start(t);
  const { cloudUrl } = running;
  const agent = new Agent({ keepAlive: true });
  t.teardown(() => agent.destroy());
  await ask(`${cloudUrl}/_local/health`, { agent });
  await running.close();
  await t.rejects(ask(`${cloudUrl}/_local/health`), { code: 'ECONNREFUSED' });
});

void t.test('bodies', async (t) => {
  const { cloud, cloudUrl, lambda } = await start(t);
  seedDemoCloud(cloud, SEED);
  const zip = Buffer.alloc(40 * 1024 * 1024, 'zip');
  const updated = await lambda.send(new UpdateFunctionCodeCommand({ FunctionName: 'anchor-server', ZipFile: zip }));
  t.match(updated, { CodeSize: zip.length, CodeSha256: createHash('sha256').update(zip).digest('base64') });

  const alias = `${cloudUrl}/2015-03-31/functions/anchor-server/aliases/live`;
  const body = Buffer.from(JSON.stringify({ FunctionVersion: '1' }));
  const expecting = await ask(alias, { method: 'PUT', body, headers: { expect: '100-continue' } });
  t.match(expecting, { status: 200, text: /"FunctionVersion":"1"/ }, 'the body is asked for');

  t.equal(MAX_BODY_BYTES, 73_400_320);
  const small = await listen(wireListener(cloud, 10), { host: '127.0.0.1', port: 0 });
  t.teardown(() => small.close());
  const tooLong = await ask(`http://127.0.0.1:${small.port}/2015-03-31/functions/x`, { method: 'PUT', body });
  t.match(tooLong, { status: 413, headers: { 'x-amzn-errortype': 'RequestEntityTooLargeException' } });
  const xml = await ask(`http://127.0.0.1:${small.port}/2020-05-31/distribution`, { method: 'POST', body });
  t.match(xml, { status: 413, text: /<Type>Sender<\/Type><Code>RequestEntityTooLargeException/ });
  t.match(await ask(alias, { method: 'DELETE' }), { status: 204, text: '' });
  const query = await ask(`${cloudUrl}/2015-03-31/functions/anchor-server/configuration?Qualifier=1`);
  t.match(JSON.parse(query.text), { Version: '1' }, 'a query arrives too');
});

void t.test('a connection that breaks off in the middle of a body harms nobody', async (t) => {
  const { cloudUrl } = await start(t);
  await new Promise<void>((resolve) => {
    const headers = { 'content-length': '100' };
    const asking = request(`${cloudUrl}/2015-03-31/functions`, { method: 'POST', headers });
    asking.on('error', () => resolve());
    asking.write('{"Func', () => asking.destroy(new Error('gone')));
  });
  t.match(await ask(`${cloudUrl}/_local/health`), { status: 200 });
});

void t.test('a fault of the cloud is answered in the sender\'s protocol', async (t) => {
  const { cloudUrl, lambda, cloudFront } = await start(t, {
    handlers: [async ({ path, headers }) => {
      if (/explode|distribution-config/.test(path) || headers['x-amz-target']) throw new Error('<boom> & more');
      return undefined;
    }],
  });
  const failed = { name: 'InternalFailure', message: /<boom> & more/, $metadata: { httpStatusCode: 500 } };
  for (const call of [
    lambda.send(new GetAliasCommand({ FunctionName: 'explode', Name: 'live' })),
    cloudFront.send(new GetDistributionConfigCommand({ Id: 'explode' })),
  ]) t.match(await call.catch((error: unknown) => error), failed);
  const headers = { 'x-amz-target': 'CertificateManager.ListCertificates' };
  const json = await ask(cloudUrl, { method: 'POST', headers });
  t.match(json, { status: 500, text: /"__type":"InternalFailure"/ });
});

void t.test('what nobody knows is answered in the sender\'s protocol, with what is known', async (t) => {
  const { cloudUrl, lambda } = await start(t);
  const restJson = await ask(`${cloudUrl}/2020-06-30/functions/x/code-signing-config`);
  t.match(restJson, { status: 404, headers: { 'x-amzn-errortype': 'UnknownOperationException' } });
  t.match(restJson.text, /GET \/2020-06-30.*Lambda.*ACM.*CloudFront.*_local\/dns\/records/);
  const target = { 'x-amz-target': 'DynamoDB_20120810.GetItem' };
  const json = await ask(cloudUrl, { method: 'POST', headers: target });
  t.match(json, { status: 400, headers: { 'content-type': 'application/x-amz-json-1.1' } });
  t.match(JSON.parse(json.text), { __type: 'UnknownOperationException', message: /DynamoDB_20120810\.GetItem/ });
  const streaming = await ask(`${cloudUrl}/2020-05-31/streaming-distribution`);
  t.ok(streaming.status >= 400 && streaming.text.includes('<ErrorResponse'), 'CloudFront answers in XML itself');
  t.match(await lambda.send(new ListFunctionsCommand({})), { Functions: { length: 0 } }, 'others are served on');
});
