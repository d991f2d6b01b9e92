import type { Test } from 'tap';
import type { Certificate, DnsRecord } from '../../src/domain/certificate.ts';
import type { Certificates } from '../../src/ports/certificates.ts';

export interface CertificatesWorld {
  readonly certificates: Certificates;
  /** Time passes until the validation records of a new certificate are known. */
  readonly letRecordsAppear: () => Promise<void>;
  /** The records are in DNS and the authority has looked at them. */
  readonly publishRecords: (records: readonly DnsRecord[]) => Promise<void>;
  /** Time passes until a certificate without its records is given up. */
  readonly letValidationTimeOut: () => Promise<void>;
  /** An hour passes: request tokens are forgotten. */
  readonly letTokensExpire: () => Promise<void>;
  /** A distribution begins to use the certificate. */
  readonly use: (certificateArn: string) => Promise<void>;
  /** Everything lets go of the certificate, and time passes until the authority has noticed. */
  readonly release: (certificateArn: string) => Promise<void>;
}

const MISSING_ARN = 'arn:aws:acm:us-east-1:123456789012:certificate/00000000-0000-4000-8000-000000000000';

/** What every implementation of the `Certificates` port must do. A new world for every test. */
export async function certificatesContract(t: Test, newWorld: (t: Test) => Promise<CertificatesWorld>): Promise<void> {
  await t.test('a new certificate waits for its record, which is not known at once', async (t) => {
    const { certificates, letRecordsAppear } = await newWorld(t);
    const arn = await certificates.request(asked('token1', 'www.example.com'));
    t.match(await certificates.describe(arn), {
      arn, names: ['www.example.com'], status: 'PENDING_VALIDATION', failureReason: undefined, inUse: false,
      validations: [{ name: 'www.example.com', status: 'PENDING_VALIDATION', record: undefined }],
    });
    await letRecordsAppear();
    const [validation] = (await certificates.describe(arn))?.validations ?? [];
    t.match(validation?.record, { name: /^_[^.]+\.www\.example\.com$/, type: 'CNAME', value: /^_[a-z0-9.-]+[a-z]$/ },
      'lower case and without trailing dots');
  });

  await t.test('a certificate is issued once its records are in DNS', async (t) => {
    const world = await newWorld(t);
    const { certificates } = world;
    const arn = await issued(world, asked('token1', 'example.com', '*.example.com', 'www.example.org'));
    const certificate = await certificates.describe(arn);
    t.match(certificate, { status: 'ISSUED', inUse: false, notAfter: Number });
    t.same([...certificate?.names ?? []].sort(), ['*.example.com', 'example.com', 'www.example.org']);
    t.same(certificate?.validations.map((validation) => validation.status), ['SUCCESS', 'SUCCESS', 'SUCCESS']);
    const records = recordsOf(certificate);
    t.equal(new Set(records.map((record) => record.name)).size, 2, 'a name and its wildcard share one record');
  });

  await t.test('the same request with the same token is the same certificate', async (t) => {
    const { certificates } = await newWorld(t);
    const first = await certificates.request(asked('token1', 'www.example.com'));
    t.equal(await certificates.request(asked('token1', 'www.example.com')), first);
    t.not(await certificates.request(asked('token2', 'www.example.com')), first);
  });

  await t.test('a certificate is found by its token after the token has expired', async (t) => {
    const { certificates, letTokensExpire } = await newWorld(t);
    await certificates.request(asked('other1', 'www.example.com'));
    const arn = await certificates.request(asked('token1', 'www.example.com', 'example.com'));
    await certificates.request(asked('other2', 'example.com'));
    await letTokensExpire();
    t.equal(await certificates.findByToken(asked('token1', 'www.example.com', 'example.com')), arn);
    t.equal(await certificates.findByToken(asked('token2', 'www.example.com')), undefined, 'another token');
    t.equal(await certificates.findByToken(asked('token1', 'example.com')), undefined, 'another first name');
  });

  await t.test('a certificate is listed as pending until it is issued or given up', async (t) => {
    const world = await newWorld(t);
    const { certificates, letValidationTimeOut } = world;
    const listed = async () => {
      const { certificateArns, cursor } = await certificates.listPending();
      t.equal(cursor, undefined, 'there is one page');
      return [...certificateArns].sort();
    };
    t.same(await listed(), []);
    const [one, two] = [
      await certificates.request(asked('token1', 'www.example.com')), await certificates.request(asked('token2', 'www.example.org')),
    ];
    t.same(await listed(), [one, two].sort());
    await issued(world, asked('token3', 'www.example.net'));
    t.same(await listed(), [one, two].sort(), 'one that is issued is not pending');
    await letValidationTimeOut();
    t.same(await listed(), []);
  });

  await t.test('a certificate that was given up is still described and found', async (t) => {
    const { certificates, letValidationTimeOut } = await newWorld(t);
    const arn = await certificates.request(asked('token1', 'www.example.com'));
    await letValidationTimeOut();
    t.match(await certificates.describe(arn), { status: 'VALIDATION_TIMED_OUT' });
    t.equal(await certificates.findByToken(asked('token1', 'www.example.com')), arn);
  });

  await t.test('a certificate is removed once, and is absent from then on', async (t) => {
    const { certificates } = await newWorld(t);
    const arn = await certificates.request(asked('token1', 'www.example.com'));
    t.equal(await certificates.remove(arn), 'removed');
    t.equal(await certificates.remove(arn), 'absent');
    t.equal(await certificates.describe(arn), undefined);
    t.equal(await certificates.findByToken(asked('token1', 'www.example.com')), undefined);
  });

  await t.test('a certificate in use is not removed until everything let go of it', async (t) => {
    const world = await newWorld(t);
    const { certificates } = world;
    const arn = await issued(world, asked('token1', 'www.example.com'));
    await world.use(arn);
    t.match(await certificates.describe(arn), { inUse: true });
    t.equal(await certificates.remove(arn), 'in_use');
    t.match(await certificates.describe(arn), { status: 'ISSUED' }, 'and is still there');
    await world.release(arn);
    t.match(await certificates.describe(arn), { inUse: false });
    t.equal(await certificates.remove(arn), 'removed');
  });

  await t.test('nothing is known of a certificate that never was', async (t) => {
    const { certificates } = await newWorld(t);
    t.equal(await certificates.describe(MISSING_ARN), undefined);
    t.equal(await certificates.remove(MISSING_ARN), 'absent');
  });
}

function asked(token: string, ...names: readonly [string, ...string[]]) {
  return { names, token, projectId: 'prj_1' };
}

async function issued(world: CertificatesWorld, request: ReturnType<typeof asked>): Promise<string> {
  const arn = await world.certificates.request(request);
  await world.letRecordsAppear();
  await world.publishRecords(recordsOf(await world.certificates.describe(arn)));
  return arn;
}

function recordsOf(certificate: Certificate | undefined): DnsRecord[] {
  return (certificate?.validations ?? []).flatMap((validation) => validation.record ?? []);
}
