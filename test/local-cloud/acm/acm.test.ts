import {
  ACMClient, AddTagsToCertificateCommand, type CertificateDetail, DeleteCertificateCommand, DescribeCertificateCommand,
  GetCertificateCommand, ListCertificatesCommand, type ListCertificatesCommandInput, ListTagsForCertificateCommand,
  RemoveTagsFromCertificateCommand, RequestCertificateCommand, type RequestCertificateCommandInput,
} from '@aws-sdk/client-acm';
import t, { type Test } from 'tap';
import { acmHandler } from '../../../src/local-cloud/acm/acm-protocol.ts';
import { AcmState } from '../../../src/local-cloud/acm/acm-state.ts';
import { memoryPersistence, type Persistence } from '../../../src/local-cloud/collection.ts';
import { Zone } from '../../../src/local-cloud/dns/zone.ts';
import { sdkRequestHandler } from '../../../src/local-cloud/sdk-handler.ts';
import { DEFAULT_LOCAL_CLOUD, type LocalCloudSettings } from '../../../src/local-cloud/settings.ts';
import type { WireRequest } from '../../../src/local-cloud/wire.ts';

const DAY_MS = 86_400_000;
const START = Date.UTC(2026, 0, 1);
const SETTINGS: LocalCloudSettings = {
  ...DEFAULT_LOCAL_CLOUD, certificateCheckMs: 1_000, validationRecordDelayMs: 500, inUseLagMs: 2_000,
};

class World {
  readonly zone = new Zone({ persistence: memoryPersistence() });
  readonly users = new Map<string, readonly string[]>();
  readonly releasedAt = new Map<string, number>();
  readonly settings: LocalCloudSettings;
  readonly persistence: Persistence;
  now = START;
  lookups = 0;
  state: AcmState;
  client: ACMClient;

  constructor(t: Test, settings: Partial<LocalCloudSettings> = {}) {
    this.settings = { ...SETTINGS, ...settings };
    const kept = new Map<string, unknown>();
    this.persistence = {
      // In the reverse order of creation: a store may answer in any.
      load: () => structuredClone([...kept].reverse()), save: (_, key, value) => kept.set(key, structuredClone(value)),
      remove: (_, key) => kept.delete(key),
    };
    this.state = this.boot();
    this.client = new ACMClient({
      region: 'us-east-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' }, maxAttempts: 1,
      requestHandler: sdkRequestHandler({ handle: (request) => this.handle(request) }),
    });
    t.teardown(() => this.client.destroy());
  }

  boot(): AcmState {
    this.state = new AcmState({
      persistence: this.persistence, now: () => this.now, settings: this.settings,
      dns: { lookup: (name, type) => (this.lookups++, this.zone.lookup(name, type)) },
      usersOf: (arn) => this.users.get(arn) ?? [], lastReleasedAt: (arn) => this.releasedAt.get(arn),
    });
    return this.state;
  }

  async handle(request: WireRequest) {
    const response = await acmHandler(this.state)(request);
    if (!response) throw new Error(`not ACM's: ${request.method} ${request.path}`);
    return response;
  }

  async request(name: string, more: Partial<RequestCertificateCommandInput> = {}): Promise<string> {
    const input = { DomainName: name, ValidationMethod: 'DNS', ...more } as const;
    return (await this.client.send(new RequestCertificateCommand(input))).CertificateArn ?? '';
  }

  async describe(arn: string): Promise<CertificateDetail> {
    const { Certificate } = await this.client.send(new DescribeCertificateCommand({ CertificateArn: arn }));
    if (!Certificate) throw new Error('no certificate in the answer');
    return Certificate;
  }

  async remove(arn: string): Promise<void> {
    await this.client.send(new DeleteCertificateCommand({ CertificateArn: arn }));
  }

  list(input: ListCertificatesCommandInput = {}) {
    return this.client.send(new ListCertificatesCommand(input));
  }

  /** Puts the validation records of these names into DNS, as their owners would. */
  async prove(arn: string, ...names: string[]): Promise<void> {
    const { DomainValidationOptions = [] } = await this.describe(arn);
    for (const { DomainName, ResourceRecord } of DomainValidationOptions) {
      if (!names.includes(DomainName ?? '') || !ResourceRecord) continue;
      this.zone.set({ name: ResourceRecord.Name ?? '', type: 'CNAME', values: [ResourceRecord.Value ?? ''] });
    }
  }

  async issued(name: string, more: Partial<RequestCertificateCommandInput> = {}): Promise<string> {
    const arn = await this.request(name, more);
    this.now += 1_000;
    await this.prove(arn, name, ...more.SubjectAlternativeNames ?? []);
    this.now += 1_000;
    const { Status } = await this.describe(arn);
    if (Status !== 'ISSUED') throw new Error(`${name} is ${Status}`);
    return arn;
  }
}

const statuses = ({ DomainValidationOptions = [] }: Pick<CertificateDetail, 'DomainValidationOptions'>) =>
  DomainValidationOptions.map(({ ValidationStatus }) => ValidationStatus);

void t.test('a request', async (t) => {
  await t.test('is for CloudFront, which takes certificates from us-east-1 only, wherever the functions are', async (t) => {
    t.match(await new World(t, { region: 'eu-central-1' }).request('shop.example.com'), /^arn:aws:acm:us-east-1:/);
  });

  await t.test('is pending, and after a moment says which record proves control', async (t) => {
    const world = new World(t);
    const names = ['*.shop.example.com', 'shop.example.com'];
    const arn = await world.request('Shop.Example.com', { SubjectAlternativeNames: names });
    t.match(arn, /^arn:aws:acm:us-east-1:123456789012:certificate\/[0-9a-f-]{36}$/);
    const early = await world.describe(arn);
    t.match(early, {
      DomainName: 'shop.example.com', Status: 'PENDING_VALIDATION', Type: 'AMAZON_ISSUED', CreatedAt: new Date(START),
      KeyAlgorithm: 'RSA-2048', InUseBy: [], RenewalEligibility: 'INELIGIBLE',
    });
    t.same(early.SubjectAlternativeNames, ['shop.example.com', '*.shop.example.com'], 'lower case, no repeats');
    t.same(early.DomainValidationOptions?.map(({ ResourceRecord }) => ResourceRecord), [undefined, undefined]);
    world.now += 500;
    const [own, wild] = (await world.describe(arn)).DomainValidationOptions ?? [];
    t.match(own, { DomainName: 'shop.example.com', ValidationMethod: 'DNS', ValidationStatus: 'PENDING_VALIDATION' });
    t.match(own?.ResourceRecord, {
      Name: /^_[0-9a-f]{32}\.shop\.example\.com\.$/, Type: 'CNAME', Value: /^_[0-9a-f]{32}\.acm-validations\.aws\.$/,
    });
    t.same(wild?.ResourceRecord, own?.ResourceRecord, 'a wildcard shares the record of its base');
    const other = await world.request('shop.example.com');
    world.now += 500;
    t.same((await world.describe(other)).DomainValidationOptions?.[0]?.ResourceRecord, own?.ResourceRecord,
      'so does every other certificate of the account');
  });

  await t.test('with a token makes nothing new for an hour', async (t) => {
    const world = new World(t);
    const Tags = [{ Key: 'Project', Value: 'p' }];
    const first = await world.request('a.example', { IdempotencyToken: 'token_1', Tags });
    world.now += 3_599_999;
    t.same(await world.request('A.example', { IdempotencyToken: 'token_1' }), first);
    world.boot();
    t.same(await world.request('a.example', { IdempotencyToken: 'token_1' }), first, 'over a restart as well');
    t.not(await world.request('b.example', { IdempotencyToken: 'token_1' }), first, 'other parameters, other request');
    t.not(await world.request('a.example', { IdempotencyToken: 'token_2' }), first);
    t.not(await world.request('a.example'), first);
    world.now += 1;
    const second = await world.request('a.example', { IdempotencyToken: 'token_1' });
    t.not(second, first, 'after the hour there is a second certificate');
    t.same(await world.request('a.example', { IdempotencyToken: 'token_1' }), second);
    await world.remove(first);
    t.same(await world.request('a.example', { IdempotencyToken: 'token_1' }), second);
    await world.remove(second);
    t.not(await world.request('a.example', { IdempotencyToken: 'token_1' }), second, 'a deleted one is not answered');
  });

  await t.test('that breaks a rule is refused by the name AWS uses', async (t) => {
    const world = new World(t);
    const refused = async (name: string, input: Record<string, unknown>, message: RegExp) => {
      const command = new RequestCertificateCommand({ DomainName: 'a.example', ...input });
      await t.rejects(world.client.send(command), { name, message, $metadata: { httpStatusCode: 400 } });
    };
    await refused('ValidationException', { IdempotencyToken: 'with-hyphen' }, /'idempotencyToken'.*pattern: \\w\+/);
    await refused('ValidationException', { IdempotencyToken: 'x'.repeat(33) }, /length less than or equal to 32/);
    await refused('ValidationException', { IdempotencyToken: '' }, /length greater than or equal to 1/);
    await refused('ValidationException', { DomainName: 'under_score.example' }, /'domainName'.*regular expression/);
    await refused('ValidationException', { DomainName: 'single' }, /'domainName'/);
    await refused('ValidationException', { DomainName: 'a.*.example' }, /'domainName'/);
    await refused('ValidationException', { DomainName: `${'a'.repeat(64)}.example` }, /'domainName'/);
    await refused('ValidationException', { DomainName: undefined }, /Value null at 'domainName'/);
    await refused('ValidationException', { DomainName: '-', ValidationMethod: 'FAX' },
      /^2 validation errors.*EMAIL, DNS/);
    await refused('ValidationException', { SubjectAlternativeNames: ['ok.example', '-a.b'] },
      /'subjectAlternativeNames\.2\.member'/);
    await refused('ValidationException', { SubjectAlternativeNames: [] }, /length greater than/);
    await refused('SerializationException', { SubjectAlternativeNames: 'x.example' }, /array, not string/);
    await refused('SerializationException', { Options: { Export: 5 } }, /options.export must be of type string/);
    await refused('InvalidParameterException', { DomainName: `${'a'.repeat(60)}.example` }, /64 characters/);
    await refused('InvalidParameterException', { ValidationMethod: 'HTTP' }, /DNS/);
    await refused('InvalidParameterException', { KeyAlgorithm: 'RSA_4096' }, /RSA_4096/);
    await refused('InvalidParameterException',
      { CertificateAuthorityArn: 'arn:aws:acm-pca:us-east-1:1:certificate-authority/1' }, /private/);
    await refused('LimitExceededException',
      { SubjectAlternativeNames: Array.from({ length: 10 }, (_, i) => `n${i}.example`) }, /11 names; the quota is 10/);
    await refused('InvalidTagException', { Tags: [{ Key: 'aws:x', Value: '1' }] }, /reserved/);
    await refused('ValidationException', { Tags: [{ Key: 'a', Value: '<' }] }, /'tags.1.member.value'/);
    t.same((await world.list()).CertificateSummaryList, [], 'nothing was made');
  });

  await t.test('for what looks like an IPv4 address fails at once', async (t) => {
    const world = new World(t);
    const arn = await world.request('192.0.2.10', { SubjectAlternativeNames: ['a.example'] });
    const certificate = await world.describe(arn);
    t.match(certificate, { Status: 'FAILED', FailureReason: 'INVALID_PUBLIC_DOMAIN' });
    t.same(statuses(certificate), ['FAILED', 'PENDING_VALIDATION']);
  });
});

void t.test('validation', async (t) => {
  await t.test('issues the certificate once every name has its CNAME, and not before', async (t) => {
    const world = new World(t);
    const arn = await world.request('a.example', { SubjectAlternativeNames: ['b.example'] });
    world.now += 999;
    await world.prove(arn, 'a.example');
    const early = await world.describe(arn);
    t.same(statuses(early), ['PENDING_VALIDATION', 'PENDING_VALIDATION'], 'no look in the first interval');
    t.same(world.lookups, 0);
    world.now += 1;
    t.same(statuses(await world.describe(arn)), ['SUCCESS', 'PENDING_VALIDATION']);
    const { lookups } = world;
    await world.prove(arn, 'b.example');
    world.now += 999;
    t.same(world.state.viewerCertificate(arn), { status: 'PENDING_VALIDATION', names: ['a.example', 'b.example'] });
    t.same(world.lookups, lookups, 'one look an interval');
    world.now += 1;
    t.same(world.state.viewerCertificate(arn)?.status, 'ISSUED');
    const certificate = await world.describe(arn);
    t.same(statuses(certificate), ['SUCCESS', 'SUCCESS']);
    t.match(certificate, {
      IssuedAt: new Date(START + 2_000), NotBefore: new Date(START + 2_000),
      NotAfter: new Date(START + 2_000 + 198 * DAY_MS), Issuer: 'Amazon', Serial: /^([0-9a-f]{2}:){15}[0-9a-f]{2}$/,
      KeyUsages: [{ Name: 'DIGITAL_SIGNATURE' }, { Name: 'KEY_ENCIPHERMENT' }],
      ExtendedKeyUsages: [{ Name: 'TLS_WEB_SERVER_AUTHENTICATION' }], SignatureAlgorithm: 'SHA256WITHRSA',
    });
    world.zone.remove(certificate.DomainValidationOptions?.[0]?.ResourceRecord?.Name ?? '');
    world.now += 10_000;
    t.same((await world.describe(arn)).Status, 'ISSUED', 'and it stays so without the record');
    t.same(world.state.viewerCertificate('arn:aws:acm:us-east-1:123456789012:certificate/none'), undefined);
  });

  await t.test('gives an ECDSA certificate when asked for one', async (t) => {
    const world = new World(t);
    t.match(await world.describe(await world.issued('a.example', { KeyAlgorithm: 'EC_prime256v1' })), {
      KeyAlgorithm: 'EC-prime256v1', SignatureAlgorithm: 'SHA256WITHECDSA', KeyUsages: [{ Name: 'DIGITAL_SIGNATURE' }],
    });
  });

  await t.test('wants the right value, and remembers what was proven over a restart', async (t) => {
    const world = new World(t);
    const arn = await world.request('a.example', { SubjectAlternativeNames: ['b.example'] });
    world.now += 1_000;
    await world.prove(arn, 'a.example');
    const [, second] = (await world.describe(arn)).DomainValidationOptions ?? [];
    world.zone.set({ name: second?.ResourceRecord?.Name ?? '', type: 'CNAME', values: ['_wrong.acm-validations.aws'] });
    world.now += 1_000;
    t.same(statuses(await world.describe(arn)), ['SUCCESS', 'PENDING_VALIDATION']);
    for (const { name } of world.zone.list()) world.zone.remove(name);
    world.boot();
    await world.prove(arn, 'b.example');
    world.now += 1_000;
    t.same((await world.describe(arn)).Status, 'ISSUED', 'a name once proven needs no second proof');
  });

  await t.test('obeys CAA', async (t) => {
    /** The end of a request for the name and one without CAA, validated one after the other. */
    const outcome = async (name: string, ...caa: [owner: string, ...values: string[]][]): Promise<string> => {
      const world = new World(t);
      for (const [owner, ...values] of caa) world.zone.set({ name: owner, type: 'CAA', values });
      const arn = await world.request(name, { SubjectAlternativeNames: ['free.test'] });
      world.now += 1_000;
      await world.prove(arn, name);
      world.now += 1_000;
      const certificate = await world.describe(arn);
      if (certificate.Status === 'FAILED') {
        t.same(statuses(certificate), ['FAILED', 'PENDING_VALIDATION']);
        for (const [owner] of caa) world.zone.remove(owner, 'CAA');
      }
      await world.prove(arn, 'free.test');
      world.now += 1_000;
      const { Status, FailureReason } = await world.describe(arn);
      return FailureReason ?? Status ?? '';
    };
    const ok = 'ISSUED';
    t.same(await outcome('a.shop.example', ['shop.example', '0 issue "Amazon.com; validationmethods=dns"']), ok);
    t.same(await outcome('a.shop.example', ['example', '0 issue "other.example"', '0 issue "awstrust.com"']), ok);
    t.same(await outcome('a.shop.example', ['shop.example', '0 issue ";"']), 'CAA_ERROR', 'and it stays FAILED');
    t.same(await outcome('a.shop.example', ['example', '0 issue "other.example"']), 'CAA_ERROR', 'found up the tree');
    const nearest = ['a.shop.example', '0 issue "amazonaws.com"'] as [string, string];
    t.same(await outcome('a.shop.example', nearest, ['example', '0 issue ";"']), ok, 'the nearest set decides');
    t.same(await outcome('shop.example', ['shop.example', '0 iodef "mailto:a@example"']), ok, 'nothing about issuing');
    t.same(await outcome('shop.example', ['shop.example', '128 tbs "x"', '0 issue "amazon.com"']), 'CAA_ERROR',
      'a critical property nobody knows');
    t.same(await outcome('shop.example', ['shop.example', '0 issuewild ";"']), ok, 'about wildcards alone');
    t.same(await outcome('*.shop.example', ['shop.example', '0 issue "amazon.com"', '0 issuewild ";"']), 'CAA_ERROR');
    t.same(await outcome('*.shop.example', ['shop.example', '0 issue ";"', '0 issuewild "amazontrust.com"']), ok);
    t.same(await outcome('*.shop.example', ['shop.example', '0 issue "amazon.com"']), ok);
  });

  await t.test('times out for good, and never looks again', async (t) => {
    const world = new World(t);
    const arn = await world.request('a.example');
    world.now += 72 * 3_600_000 - 1;
    t.same((await world.describe(arn)).Status, 'PENDING_VALIDATION');
    await world.prove(arn, 'a.example');
    world.now += 1;
    const { lookups } = world;
    const certificate = await world.describe(arn);
    t.match(certificate, { Status: 'VALIDATION_TIMED_OUT' });
    t.same(statuses(certificate), ['FAILED']);
    world.now += DAY_MS;
    t.same((await world.describe(arn)).Status, 'VALIDATION_TIMED_OUT');
    t.same(world.lookups, lookups);
  });

  await t.test('by e-mail waits for a person who is not there', async (t) => {
    const world = new World(t);
    const command = new RequestCertificateCommand({ DomainName: '*.a.example' });
    const { CertificateArn = '' } = await world.client.send(command);
    world.now += 5_000;
    t.match((await world.describe(CertificateArn)).DomainValidationOptions?.[0], {
      ValidationMethod: 'EMAIL', ValidationDomain: 'a.example', ValidationEmails: ['admin@a.example'],
      ResourceRecord: undefined, ValidationStatus: 'PENDING_VALIDATION',
    });
  });
});

void t.test('renewal', async (t) => {
  const RENEWAL_MS = 153 * DAY_MS;

  await t.test('happens 45 days before the end while the certificate is in use and its CNAME is there', async (t) => {
    const world = new World(t);
    const arn = await world.issued('a.example');
    const { NotBefore, NotAfter, Serial } = await world.describe(arn);
    world.users.set(arn, ['arn:aws:cloudfront::1:distribution/E1']);
    t.match(await world.describe(arn), { RenewalEligibility: 'ELIGIBLE', RenewalSummary: undefined });
    world.now = NotBefore!.getTime() + RENEWAL_MS;
    const renewed = await world.describe(arn);
    t.match(renewed, {
      Status: 'ISSUED', IssuedAt: NotBefore, NotAfter: new Date(NotAfter!.getTime() + RENEWAL_MS),
      RenewalSummary: { RenewalStatus: 'SUCCESS', UpdatedAt: new Date(world.now) },
    });
    t.same(statuses(renewed.RenewalSummary!), ['SUCCESS']);
    t.not(renewed.Serial, Serial);
    world.now += 3 * RENEWAL_MS + DAY_MS;
    const later = await world.describe(arn);
    t.same([later.Status, later.NotBefore], ['ISSUED', new Date(world.now - DAY_MS)],
      'renewals that nobody looked at were done in time');
  });

  await t.test('waits for a CNAME that is gone, and the certificate expires without it', async (t) => {
    const world = new World(t);
    const arn = await world.issued('a.example', { SubjectAlternativeNames: ['b.example'] });
    world.users.set(arn, ['arn:aws:cloudfront::1:distribution/E1']);
    const { DomainValidationOptions, NotAfter } = await world.describe(arn);
    world.zone.remove(DomainValidationOptions?.[1]?.ResourceRecord?.Name ?? '');
    world.now = NotAfter!.getTime() - 45 * DAY_MS;
    const waiting = await world.describe(arn);
    const since = new Date(world.now);
    t.match(waiting, { Status: 'ISSUED', RenewalSummary: { RenewalStatus: 'PENDING_VALIDATION', UpdatedAt: since } });
    t.same(statuses(waiting.RenewalSummary!), ['SUCCESS', 'PENDING_VALIDATION']);
    world.now += 500;
    await world.describe(arn);
    world.now += DAY_MS;
    t.match(await world.describe(arn), { RenewalSummary: { UpdatedAt: since } }, 'no news');
    const other = await world.issued('c.example');
    t.same((await world.describe(other)).Status, 'ISSUED');
    await world.prove(arn, 'b.example');
    const saved = world.now += 1_000;
    t.match(await world.describe(arn), { RenewalSummary: { RenewalStatus: 'SUCCESS' }, NotBefore: new Date(saved) });
    for (const { name } of world.zone.list()) world.zone.remove(name);
    world.now = saved + RENEWAL_MS;
    await world.describe(arn);
    world.now = saved + 198 * DAY_MS;
    t.same((await world.describe(arn)).Status, 'EXPIRED');
    world.now += DAY_MS;
    t.same(world.state.viewerCertificate(arn)?.status, 'EXPIRED');
  });

  await t.test('is not for a certificate that nobody uses', async (t) => {
    const world = new World(t);
    const arn = await world.issued('a.example');
    world.now += RENEWAL_MS;
    const unused = { Status: 'ISSUED', RenewalEligibility: 'INELIGIBLE', RenewalSummary: undefined };
    t.match(await world.describe(arn), unused);
    world.now += 45 * DAY_MS;
    t.same((await world.describe(arn)).Status, 'EXPIRED');
  });
});

void t.test('deletion', async (t) => {
  const world = new World(t);
  const arn = await world.issued('a.example');

  await t.test('is refused while the certificate is in use, and for a while after', async (t) => {
    world.users.set(arn, ['arn:aws:cloudfront::1:distribution/E1']);
    t.same((await world.describe(arn)).InUseBy, ['arn:aws:cloudfront::1:distribution/E1']);
    await t.rejects(world.remove(arn), { name: 'ResourceInUseException', message: /is in use/ });
    world.users.delete(arn);
    world.releasedAt.set(arn, world.now);
    world.now += 1_999;
    await t.rejects(world.remove(arn), { name: 'ResourceInUseException' });
    world.now += 1;
    await world.remove(arn);
    const absent = { name: 'ResourceNotFoundException', message: /Could not find certificate arn/ };
    await t.rejects(world.describe(arn), absent);
    await t.rejects(world.remove(arn), absent);
    world.boot();
    await t.rejects(world.remove(arn), absent, 'over a restart as well');
  });

  await t.test('is refused for what is no certificate ARN', async (t) => {
    await t.rejects(world.remove('nonsense'), { name: 'ValidationException', message: /20.*pattern/ });
    const other = 'arn:aws:acm:us-east-1:123456789012:acme-endpoint/1';
    await t.rejects(world.remove(other), { name: 'InvalidArnException' });
  });
});

void t.test('the list', async (t) => {
  const world = new World(t, { namesPerCertificate: 101 });
  const issued = await world.issued('a.example');
  const elliptic = await world.request('b.example', { KeyAlgorithm: 'EC_prime256v1' });
  world.now += 1;
  const many = Array.from({ length: 100 }, (_, i) => `n${i}.example`);
  const pending = await world.request('c.example', { SubjectAlternativeNames: many, Options: { Export: 'ENABLED' } });
  world.now += 1;
  const managed = await world.request('d.example', { ManagedBy: 'CLOUDFRONT' });
  const arns = async (input: ListCertificatesCommandInput = {}) =>
    (await world.list(input)).CertificateSummaryList?.map(({ CertificateArn }) => CertificateArn);

  await t.test('tells what a decision needs without a describe', async (t) => {
    world.users.set(issued, ['arn:aws:cloudfront::1:distribution/E1']);
    const [first, second] = (await world.list()).CertificateSummaryList ?? [];
    t.match(first, {
      CertificateArn: issued, DomainName: 'a.example', Status: 'ISSUED', InUse: true, IssuedAt: new Date(START + 2_000),
      NotAfter: new Date(START + 2_000 + 198 * DAY_MS), CreatedAt: new Date(START), RenewalEligibility: 'ELIGIBLE',
      SubjectAlternativeNameSummaries: ['a.example'], HasAdditionalSubjectAlternativeNames: false,
      KeyUsages: ['DIGITAL_SIGNATURE', 'KEY_ENCIPHERMENT'],
    });
    t.match(second, { InUse: false, HasAdditionalSubjectAlternativeNames: true, IssuedAt: undefined });
    t.same(second?.SubjectAlternativeNameSummaries?.length, 100);
  });

  await t.test('filters, and leaves ECDSA out unless asked', async (t) => {
    t.same(await arns(), [issued, pending, managed]);
    t.same(await arns({ Includes: { keyTypes: ['EC_prime256v1', 'RSA_2048'] } }), [issued, elliptic, pending, managed]);
    t.same(await arns({ CertificateStatuses: ['ISSUED', 'FAILED'] }), [issued]);
    const open = { CertificateStatuses: [], Includes: { keyUsage: [], extendedKeyUsage: [] } };
    t.same(await arns(open), [issued, pending, managed]);
    t.same(await arns({ Includes: { keyUsage: ['KEY_ENCIPHERMENT'] } }), [issued]);
    t.same(await arns({ Includes: { extendedKeyUsage: ['TLS_WEB_SERVER_AUTHENTICATION'] } }), [issued]);
    t.same(await arns({ Includes: { extendedKeyUsage: ['CODE_SIGNING'] } }), []);
    t.same(await arns({ Includes: { exportOption: 'ENABLED' } }), [pending]);
    t.same(await arns({ Includes: { managedBy: 'CLOUDFRONT' } }), [managed]);
  });

  await t.test('comes in pages, in either order, also over deletions and a restart', async (t) => {
    const one = await world.list({ MaxItems: 1 });
    t.same(one.CertificateSummaryList?.length, 1);
    const next = await world.list({ MaxItems: 2, NextToken: one.NextToken });
    t.same(next.CertificateSummaryList?.map(({ CertificateArn }) => CertificateArn), [pending, managed]);
    t.same(next.NextToken, undefined);
    const sorted = { SortBy: 'CREATED_AT', SortOrder: 'DESCENDING', MaxItems: 1 } as const;
    const newest = await world.list(sorted);
    t.same(newest.CertificateSummaryList?.[0]?.CertificateArn, managed);
    await world.remove(managed);
    world.boot();
    t.same(await arns({ ...sorted, NextToken: newest.NextToken }), [pending]);
    t.same(await arns({ NextToken: Buffer.from(`[${world.now},"arn:z"]`).toString('base64url') }), [], 'past the end');
    const twins = [await world.request('e.example'), await world.request('f.example')].sort();
    t.same((await arns())?.slice(-2), twins, 'of one millisecond, by ARN');
    const upToFirst = await world.list({ MaxItems: 3 });
    t.same(await arns({ NextToken: upToFirst.NextToken }), [twins[1]]);
  });

  await t.test('refuses what AWS refuses', async (t) => {
    await t.rejects(arns({ MaxItems: 1_001 }), { name: 'ValidationException', message: /'1001' at 'maxItems'/ });
    await t.rejects(arns({ SortBy: 'CREATED_AT' }), { name: 'ValidationException', message: /together/ });
    await t.rejects(arns({ NextToken: 'bad' }), { name: 'InvalidArgsException' });
    await t.rejects(arns({ NextToken: Buffer.from('[1,2]').toString('base64url') }), { name: 'InvalidArgsException' });
  });
});

void t.test('tags', async (t) => {
  const world = new World(t);
  const CertificateArn = await world.request('a.example', { Tags: [{ Key: 'Project', Value: 'p1' }, { Key: 'Bare' }] });
  const tags = async () => (await world.client.send(new ListTagsForCertificateCommand({ CertificateArn }))).Tags;
  const add = (...Tags: { Key: string; Value?: string }[]) =>
    world.client.send(new AddTagsToCertificateCommand({ CertificateArn, Tags }));
  const drop = (...Tags: { Key: string; Value?: string }[]) =>
    world.client.send(new RemoveTagsFromCertificateCommand({ CertificateArn, Tags }));
  await add({ Key: 'Project', Value: 'p2' }, { Key: 'ManagedBy', Value: 'anchor-deploy' });
  const managed = { Key: 'ManagedBy', Value: 'anchor-deploy' };
  t.same(await tags(), [{ Key: 'Project', Value: 'p2' }, { Key: 'Bare' }, managed]);
  await drop({ Key: 'Project', Value: 'p1' }, { Key: 'ManagedBy' }, { Key: 'Bare', Value: '' });
  t.same(await tags(), [{ Key: 'Project', Value: 'p2' }], 'a tag with another value stays');
  const fifty = Array.from({ length: 50 }, (_, i) => ({ Key: `k${i}`, Value: '' }));
  await t.rejects(add(...fifty), { name: 'TooManyTagsException', message: /not 51/ });
  await t.rejects(add(), { name: 'ValidationException' });
  t.same((await tags())?.length, 1);
});

void t.test('the wire', async (t) => {
  const world = new World(t);
  const send = async (request: Partial<WireRequest>) => acmHandler(world.state)({
    method: 'POST', path: '/', query: new URLSearchParams(), headers: {}, body: new Uint8Array(), ...request,
  });
  const target = (operation: string) => ({ 'x-amz-target': `CertificateManager.${operation}` });
  const json = (value: unknown) => Buffer.from(JSON.stringify(value));

  await t.test('is answered only when ACM is meant', async (t) => {
    t.same(await send({}), undefined);
    t.same(await send({ headers: { 'x-amz-target': 'DynamoDB_20120810.ListTables' } }), undefined);
    t.same(await send({ method: 'GET', headers: target('ListCertificates') }), undefined);
    t.same(await send({ path: '/other', headers: target('ListCertificates') }), undefined);
    t.match(await send({ headers: target('ListCertificates') }), { status: 200 }, 'an empty body is an empty input');
  });

  await t.test('carries errors as JSON 1.1 does', async (t) => {
    const response = await send({ headers: target('DescribeCertificate'), body: Buffer.from('{') });
    t.match(response, {
      status: 400,
      headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-errortype': 'SerializationException' },
    });
    t.same(JSON.parse(Buffer.from(response!.body).toString()),
      { __type: 'SerializationException', message: 'The body is not JSON.' });
    const described = send({ headers: target('DescribeCertificate'), body: json(null) });
    t.match((await described)?.headers, { 'x-amzn-errortype': 'SerializationException' });
    const listed = send({ headers: target('ListCertificates'), body: json({ MaxItems: 1.5, Unknown: 1 }) });
    t.match((await listed)?.headers, { 'x-amzn-errortype': 'SerializationException' });
    const CertificateArn = await world.request('a.example');
    const command = new GetCertificateCommand({ CertificateArn });
    await t.rejects(world.client.send(command), { name: 'UnknownOperationException' });
  });

  await t.test('a fault of the cloud itself is not dressed up as a refusal', async (t) => {
    const broken = new AcmState({
      persistence: { ...memoryPersistence(), save: () => { throw new Error('disk full'); } }, now: () => START,
      settings: SETTINGS, dns: world.zone, usersOf: () => [], lastReleasedAt: () => undefined, newId: () => 'one',
    });
    await t.rejects(async () => acmHandler(broken)({
      method: 'POST', path: '/', query: new URLSearchParams(), headers: target('RequestCertificate'),
      body: json({ DomainName: 'a.example' }),
    }), { message: 'disk full' });
  });

  await t.test('a test can end a certificate as it likes', async (t) => {
    const end = async (body: unknown) => {
      const response = await send({ method: 'PUT', path: '/_local/acm/certificates', body: json(body) });
      return JSON.parse(Buffer.from(response!.body).toString()) as { Certificate?: unknown; message?: string };
    };
    const certificateArn = await world.request('b.example');
    t.match(await end({ certificateArn, status: 'FAILED', failureReason: 'DOMAIN_NOT_ALLOWED' }),
      { Certificate: { Status: 'FAILED', FailureReason: 'DOMAIN_NOT_ALLOWED' } });
    t.match(await end({ certificateArn, status: 'FAILED' }), { Certificate: { FailureReason: 'OTHER' } });
    t.same(statuses(await world.describe(certificateArn)), ['FAILED']);
    await end({ certificateArn, status: 'REVOKED' });
    t.match(await world.describe(certificateArn), { Status: 'REVOKED', FailureReason: undefined });
    t.match(await end({ certificateArn, status: 'ISSUED' }), { message: /FAILED, VALIDATION_TIMED_OUT, EXPIRED/ });
    t.match(await end({ status: 'FAILED' }), { message: /'certificateArn'.*must not be null/ });
  });
});
