import { RequestCertificateCommand } from '@aws-sdk/client-acm';
import t from 'tap';
import type { Test } from 'tap';
import { acmCertificates } from '../../../src/adapters/aws/acm-certificates.ts';
import { createAwsClients } from '../../../src/adapters/aws/aws-clients.ts';
import { cloudFrontDistributions } from '../../../src/adapters/aws/cloudfront-distributions.ts';
import type { CertificatesWorld } from '../../ports/certificates-contract.ts';
import { certificatesContract } from '../../ports/certificates-contract.ts';
import { rejectsAs } from '../../ports/rejects-as.ts';
import { createDistribution } from './create-distribution.ts';
import { localWorld, publishRecords } from './local-world.ts';
import type { Script, SentRequest } from './recording-handler.ts';
import { json, jsonError, recordingHandler, testSettings } from './recording-handler.ts';

const ARN = 'arn:aws:acm:us-east-1:123456789012:certificate/11111111-1111-4111-8111-111111111111';

function overScript(script: Script) {
  const handler = recordingHandler(script);
  const { acm } = createAwsClients(testSettings(), { requestHandler: handler });
  return { certificates: acmCertificates(acm), sent: handler.sent };
}

function operationOf(request: SentRequest): string {
  return String(request.headers['x-amz-target']).replace('CertificateManager.', '');
}

async function embeddedAcm(t: Test): Promise<CertificatesWorld> {
  const world = localWorld(t);
  const { cloud: { settings, cloudFront }, clients, advance } = world;
  const distributions = cloudFrontDistributions(clients.cloudFront);
  const distributionId = await createDistribution(clients.cloudFront, 'user');
  const attach = async (viewerCertificate: { kind: 'default' } | { kind: 'acm'; certificateArn: string }) => {
    const state = await distributions.read(distributionId);
    if (state) await distributions.change(state, { aliases: [], viewerCertificate });
  };
  return {
    certificates: acmCertificates(clients.acm),
    letRecordsAppear: async () => advance(settings.validationRecordDelayMs),
    publishRecords: async (records) => publishRecords(world, records),
    letValidationTimeOut: async () => advance(settings.validationTimeoutMs),
    letTokensExpire: async () => advance(3_600_000),
    use: async (certificateArn) => attach({ kind: 'acm', certificateArn }),
    release: async (certificateArn) => {
      await attach({ kind: 'default' });
      advance(settings.deployTimeMs + settings.inUseLagMs);
      t.same(cloudFront.usersOf(certificateArn), []);
    },
  };
}

void t.test('Certificates on the embedded ACM', async (t) => certificatesContract(t, embeddedAcm));

void t.test('a request says everything ACM has to know', async (t) => {
  const { certificates, sent } = overScript(() => json({ CertificateArn: ARN }));
  const request = { names: ['example.com', '*.example.com'], token: 'dom_1gen2', projectId: 'prj_1' } as const;
  t.equal(await certificates.request(request), ARN);
  t.same(JSON.parse(sent[0]?.body ?? ''), {
    DomainName: 'example.com', SubjectAlternativeNames: ['*.example.com'], ValidationMethod: 'DNS',
    KeyAlgorithm: 'RSA_2048', IdempotencyToken: 'dom_1gen2',
    Tags: [
      { Key: 'Project', Value: 'prj_1' }, { Key: 'ManagedBy', Value: 'anchor-deploy' },
      { Key: 'anchor:request', Value: 'dom_1gen2' },
    ],
  });
  await certificates.request({ ...request, names: ['example.com'] });
  t.notHas(JSON.parse(sent[1]?.body ?? ''), { SubjectAlternativeNames: [] }, 'no empty list, which ACM refuses');
});

void t.test('what is pending is listed by pages, of every key type', async (t) => {
  const { certificates, sent } = overScript(({ body }) => json(body.includes('page2')
    ? { CertificateSummaryList: [{ CertificateArn: `${ARN}3` }] }
    : { CertificateSummaryList: [{ CertificateArn: ARN }, {}, { CertificateArn: `${ARN}2` }], NextToken: 'page2' }));
  const first = await certificates.listPending();
  t.same(first, { certificateArns: [ARN, `${ARN}2`], cursor: 'page2' });
  t.same(await certificates.listPending(first.cursor), { certificateArns: [`${ARN}3`], cursor: undefined });
  const [asked, next] = sent.map(({ body }) => JSON.parse(body) as { Includes: { keyTypes: string[] } });
  t.match(asked, { CertificateStatuses: ['PENDING_VALIDATION'], MaxItems: 1_000 });
  t.ok(asked?.Includes.keyTypes.includes('EC_prime256v1'), 'ACM leaves ECDSA out unless it is asked for');
  t.match(next, { NextToken: 'page2', MaxItems: 1_000 });
  const failing = overScript(() => jsonError('ThrottlingException', 400));
  await rejectsAs(t, failing.certificates.listPending(), 'throttled', { operation: 'ListCertificates' });
});

void t.test('a certificate is described in plain names and times', async (t) => {
  const { certificates } = overScript(() => json({ Certificate: {
    DomainName: 'Example.com', SubjectAlternativeNames: ['Example.com', '*.example.COM.'], Status: 'FAILED',
    FailureReason: 'CAA_ERROR', InUseBy: ['arn:aws:cloudfront::1:distribution/E1'], NotAfter: 1_800_000_000,
    DomainValidationOptions: [
      { DomainName: 'Example.com', ValidationStatus: 'FAILED', ValidationMethod: 'DNS',
        ResourceRecord: { Name: '_ABC.Example.com.', Type: 'CNAME', Value: '_DEF.acm-validations.aws.' } },
      { DomainName: '*.example.com', ValidationMethod: 'DNS' },
    ],
  } }));
  t.same(await certificates.describe(ARN), {
    arn: ARN, names: ['example.com', '*.example.com'], status: 'FAILED', failureReason: 'CAA_ERROR', inUse: true,
    notAfter: 1_800_000_000_000,
    validations: [
      { name: 'example.com', status: 'FAILED',
        record: { name: '_abc.example.com', type: 'CNAME', value: '_def.acm-validations.aws' } },
      { name: '*.example.com', status: 'PENDING_VALIDATION', record: undefined },
    ],
  });
  const bare = overScript(() => json({ Certificate: { Status: 'INACTIVE' } })).certificates;
  t.same(await bare.describe(ARN), {
    arn: ARN, names: [], status: 'INACTIVE', failureReason: undefined, inUse: false, notAfter: undefined,
    validations: [],
  });
  const nameless = { Certificate: { Status: 'ISSUED', DomainValidationOptions: [{}] } };
  for (const answer of [{}, { Certificate: {} }, nameless]) {
    const { certificates } = overScript(() => json(answer));
    await rejectsAs(t, certificates.describe(ARN), 'unknown_outcome', { awsName: 'IncompleteAnswer' });
  }
});

void t.test('the search for a token covers all pages and key types, and reads tags where the name fits', async (t) => {
  const arn = (last: number) => ARN.slice(0, -1) + String(last);
  const pages: Record<string, unknown> = {
    first: { NextToken: 'second', CertificateSummaryList: [
      { CertificateArn: arn(2), DomainName: 'other.example.com' },
      { CertificateArn: arn(3), DomainName: 'www.example.com' }, {},
    ] },
    second: { NextToken: 'third' },
    third: { CertificateSummaryList: [
      { CertificateArn: arn(4), DomainName: 'www.example.com' },
      { CertificateArn: arn(5), DomainName: 'WWW.example.com' },
      { CertificateArn: arn(6), DomainName: 'www.example.com' },
    ] },
  };
  const { certificates, sent } = overScript((request) => {
    const body = JSON.parse(request.body) as { NextToken?: string; CertificateArn?: string };
    if (operationOf(request) === 'ListCertificates') return json(pages[body.NextToken ?? 'first']);
    if (body.CertificateArn === arn(3)) return jsonError('ResourceNotFoundException', 400);
    if (body.CertificateArn === arn(4)) return json({});
    return json({ Tags: [{ Key: 'Project', Value: 'token1' }, { Key: 'anchor:request', Value: 'token1' }] });
  });
  t.equal(await certificates.findByToken({ names: ['www.example.com'], token: 'token1' }), arn(5));
  t.same(sent.map(operationOf), [
    'ListCertificates', 'ListTagsForCertificate', 'ListCertificates', 'ListCertificates',
    'ListTagsForCertificate', 'ListTagsForCertificate',
  ]);
  const list = JSON.parse(sent[0]?.body ?? '') as { Includes?: { keyTypes?: string[] }; CertificateStatuses?: unknown };
  t.ok(list.Includes?.keyTypes?.includes('EC_prime256v1'), 'names the key types that ACM leaves out by itself');
  t.equal(list.CertificateStatuses, undefined, 'whatever their status');
});

void t.test('what cannot be read is never taken for absent', async (t) => {
  const throttled = overScript(() => jsonError('ThrottlingException', 400)).certificates;
  const request = { names: ['www.example.com'], token: 'token1', projectId: 'prj_1' } as const;
  await rejectsAs(t, throttled.request(request), 'throttled', { operation: 'RequestCertificate' });
  await rejectsAs(t, throttled.describe(ARN), 'throttled', { operation: 'DescribeCertificate' });
  await rejectsAs(t, throttled.findByToken(request), 'throttled', { operation: 'ListCertificates' });
  await rejectsAs(t, throttled.remove(ARN), 'throttled', { operation: 'DeleteCertificate' });
  const untagged = overScript((sent) => (operationOf(sent) === 'ListCertificates'
    ? json({ CertificateSummaryList: [{ CertificateArn: ARN, DomainName: 'www.example.com' }] })
    : jsonError('AccessDeniedException', 400))).certificates;
  await rejectsAs(t, untagged.findByToken(request), 'denied', { operation: 'ListTagsForCertificate' });
  const inProgress = overScript(() => jsonError('RequestInProgressException', 400)).certificates;
  await rejectsAs(t, inProgress.remove(ARN), 'conflict', { awsName: 'RequestInProgressException' });
});

void t.test('a certificate of the account that is not ours is never found, whatever its name', async (t) => {
  const { clients } = localWorld(t);
  await clients.acm.send(new RequestCertificateCommand({
    DomainName: 'www.example.com', ValidationMethod: 'DNS', KeyAlgorithm: 'EC_prime256v1',
  }));
  const certificates = acmCertificates(clients.acm);
  t.equal(await certificates.findByToken({ names: ['www.example.com'], token: 'token1' }), undefined);
});
