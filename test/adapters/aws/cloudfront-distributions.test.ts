import type { ViewerCertificate as CloudFrontCertificate } from '@aws-sdk/client-cloudfront';
import { XMLParser } from 'fast-xml-parser';
import t from 'tap';
import type { Test } from 'tap';
import { acmCertificates } from '../../../src/adapters/aws/acm-certificates.ts';
import { createAwsClients } from '../../../src/adapters/aws/aws-clients.ts';
import { cloudFrontDistributions } from '../../../src/adapters/aws/cloudfront-distributions.ts';
import type { DistributionState, ViewerCertificate } from '../../../src/domain/distribution.ts';
import { sdkRequestHandler } from '../../../src/local-cloud/sdk-handler.ts';
import type { DistributionsWorld } from '../../ports/distributions-contract.ts';
import { distributionsContract } from '../../ports/distributions-contract.ts';
import { rejectsAs } from '../../ports/rejects-as.ts';
import { createDistribution } from './create-distribution.ts';
import type { LocalWorld } from './local-world.ts';
import { localWorld, publishRecords } from './local-world.ts';
import type { Script } from './recording-handler.ts';
import { recordingHandler, testSettings, textOf, xmlError } from './recording-handler.ts';

function overScript(script: Script) {
  const handler = recordingHandler(script);
  const { cloudFront } = createAwsClients(testSettings(), { requestHandler: handler });
  return { distributions: cloudFrontDistributions(cloudFront), sent: handler.sent };
}

async function issuedCertificate(world: LocalWorld, names: readonly [string, ...string[]]): Promise<string> {
  const certificates = acmCertificates(world.clients.acm);
  const token = `t${String(world.cloud.acm.all().length)}`;
  const arn = await certificates.request({ names, token, projectId: 'prj_1' });
  world.advance(world.cloud.settings.validationRecordDelayMs);
  const { validations = [] } = await certificates.describe(arn) ?? {};
  publishRecords(world, validations.flatMap((validation) => validation.record ?? []));
  return arn;
}

async function embeddedCloudFront(t: Test): Promise<DistributionsWorld> {
  const world = localWorld(t, { aliasesPerDistribution: 3 });
  const { clients, cloud, advance } = world;
  const distributionId = await createDistribution(clients.cloudFront, 'one');
  const otherDistributionId = await createDistribution(clients.cloudFront, 'two');
  const letDeployFinish = async () => advance(cloud.settings.deployTimeMs);
  await letDeployFinish();
  return {
    distributions: cloudFrontDistributions(clients.cloudFront), distributionId, otherDistributionId, aliasLimit: 3,
    issuedCertificate: async (...names) => issuedCertificate(world, names),
    letDeployFinish,
    setTxt: async (name, value) => void cloud.zone.set({ name, type: 'TXT', values: [value] }),
    touch: async (id) => void cloud.cloudFront.touch(id),
  };
}

void t.test('Distributions on the embedded CloudFront', async (t) => distributionsContract(t, embeddedCloudFront));

/** The configuration inside an XML document, as plain data whose empty elements are ''. */
function configOf(xml: string): Record<string, unknown> {
  const document = new XMLParser({ parseTagValue: false }).parse(xml) as Record<string, Record<string, unknown>>;
  const config = document['DistributionConfig'] ?? document['Distribution']?.['DistributionConfig'];
  return config as Record<string, unknown>;
}

void t.test('everything that was read goes back, but for aliases and certificate', async (t) => {
  const world = localWorld(t);
  const distributionId = await createDistribution(world.clients.cloudFront, 'rich');
  const certificateArn = await issuedCertificate(world, ['www.example.com']);
  const inner = sdkRequestHandler(world.cloud);
  const wire: { sent?: string; read?: string } = {};
  const { cloudFront } = createAwsClients(testSettings(), { requestHandler: {
    ...inner,
    handle: async (request) => {
      if (request.method === 'PUT') {
        wire.sent = textOf(request.body);
        t.match(request.headers['if-match'], /^E/);
      }
      const { response } = await inner.handle(request);
      const chunks: Buffer[] = [];
      for await (const chunk of response.body as AsyncIterable<Buffer>) chunks.push(chunk);
      wire.read ??= Buffer.concat(chunks).toString();
      response.body = Buffer.concat(chunks);
      return { response };
    },
  } });
  const distributions = cloudFrontDistributions(cloudFront);
  const state = await distributions.read(distributionId);
  if (!state) return t.fail('the distribution should be there');
  const viewerCertificate = { kind: 'acm', certificateArn } as const;
  await distributions.change(state, { aliases: ['www.example.com'], viewerCertificate });
  const { Aliases, ViewerCertificate, ...sent } = configOf(wire.sent ?? '');
  const { Aliases: oldAliases, ViewerCertificate: oldCertificate, ...read } = configOf(wire.read ?? '');
  t.same(sent, read);
  t.ok(Object.keys(read).length > 15, 'and that is a whole configuration');
  t.same([oldAliases, Aliases], [{ Quantity: '0' }, { Quantity: '1', Items: { CNAME: 'www.example.com' } }]);
  t.match(oldCertificate, { CloudFrontDefaultCertificate: 'true' });
  t.same(ViewerCertificate, {
    ACMCertificateArn: certificateArn, SSLSupportMethod: 'sni-only', MinimumProtocolVersion: 'TLSv1.2_2021',
  });
});

/** The smallest answer to GetDistribution that the adapter takes, with this viewer certificate in it. */
function distributionXml(certificate: string, aliases = '<Quantity>0</Quantity>'): string {
  return '<?xml version="1.0"?><Distribution xmlns="http://cloudfront.amazonaws.com/doc/2020-05-31/">'
    + '<Id>E1</Id><Status>InProgress</Status><DomainName>D1.cloudfront.net</DomainName><DistributionConfig>'
    + `<CallerReference>c</CallerReference><Aliases>${aliases}</Aliases>${certificate}`
    + '</DistributionConfig></Distribution>';
}

function acmXml(protocol: string, method = 'sni-only'): string {
  return '<ViewerCertificate><CloudFrontDefaultCertificate>false</CloudFrontDefaultCertificate>'
    + '<ACMCertificateArn>arn:acm</ACMCertificateArn><Certificate>arn:acm</Certificate>'
    + '<CertificateSource>acm</CertificateSource>'
    + `<SSLSupportMethod>${method}</SSLSupportMethod>`
    + `<MinimumProtocolVersion>${protocol}</MinimumProtocolVersion></ViewerCertificate>`;
}

const IAM_XML = '<ViewerCertificate><IAMCertificateId>ASCAEXAMPLE</IAMCertificateId>'
  + '<SSLSupportMethod>vip</SSLSupportMethod>'
  + '<MinimumProtocolVersion>TLSv1</MinimumProtocolVersion></ViewerCertificate>';

/** Reads a distribution with this certificate and puts `wanted` on it; answers what was read and what was sent. */
async function changing(certificate: string, wanted?: ViewerCertificate) {
  const { distributions, sent } = overScript(() => (
    { status: 200, headers: { etag: 'E2', 'content-type': 'text/xml' }, body: distributionXml(certificate) }));
  const state = await distributions.read('E1') as DistributionState;
  await distributions.change(state, { aliases: [], viewerCertificate: wanted ?? state.viewerCertificate });
  return { read: state.viewerCertificate, sent: configOf(sent[1]?.body ?? '')['ViewerCertificate'] };
}

void t.test('the minimum protocol version is kept when it is current and raised when it is not', async (t) => {
  const wanted = { kind: 'acm', certificateArn: 'arn:new' } as const;
  for (const protocol of ['TLSv1.2_2021', 'TLSv1.2_2025', 'TLSv1.3_2025']) {
    const { sent } = await changing(acmXml(protocol), wanted);
    t.match(sent, { ACMCertificateArn: 'arn:new', MinimumProtocolVersion: protocol });
  }
  for (const protocol of ['TLSv1', 'TLSv1.1_2016', 'TLSv1.2_2019']) {
    t.match((await changing(acmXml(protocol), wanted)).sent, { MinimumProtocolVersion: 'TLSv1.2_2021' });
  }
  t.match((await changing('', wanted)).sent, { MinimumProtocolVersion: 'TLSv1.2_2021' });
});

void t.test('a certificate is put back as it was read', async (t) => {
  const acm = await changing(acmXml('TLSv1.2_2021'));
  t.same(acm.read, { kind: 'acm', certificateArn: 'arn:acm' });
  t.same(acm.sent, {
    ACMCertificateArn: 'arn:acm', SSLSupportMethod: 'sni-only', MinimumProtocolVersion: 'TLSv1.2_2021',
  });

  const iam = await changing(IAM_XML);
  const expected: CloudFrontCertificate = {
    IAMCertificateId: 'ASCAEXAMPLE', SSLSupportMethod: 'vip', MinimumProtocolVersion: 'TLSv1',
  };
  t.same(iam.read, { kind: 'other', settings: expected }, 'a certificate of IAM is not ours to take apart');
  t.same(iam.sent, expected);

  const dedicated = await changing(acmXml('TLSv1.2_2021', 'vip'));
  t.equal(dedicated.read.kind, 'other', 'nor is one on dedicated addresses, which SNI would give up');
  t.match(dedicated.sent, { ACMCertificateArn: 'arn:acm', SSLSupportMethod: 'vip' });

  const none = await changing('');
  t.same(none.read, { kind: 'default' });
  t.same(none.sent, { CloudFrontDefaultCertificate: 'true' });
});

void t.test('aliases are sent sorted, once each, with their number', async (t) => {
  const { distributions, sent } = overScript(() => ({
    status: 200, headers: { etag: 'E2' },
    body: distributionXml(acmXml('TLSv1.2_2021'),
      '<Quantity>1</Quantity><Items><CNAME>Old.example.com</CNAME></Items>'),
  }));
  const state = await distributions.read('E1') as DistributionState;
  t.match(state, { aliases: ['old.example.com'], domainName: 'd1.cloudfront.net', deployed: false, etag: 'E2' });
  const aliases = ['b.example.com', '*.example.org', 'a.example.com', 'b.example.com'];
  await distributions.change(state, { aliases, viewerCertificate: state.viewerCertificate });
  t.match(sent[1], { method: 'PUT', path: '/2020-05-31/distribution/E1/config', headers: { 'if-match': 'E2' } });
  t.same(configOf(sent[1]?.body ?? '')['Aliases'], {
    Quantity: '3', Items: { CNAME: ['*.example.org', 'a.example.com', 'b.example.com'] },
  });
});

void t.test('errors keep their kind and name', async (t) => {
  const state: DistributionState = {
    distributionId: 'E1', etag: 'E2', domainName: 'd', aliases: [], viewerCertificate: { kind: 'default' },
    deployed: true, config: {},
  };
  const change = { aliases: [], viewerCertificate: { kind: 'default' } } as const;
  const refusing = (code: string, status: number) => overScript(() => xmlError(code, status)).distributions;
  t.equal(await refusing('NoSuchDistribution', 404).read('E1'), undefined);
  await rejectsAs(t, refusing('AccessDenied', 403).read('E1'), 'denied', { operation: 'GetDistribution' });
  await rejectsAs(t, refusing('NoSuchDistribution', 404).change(state, change), 'not_found',
    { operation: 'UpdateDistribution' });
  await rejectsAs(t, refusing('PreconditionFailed', 412).change(state, change), 'stale');
  await rejectsAs(t, refusing('InvalidIfMatchVersion', 400).change(state, change), 'stale');
  await rejectsAs(t, refusing('Throttling', 400).change(state, change), 'throttled');
  await rejectsAs(t, refusing('NoSuchCachePolicy', 404).change(state, change), 'refused');
  await rejectsAs(t, refusing('CNAMEAlreadyExists', 409).change(state, change), 'conflict',
    { awsName: 'CNAMEAlreadyExists' });
  await rejectsAs(t, refusing('ServiceUnavailable', 503).change(state, change), 'unavailable');
  const headless = overScript(() => ({ status: 200, body: distributionXml('') })).distributions;
  await rejectsAs(t, headless.read('E1'), 'unknown_outcome', { awsName: 'IncompleteAnswer' });
});

void t.test('a name is moved by the operation that fits', async (t) => {
  const state: DistributionState = {
    distributionId: 'E1', etag: 'E2', domainName: 'd', aliases: [], viewerCertificate: { kind: 'default' },
    deployed: true, config: {},
  };
  const answering = (...answers: ReturnType<Script>[]) => overScript(() => answers.shift() ?? new Error('one too many'));
  const ok = { status: 200, body: '<UpdateDomainAssociationResult/>' };
  const recommended = answering(ok);
  await recommended.distributions.move(state, 'a.example.com');
  t.match(recommended.sent, [{ method: 'POST', path: /domain-association$/, headers: { 'if-match': 'E2' } }]);

  const enabled = answering(xmlError('IllegalUpdate', 400), { status: 200, body: '' });
  await enabled.distributions.move(state, 'a.example.com');
  t.match(enabled.sent, [{ path: /domain-association$/ }, { path: /distribution\/E1\/associate-alias$/, query: { Alias: 'a.example.com' } }]);

  const never = answering(xmlError('IllegalUpdate', 400), xmlError('TooManyDistributionCNAMEs', 400));
  await rejectsAs(t, never.distributions.move(state, 'a.example.com'), 'refused',
    { operation: 'AssociateAlias', awsName: 'TooManyDistributionCNAMEs' });
  const unsaid = answering(xmlError('ServiceUnavailable', 503));
  await rejectsAs(t, unsaid.distributions.move(state, 'a.example.com'), 'unavailable', { operation: 'UpdateDomainAssociation' });
  t.equal(unsaid.sent.length, 1, 'nothing more is tried before it is known what became of the first');
});

void t.test('conflicts are read to the last page', async (t) => {
  const conflict = (name: string) => '<DomainConflicts><Domain>' + name + '</Domain><ResourceType>distribution-tenant</ResourceType>'
    + '<ResourceId>***abc</ResourceId><AccountId>******112233</AccountId></DomainConflicts>';
  const page = (inner: string) => ({ status: 200, body: `<ListDomainConflictsResult>${inner}</ListDomainConflictsResult>` });
  const pages = [
    page(`<DomainConflicts>${conflict('*.Example.com')}</DomainConflicts><NextMarker>m</NextMarker>`),
    page(`<DomainConflicts>${conflict('a.example.com')}</DomainConflicts>`),
    page(''),
    page('<DomainConflicts><DomainConflicts><Domain>a.example.com</Domain></DomainConflicts></DomainConflicts>'),
  ];
  const { distributions, sent } = overScript(() => pages.shift() ?? new Error('one too many'));
  const more = { kind: 'distribution-tenant', id: '***abc', accountId: '******112233' };
  t.same(await distributions.conflicts('E1', 'a.example.com'), [{ name: '*.example.com', ...more }, { name: 'a.example.com', ...more }]);
  t.match(sent[1]?.body, /<Marker>m<\/Marker>/);
  t.same(await distributions.conflicts('E1', 'a.example.com'), []);
  await rejectsAs(t, distributions.conflicts('E1', 'a.example.com'), 'unknown_outcome', { awsName: 'IncompleteAnswer' });
});
