import { setImmediate as turn } from 'node:timers/promises';
import t from 'tap';
import type { SweepStep } from '../../src/worker/due-sweep.ts';
import { census } from '../../src/worker/census.ts';
import { dueSweep } from '../../src/worker/due-sweep.ts';
import { allSweeps } from '../../src/worker/sweeps.ts';
import { createWorker } from '../../src/worker/worker.ts';
import { prometheusMetrics } from '../../src/adapters/metrics/prometheus-metrics.ts';
import type { Delivery } from '../../src/domain/webhook.ts';
import type { CustomDomain } from '../../src/domain/custom-domain.ts';
import { DUE_SHARDS, dueShardOf } from '../../src/ports/stores.ts';
import { memoryStores } from '../support/memory-table.ts';
import { DomainWorld } from '../support/domain-world.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

interface Entry {
  readonly details: object;
  readonly message: string;
}

function logger() {
  const entries: Entry[] = [];
  return { entries, log: { error: (details: object, message: string) => { entries.push({ details, message }); } } };
}

async function turns(count = 20): Promise<void> {
  for (let done = 0; done < count; done++) await turn();
}

async function seed(world: DomainWorld, ...ids: string[]): Promise<void> {
  for (const domainId of ids) {
    await world.stores.domains.create({
      domainId, projectId: 'p1', revision: 1, dueShard: dueShardOf(domainId), dueAt: world.clock.now(),
    } as CustomDomain);
  }
}

function sweepOf(world: DomainWorld, pass: (id: string) => Promise<'again' | 'later' | 'gone'>, more = {}) {
  const { entries, log } = logger();
  const step = dueSweep({
    name: 'domains', table: world.stores.domains, keyOf: ({ domainId }) => ({ domainId }), clock: world.clock, log,
    concurrency: 2, leaseMs: 5_000, pass: ({ domainId }: CustomDomain) => pass(domainId), ...more,
  });
  return { step, entries };
}

const running = () => new AbortController().signal;

void t.test('a sweep runs what is due in every shard, and leaves the rest alone', async (t) => {
  const world = await DomainWorld.open(t);
  const ids = Array.from({ length: 30 }, (_, at) => `dom_${at}`);
  t.equal(new Set(ids.map(dueShardOf)).size, DUE_SHARDS);
  await seed(world, ...ids);
  await world.stores.domains.update({ domainId: 'dom_3' }, { set: { dueAt: world.clock.now() + 1 } });
  await world.stores.domains.update({ domainId: 'dom_4' }, { remove: ['dueAt', 'dueShard'] });
  const ran: string[] = [];
  let now = 0;
  let most = 0;
  const { step } = sweepOf(world, async (id) => {
    ran.push(id);
    most = Math.max(most, ++now);
    await turn();
    now -= 1;
    return 'later';
  });
  t.equal(await step.run(running()), 28);
  t.same(ran.sort(), ids.filter((id) => id !== 'dom_3' && id !== 'dom_4').sort());
  t.equal(most, 2, 'at most as many at a time as allowed');
  t.equal(await step.run(running()), 0, 'who was taken is due again only after the lease');
  world.clock.advance(5_000);
  t.equal(await step.run(running()), 29);
});

void t.test('of several replicas one does the work', async (t) => {
  const world = await DomainWorld.open(t);
  await seed(world, 'dom_1', 'dom_2', 'dom_3');
  const ran: string[] = [];
  const { step } = sweepOf(world, async (id) => { ran.push(id); return 'later'; });
  await Promise.all([1, 2, 3].map(() => step.run(running())));
  t.same(ran.sort(), ['dom_1', 'dom_2', 'dom_3']);
});

void t.test('a key goes on while more can be done at once, but not for ever', async (t) => {
  const world = await DomainWorld.open(t);
  await seed(world, 'dom_1', 'dom_2');
  const passes = { dom_1: 0, dom_2: 0 };
  const { step } = sweepOf(world, async (id) => {
    passes[id as 'dom_1'] += 1;
    return id === 'dom_1' || passes.dom_2 < 3 ? 'again' : 'gone';
  });
  await step.run(running());
  t.same(passes, { dom_1: 25, dom_2: 3 });
});

void t.test('a key that fails is logged once and stops nobody', async (t) => {
  const world = await DomainWorld.open(t);
  await seed(world, 'dom_1', 'dom_2', 'dom_3');
  const ran: string[] = [];
  const { step, entries } = sweepOf(world, async (id) => {
    ran.push(id);
    if (id === 'dom_2') throw new Error('broken');
    return 'later';
  });
  await step.run(running());
  t.equal(ran.length, 3);
  t.match(entries, [{ details: { step: 'domains', key: { domainId: 'dom_2' }, err: { message: 'broken' } }, message: /tried again/ }]);
  t.equal(entries.length, 1);
});

void t.test('operators see what was due, how late it was, and which leases are held', async (t) => {
  const world = await DomainWorld.open(t);
  await seed(world, 'dom_1', 'dom_2', 'dom_3');
  world.clock.advance(7_000);
  await world.stores.domains.update({ domainId: 'dom_2' }, { set: { dueAt: world.clock.now() - 9_000 } });
  await world.stores.domains.update({ domainId: 'dom_3' }, { set: { dueAt: world.clock.now() } });
  const metrics = prometheusMetrics();
  const during: string[] = [];
  const { step } = sweepOf(world, async (id) => {
    during.push(...(await metrics.text()).split('\n').filter((line) => line.startsWith('anchor_leases_held{')));
    if (id === 'dom_2') throw new Error('broken');
    return 'later';
  }, { metrics, concurrency: 1 });
  const tells = async (...lines: string[]) => {
    const told = (await metrics.text()).split('\n');
    for (const line of lines) t.ok(told.includes(line), line);
  };
  await step.run(running());
  await tells('anchor_worker_due{step="domains"} 3', 'anchor_worker_lag_seconds{step="domains"} 9',
    'anchor_leases_held{of="domains"} 0', 'anchor_leases_taken_total{of="domains"} 3');
  t.same(during, Array.from({ length: 3 }, () => 'anchor_leases_held{of="domains"} 1'));
  await step.run(running());
  await tells('anchor_worker_due{step="domains"} 0', 'anchor_worker_lag_seconds{step="domains"} 0',
    'anchor_worker_passes_total{step="domains"} 2');
});

void t.test('domains are counted by status, a few pages in each pass, and then not for a while', async (t) => {
  const clock = new VirtualClock({ nowMs: 1_000_000 });
  const stores = memoryStores(() => clock.now());
  const projectIds = Array.from({ length: 101 }, (_, at) => `p${String(at).padStart(3, '0')}`);
  for (const projectId of projectIds) {
    await stores.projects.create({
      projectId, collection: 'project', createdKey: projectId, name: 'Site', createdAt: 1, updatedAt: 1, revision: 1, fence: 0,
    });
  }
  const phases = ['active', 'validating', 'failed'] as const;
  const add = (index: number, projectId: string) => stores.domains.create({
    domainId: `dom_${String(index).padStart(4, '0')}`, projectId, phase: phases[index % 3], desired: 'present', revision: 1,
  } as CustomDomain);
  for (let index = 0; index < 1_500; index++) await add(index, 'p000');
  await add(1_500, 'p100');
  await stores.deliveries.create({
    webhookId: 'w', deliveryId: '1', dueShard: 3, dueAt: clock.now() + 5_000, createdAt: clock.now() - 30_000,
  } as Delivery);

  const metrics = prometheusMetrics();
  const step = census({ stores, clock, metrics });
  const value = async (line: string) => new RegExp(`^${line.replace(/[{}]/g, '\\$&')} (.*)$`, 'm').exec(await metrics.text())?.[1];
  const projects = stores.projects.query.bind(stores.projects);
  stores.projects.query = async () => { throw new Error('read for nobody'); };
  await step.run(running());
  stores.projects.query = projects;
  t.equal(await value('anchor_domains{status="active"}'), undefined, 'nothing is counted before somebody has looked');
  t.equal(await step.run(running()), 0, 'it is no work that is due');
  t.equal(await value('anchor_domains{status="active"}'), undefined, 'a part of a count is not told');
  // 16 pages of the first project, one of each other.
  for (let pass = 1; pass <= 11; pass++) await step.run(running());
  t.equal(await value('anchor_domains{status="active"}'), '501');
  t.equal(await value('anchor_domains{status="pending_validation"}'), '500');
  t.equal(await value('anchor_domains{status="drifted"}'), '0', 'also where there are none');
  t.equal(await value('anchor_census_timestamp_seconds'), '1000');
  t.equal(await value('anchor_webhook_deliveries_pending'), '1');
  t.equal(await value('anchor_webhook_delivery_oldest_seconds'), '30');

  await add(1_503, 'p050');
  clock.advance(59_999);
  for (let pass = 0; pass < 20; pass++) await step.run(running());
  t.equal(await value('anchor_domains{status="active"}'), '501', 'it rests for a minute at least');
  clock.advance(1);
  const failing = new AbortController();
  failing.abort();
  await step.run(failing.signal);
  const query = stores.domains.query.bind(stores.domains);
  stores.domains.query = async () => { throw new Error('no store'); };
  await t.rejects(step.run(running()), { message: 'no store' });
  stores.domains.query = query;
  for (let pass = 0; pass < 12; pass++) await step.run(running());
  t.equal(await value('anchor_domains{status="active"}'), '502', 'after a failure it is begun anew, so nothing is missing');
});

void t.test('projects have a lease of their own', async (t) => {
  const world = await DomainWorld.open(t);
  const recovered: string[] = [];
  const now = world.clock.now();
  await world.stores.projects.update({ projectId: 'p1' }, { set: { dueShard: 3, dueAt: now } });
  const { log } = logger();
  const steps = allSweeps({
    deps: world.replica().deps, tendProject: async (id) => { recovered.push(id); }, leaseMs: 1_000, concurrency: 2, log,
  });
  for (const step of steps) await step.run(running());
  t.same(recovered, ['p1']);
  t.equal((await world.stores.projects.get({ projectId: 'p1' }))?.dueAt, now, 'the sweep moves nothing');
});

void t.test('the loop passes at its interval, survives failures, and never overlaps', async (t) => {
  const clock = new VirtualClock();
  const { entries, log } = logger();
  let running = 0;
  let passes = 0;
  const steps: SweepStep[] = [
    { name: 'bad', run: async () => { if (passes === 1) throw new Error('no store'); return 0; } },
    { name: 'slow', run: async () => {
      t.equal(++running, 1, 'one pass at a time');
      passes += 1;
      await clock.sleep(3_000);
      running -= 1;
      return 1;
    } },
  ];
  const worker = createWorker({ steps, clock, intervalMs: 1_000, log });
  t.same(worker.health(), { running: false, lastPassAt: undefined, failedPasses: 0 });
  worker.start();
  worker.start();
  await turns();
  clock.advance(3_000);
  await turns();
  t.equal(passes, 1);
  t.match(worker.health(), { running: true, lastPassAt: clock.now(), failedPasses: 0 });
  clock.advance(1_000);
  await turns();
  t.equal(passes, 2, 'the step after the failed one ran all the same');
  t.match(entries, [{ details: { step: 'bad' } }]);

  let stopped = false;
  const stopping = worker.stop().then(() => { stopped = true; });
  await turns();
  t.notOk(stopped, 'the step that was begun is waited for');
  clock.advance(3_000);
  await stopping;
  t.same(worker.health(), { running: false, lastPassAt: clock.now(), failedPasses: 1 });
  t.equal(passes, 2);

  worker.start();
  await turns();
  t.equal(passes, 3, 'it can be started again');
  const again = worker.stop();
  clock.advance(3_000);
  await again;
  await worker.stop();
});

void t.test('a stop begins no further key and no further step', async (t) => {
  const world = await DomainWorld.open(t);
  await seed(world, 'dom_1', 'dom_2', 'dom_3', 'dom_4');
  const stop = new AbortController();
  const ran: string[] = [];
  const { step } = sweepOf(world, async (id) => {
    ran.push(id);
    stop.abort();
    return 'again';
  }, { concurrency: 1 });
  await step.run(stop.signal);
  t.equal(ran.length, 1);

  const names: string[] = [];
  const worker = createWorker({
    steps: [
      { name: 'first', run: async () => { names.push('first'); await world.clock.sleep(100); return 0; } },
      { name: 'second', run: async () => { names.push('second'); return 0; } },
    ],
    clock: world.clock, intervalMs: 1_000, log: logger().log,
  });
  worker.start();
  const stopping = worker.stop();
  world.clock.advance(100);
  await stopping;
  t.same(names, ['first']);
});

void t.test('until idle means: until a pass finds nothing', async (t) => {
  const clock = new VirtualClock();
  let left = 5;
  const worker = createWorker({
    steps: [{ name: 'one', run: async () => (left > 0 ? left-- : 0) }], clock, intervalMs: 1, log: logger().log,
  });
  await worker.runUntilIdle(2);
  t.equal(left, 3);
  await worker.runUntilIdle();
  t.equal(left, 0);
});

void t.test('a long backlog is worked off longest due first, and a lease begins with the work', async (t) => {
  const world = await DomainWorld.open(t);
  const ids = Array.from({ length: 900 }, (_, at) => `dom_${at}`);
  await seed(world, ...ids);
  await world.stores.domains.update({ domainId: 'dom_77' }, { set: { dueAt: world.clock.now() - 9 } });
  const ran: string[] = [];
  const prepared: number[] = [];
  // Each takes a while, so that the whole backlog takes far longer than one lease.
  const pass = async (id: string) => {
    ran.push(id);
    world.clock.advance(20);
    await turn();
    return 'gone' as const;
  };
  const { step } = sweepOf(world, pass, {
    prepare: async (due: readonly CustomDomain[]) => { prepared.push(due.length); }, leaseMs: 60_000, concurrency: 3,
  });
  const first = await step.run(running());
  t.ok(first > 100 && first <= 800, `${first} at a time: memory is bounded`);
  t.equal(ran[0], 'dom_77');
  t.same(prepared, [first], 'before any of it is begun');
  while (ran.length < ids.length) await step.run(running());
  t.equal(new Set(ran).size, ids.length, 'each once, though the last was begun long after the first lease');
});

void t.test('replicas begin at different places, and leave to each other what the other is working through', async (t) => {
  const world = await DomainWorld.open(t);
  await seed(world, ...Array.from({ length: 100 }, (_, at) => `dom_${at}`));
  const settledBy = async (record: CustomDomain) => {
    const { updated } = await world.stores.domains.update(
      { domainId: record.domainId }, { remove: ['dueAt', 'dueShard'], add: { revision: 1 } }, { equals: { revision: record.revision } });
    return updated ? 'settled' as const : 'lost' as const;
  };
  const tried = [0, 0];
  const unneeded = async () => { throw new Error('what is settled needs no pass'); };
  const steps = [0, 0.5].map((place, replica) => sweepOf(world, unneeded, {
    place, concurrency: 1,
    settle: async (record: CustomDomain) => {
      tried[replica] = (tried[replica] ?? 0) + 1;
      await turn();
      return settledBy(record);
    },
  }));
  await Promise.all(steps.map(({ step }) => step.run(running())));
  const [one = 0, other = 0] = tried;
  t.ok(one + other <= 120 && one >= 40 && other >= 40, `${one} and ${other} tries for 100 items`);
  t.equal(await steps[0]?.step.run(running()), 0, 'and nothing is left');
  t.same(steps.flatMap(({ entries }) => entries), []);
});

void t.test('a lease taken while the process was told to stop is given back', async (t) => {
  const world = await DomainWorld.open(t);
  await seed(world, 'dom_1', 'dom_2');
  const before = await world.stores.domains.get({ domainId: 'dom_1' });
  const stop = new AbortController();
  const table = world.replica({ after: ({ name }) => { if (name.endsWith('domains.update')) stop.abort(); } }).deps.stores.domains;
  const { step } = sweepOf(world, async () => { throw new Error('nothing is begun'); }, { table, concurrency: 1 });
  await step.run(stop.signal);
  const both = await Promise.all(['dom_1', 'dom_2'].map((domainId) => world.stores.domains.get({ domainId })));
  t.same(both.map((record) => record?.dueAt), [before?.dueAt, before?.dueAt], 'another replica can take it at once');
});

void t.test('the pause is short while there is a backlog', async (t) => {
  const clock = new VirtualClock();
  const found = [800, 100, 99];
  let passes = 0;
  const worker = createWorker({
    steps: [{ name: 'one', run: async () => found[passes++] ?? 0 }], clock, intervalMs: 1_000, log: logger().log,
  });
  worker.start();
  await turns();
  for (const expected of [2, 3, 3]) {
    clock.advance(100);
    await turns();
    t.equal(passes, expected);
  }
  clock.advance(900);
  await turns();
  t.equal(passes, 4);
  await worker.stop();
});
