import t from 'tap';
import type { CustomDomain } from '../../src/domain/custom-domain.ts';
import { LOCAL_DOMAIN_SETTINGS } from '../../src/domain/domain-settings.ts';
import type { Hostname } from '../../src/domain/hostname.ts';
import type { DomainDeps } from '../../src/operations/domain-deps.ts';
import { createPendingWatch } from '../../src/operations/pending-watch.ts';
import { reconcileDomain } from '../../src/operations/reconcile-domain.ts';
import { reconcileEdge } from '../../src/operations/reconcile-edge.ts';
import { budgetSpent } from '../../src/ports/call-budget.ts';
import type { Certificates } from '../../src/ports/certificates.ts';
import { CloudError } from '../../src/ports/cloud-error.ts';
import type { Distributions } from '../../src/ports/distributions.ts';
import { dueShardOf } from '../../src/ports/stores.ts';
import { allSweeps } from '../../src/worker/sweeps.ts';
import { createWorker } from '../../src/worker/worker.ts';
import { memoryStores } from '../support/memory-table.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

const never = (): never => { throw new Error('is not to be called'); };
const running = () => new AbortController().signal;
const throttled = () => new CloudError({
  kind: 'throttled', service: 'acm', operation: 'ListCertificates', awsName: 'ThrottlingException', message: 'slow down',
});

/** `pages` is what ACM lists; a page may be an error. */
function watched(...pages: (readonly string[] | CloudError)[]) {
  const clock = new VirtualClock();
  const errors: string[] = [];
  let calls = 0;
  const certificates: Pick<Certificates, 'listPending'> = {
    listPending: async (cursor) => {
      const page = pages[Number(cursor ?? 0)] ?? [];
      calls += 1;
      if (page instanceof CloudError) throw page;
      const next = Number(cursor ?? 0) + 1;
      return { certificateArns: page, cursor: next < pages.length ? String(next) : undefined };
    },
  };
  const watch = createPendingWatch({ certificates, clock, onCloudError: (_key, error) => errors.push(error.awsName) });
  return { watch, clock, pages, errors, calls: () => calls };
}

void t.test('one list tells of all that are due', async (t) => {
  const { watch, clock, calls } = watched(['arn:1', 'arn:2'], ['arn:3']);
  const listedAt = clock.now();
  t.equal(watch.look('arn:1'), undefined, 'nothing is known before');
  await watch.prepare(3, running());
  t.equal(calls(), 2);
  t.same(watch.look('arn:3'), { kind: 'still_pending', listedAt });
  t.equal(watch.look('arn:4'), undefined, 'what is not listed has to be asked for: it may be newer than the list');
});

void t.test('a list is made only where it saves calls, and is kept as long as it cost', async (t) => {
  const { watch, clock, calls } = watched(['arn:1'], ['arn:2'], ['arn:3']);
  await watch.prepare(1, running());
  t.equal(calls(), 0, 'one certificate is asked for itself');
  await watch.prepare(2, running());
  t.equal(calls(), 3);
  clock.advance(2_999);
  await watch.prepare(500, running());
  t.equal(calls(), 3, 'a second for each page');
  t.ok(watch.look('arn:2'));
  clock.advance(1);
  await watch.prepare(3, running());
  t.equal(calls(), 3, 'as many pages are known to be needed as certificates are due');
  t.equal(watch.look('arn:2'), undefined, 'and the old list is forgotten');
  await watch.prepare(4, running());
  t.equal(calls(), 6);
});

void t.test('a list that failed, or was given up, says nothing', async (t) => {
  const { watch, clock, pages, errors, calls } = watched(['arn:1'], throttled());
  await watch.prepare(9, running());
  t.equal(watch.look('arn:1'), undefined);
  t.same(errors, ['ThrottlingException']);
  pages[1] = ['arn:2'];
  await watch.prepare(9, running());
  t.equal(calls(), 2, 'it is not tried again at once');
  clock.advance(5_000);
  await watch.prepare(9, AbortSignal.abort());
  t.equal(calls(), 2, 'nor while the process is stopping');
  t.equal(watch.look('arn:1'), undefined);
  await watch.prepare(9, running());
  t.ok(watch.look('arn:2'));
  const broken = createPendingWatch({
    certificates: { listPending: async () => never() }, clock, onCloudError: never,
  });
  await t.rejects(broken.prepare(9, running()), /is not to be called/, 'a mistake of ours is no answer of ACM');
});

function validating(n: number, now: number, changes: Partial<CustomDomain> = {}): CustomDomain {
  const domainId = `dom_${n}`;
  return {
    domainId, projectId: 'p1', domain: `site-${n}.example.com` as Hostname, distributionId: 'E1',
    distributionDomain: 'd1.cloudfront.net', desired: 'present', phase: 'validating', certificateGeneration: 1,
    certificateRequestedAt: now - 120_000, certificateStatus: 'PENDING_VALIDATION', cloudFrontStatus: 'not_attached',
    ownCertificateArn: `arn:${n}`, validation: { name: `_x.site-${n}.example.com`, type: 'CNAME', value: '_y' },
    createdAt: now - 120_000, updatedAt: now - 120_000, revision: 1, attempts: 0, dueShard: dueShardOf(domainId), dueAt: now,
    ...changes,
  };
}

interface CountedCloud {
  readonly certificates?: Partial<Certificates>;
  readonly distributions?: Partial<Distributions>;
}

function world({ certificates = {}, distributions = {} }: CountedCloud) {
  const clock = new VirtualClock();
  const stores = memoryStores(() => clock.now());
  const errors: string[] = [];
  const deps: DomainDeps = {
    stores, clock,
    certificates: { request: never, describe: never, findByToken: never, listPending: never, remove: never, ...certificates },
    distributions: { read: never, change: never, conflicts: never, move: never, invalidate: never, ...distributions },
    tenants: { read: never, create: never, change: never, remove: never },
    dns: { lookup: never },
    ids: { next: never },
    tokens: { next: never }, platformDomains: [],
    defaults: { serverFunctionName: undefined, imageFunctionName: undefined, distributionId: undefined, distributionDomain: undefined },
    settings: LOCAL_DOMAIN_SETTINGS,
    onCloudError: (_key, error) => { errors.push(error.awsName); },
  };
  const worker = (place = 0) => createWorker({
    clock, intervalMs: 500, log: { error: ({ err }: { err?: unknown }) => { throw err; } },
    steps: allSweeps({
      deps, pending: createPendingWatch(deps), tendProject: never, leaseMs: 5_000, concurrency: 4, place,
      log: { error: ({ err }: { err?: unknown }) => { throw err; } },
    }),
  });
  return { clock, stores, deps, errors, worker };
}

void t.test('a sweep of 1,000 pending domains takes a call a replica, and one write each', async (t) => {
  const all = Array.from({ length: 1_000 }, (_, n) => `arn:${n}`);
  const calls: string[] = [];
  const { clock, stores, worker } = world({ certificates: {
    listPending: async () => {
      calls.push('list');
      return { certificateArns: all, cursor: undefined };
    },
    describe: async (arn) => {
      calls.push(`describe ${arn}`);
      return undefined;
    },
  } });
  for (let n = 0; n < 1_000; n++) await stores.domains.create(validating(n, clock.now()));
  await Promise.all([0, 1 / 3, 2 / 3].map((place) => worker(place).runUntilIdle()));
  t.same(calls, ['list', 'list', 'list'], 'three replicas make three calls; five are allowed');
  const after = await stores.domains.query({ index: 'byProject', hash: 'p1', order: 'ascending', limit: 2_000 });
  t.equal(after.filter(({ revision, dueAt = 0 }) => revision === 2 && dueAt > clock.now()).length, 1_000);
  t.ok(new Set(after.map(({ dueAt }) => dueAt)).size > 100, 'they do not come due together again');
});

void t.test('who is not told by the list is asked for itself', async (t) => {
  const described: string[] = [];
  const { clock, stores, worker } = world({ certificates: {
    listPending: async () => ({ certificateArns: ['arn:1', 'arn:2', 'arn:4'], cursor: undefined }),
    describe: async (arn) => {
      described.push(arn);
      return {
        arn, names: [], status: 'PENDING_VALIDATION', failureReason: undefined, inUse: false, notAfter: undefined,
        validations: [{ name: 'x', status: 'PENDING_VALIDATION', record: { name: '_x', type: 'CNAME', value: '_y' } }],
      };
    },
  } });
  const now = clock.now();
  await stores.domains.create(validating(1, now));
  await stores.domains.create(validating(2, now));
  await stores.domains.create(validating(3, now));
  const { validation: _, ...unknown } = validating(4, now);
  await stores.domains.create(unknown);
  await worker().runUntilIdle();
  t.same(described.sort(), ['arn:3', 'arn:4'], 'one that is not listed, and one whose record is not known yet');
  t.ok((await stores.domains.get({ domainId: 'dom_4' }))?.validation);
});

void t.test('a sweep over domains that rest reads none of them', async (t) => {
  const { clock, stores, deps, worker } = world({});
  for (let n = 0; n < 500; n++) {
    const { dueAt: _at, dueShard: _shard, ...rests } = validating(n, clock.now(), { phase: 'active' });
    await stores.domains.create(rests);
  }
  const answered: unknown[] = [];
  const query = deps.stores.domains.query.bind(deps.stores.domains);
  Object.assign(deps.stores.domains, {
    get: never, update: never, replace: never,
    query: async (asked: Parameters<typeof query>[0]) => {
      const found = await query(asked);
      answered.push(...found);
      return found;
    },
  });
  await worker().runUntilIdle();
  t.same(answered, []);
});

void t.test('a used-up budget puts a pass off and counts no failure', async (t) => {
  const spent = async () => { throw budgetSpent('acm:DescribeCertificate', 1_200); };
  const { clock, stores, deps, errors } = world({ certificates: { describe: spent }, distributions: { read: spent } });
  const now = clock.now();
  await stores.domains.create(validating(1, now));
  t.equal(await reconcileDomain(deps, 'dom_1'), 'later');
  t.match(await stores.domains.get({ domainId: 'dom_1' }), { attempts: 0, revision: 2, phase: 'validating' });
  const { dueAt = 0 } = await stores.domains.get({ domainId: 'dom_1' }) ?? {};
  t.ok(dueAt >= now + 2_000 && dueAt <= now + 2_400, 'when there will be calls again, and not all at once');
  await stores.edges.create({
    distributionId: 'E1', members: {}, retired: [], departed: {}, foreign: [], announce: [], generation: 0, revision: 1, attempts: 0,
  });
  t.equal(await reconcileEdge(deps, 'E1'), 'later');
  t.match(await stores.edges.get({ distributionId: 'E1' }), { attempts: 0, revision: 2, dueShard: dueShardOf('E1') });
  t.same(errors, [], 'nobody is told of a failure');
});

void t.test('the next certificate of a distribution is watched by the list, until its names have to be looked at', async (t) => {
  const described: string[] = [];
  const { clock, stores, deps } = world({
    certificates: { describe: async (arn) => {
      described.push(arn);
      return undefined;
    } },
    distributions: { read: async (distributionId) => ({
      distributionId, etag: 'E', domainName: 'd1.cloudfront.net', aliases: [], viewerCertificate: { kind: 'default' }, deployed: true,
      config: undefined,
    }) },
  });
  const listedAt = clock.now();
  const watching: DomainDeps = { ...deps, pending: { look: () => ({ kind: 'still_pending', listedAt }) } };
  const name = 'site-1.example.com' as Hostname;
  await stores.edges.create({
    distributionId: 'E1', retired: [], departed: {}, foreign: [], announce: [], generation: 1, revision: 1, attempts: 0,
    members: { [name]: { domainId: 'dom_1', projectId: 'p1', state: 'joining', since: listedAt } },
    baseline: { kind: 'default' },
    next: { generation: 1, names: [name], projectId: 'p1', plannedAt: listedAt, requestedAt: listedAt, certificateArn: 'arn:next' },
  });
  t.equal(await reconcileEdge(watching, 'E1'), 'later');
  t.same(described, []);
  clock.advance(LOCAL_DOMAIN_SETTINGS.graceForPendingMs);
  await reconcileEdge(watching, 'E1');
  t.same(described, ['arn:next'], 'after the grace time it matters which of its names are pending');
});
