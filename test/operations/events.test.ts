import t, { type Test } from 'tap';
import { domainChanges } from '../../src/domain/domain-events.ts';
import { openSqliteStores } from '../../src/adapters/sqlite/sqlite-stores.ts';
import { changeProject } from '../../src/operations/change-project.ts';
import { createProject } from '../../src/operations/create-project.ts';
import { deleteProject } from '../../src/operations/delete-project.ts';
import { finishDeployment } from '../../src/operations/finish-deployment.ts';
import { listEvents } from '../../src/operations/list-events.ts';
import { onBehalfOf } from '../../src/operations/origin.ts';
import { clearPin, setPin } from '../../src/operations/pin.ts';
import { promote } from '../../src/operations/promote.ts';
import { DEFAULT_EVENT_SETTINGS, recordEvents } from '../../src/operations/record-events.ts';
import { SeenEventsByProject } from '../../src/operations/seen-events.ts';
import { registerDeployment } from '../../src/operations/register-deployment.ts';
import type { SwitchDeps } from '../../src/operations/switch-deps.ts';
import { tendProject } from '../../src/operations/tend-project.ts';
import { undoRollback } from '../../src/operations/undo-rollback.ts';
import type { Stores } from '../../src/ports/stores.ts';
import { recordSweeps } from '../../src/worker/sweeps.ts';
import { checkRecord, eventRecordContract, owed, recorded } from '../ports/event-record-contract.ts';
import { DomainWorld } from '../support/domain-world.ts';
import { Crash, Gate, crashAt, type Fault } from '../support/failing-world.ts';
import { LEASE_MS, LiveWorld, SERVER, versionArn, type Replica } from '../support/live-world.ts';
import { memoryStores } from '../support/memory-table.ts';

/** `CRASH_MATRIX=full` dies around every call; by default around every sixth. */
const EXTENT = process.env['CRASH_MATRIX'] ?? 'short';
const CALLS_APART = EXTENT === 'full' ? 1 : 6;
const ROUNDS = EXTENT === 'full' ? 30 : 8;

const MOMENTS = ['before', 'after'] as const;

const BUILD = {
  commitSha: 'abcdef0', branch: 'main', version: 'v9', status: 'building', lambdaServerVersionArn: versionArn(SERVER, 2),
} as const;

/** Everything that a worker does for the record, on a healthy process, until nothing is due. */
async function work(w: LiveWorld, replica: Replica = w.replica()): Promise<void> {
  for (let pass = 0; pass < 6; pass++) {
    w.nowMs += LEASE_MS + 1;
    for (const { projectId } of await w.stores.projects.query({ index: 'byCreation', hash: 'project', order: 'ascending', limit: 9 })) {
      await tendProject(replica.deps, projectId);
    }
    await replica.background.drain();
    const log = { error: (details: object) => { throw (details as { err: Error }).err; } };
    for (const sweep of recordSweeps(replica.deps, { clock: replica.deps.clock, log, concurrency: 2 })) {
      await sweep.run(new AbortController().signal);
    }
  }
}

/** Whether anything is still owed by anybody. */
async function leftOwed(stores: Stores, projectId = 'p'): Promise<unknown[]> {
  const all = { hash: projectId, order: 'ascending', limit: 100 } as const;
  const [project, deployments, operations] = await Promise.all([
    stores.projects.get({ projectId }), stores.deployments.query(all), stores.operations.query(all),
  ]);
  return [project, ...deployments, ...operations].filter((item) => item?.owedEvents || (item !== project && item?.dueAt));
}

const ROLLBACK = [
  'operation.started', 'operation.step', 'operation.step', 'operation.step', 'operation.step', 'operation.succeeded',
  'project.pinned',
];

void t.test('a project\'s record', async (t) => {
  await t.test('in memory', async (t) => {
    const clock = { nowMs: 1_000_000 };
    await eventRecordContract(t, memoryStores(() => clock.nowMs), clock);
  });

  await t.test('in SQLite', async (t) => {
    const clock = { nowMs: 1_000_000 };
    const { stores, close } = openSqliteStores({ file: ':memory:', now: () => clock.nowMs });
    t.teardown(close);
    await eventRecordContract(t, stores, clock);
  });

  await t.test('as a process sees it that remembers its end', async (t) => {
    const clock = { nowMs: 1_000_000 };
    await eventRecordContract(t, memoryStores(() => clock.nowMs), clock, new SeenEventsByProject());
  });

  await t.test('is read no further back than this process has not seen it', async (t) => {
    const stores = memoryStores(() => 1_000_000);
    let rows = 0;
    const query = stores.events.query.bind(stores.events);
    stores.events.query = async (request) => {
      const page = await query(request);
      rows += page.length;
      return page;
    };
    const process = () => ({
      stores, clock: { now: () => 1_000_000, sleep: async () => undefined },
      events: { retentionMs: 60_000, onRecorded: () => undefined, seen: new SeenEventsByProject() },
    });
    const [one, other] = [process(), process()];
    for (let change = 0; change < 60; change++) await recordEvents(one, 'p', [owed(`one-${change}`, 1_000_000)]);
    t.equal(rows, 0, 'its own events it knows');
    await recordEvents(other, 'p', [owed('one-7', 1_000_000), owed('other', 1_000_000)]);
    t.equal(rows, 60, 'another process reads them once');
    await recordEvents(one, 'p', [owed('other', 1_000_000), owed('one-60', 1_000_000)]);
    t.equal(rows, 61, 'and what the other wrote is all there is to read');
    await recordEvents(one, 'p', [owed('long ago', 0)]);
    t.equal(rows, 61 + 62, 'an older event is looked for further back');
    checkRecord(t, await recorded(stores, 'p'));
    for (let project = 0; project < 501; project++) await recordEvents(one, `p${project}`, [owed('a', 1_000_000)]);
    rows = 0;
    await recordEvents(one, 'p', [owed('b', 1_000_000)]);
    t.equal(rows, 63, 'of more than 500 projects the one longest unused is forgotten');
    await recordEvents(one, 'much', Array.from({ length: 2_001 }, (_, index) => owed(`${index}`, 1_000_000)));
    rows = 0;
    await recordEvents(one, 'much', [owed('more', 1_000_000)]);
    t.equal(rows, 2_001, 'and one with too much to remember');
  });

  await t.test('in whatever order the writers\' calls arrive', async (t) => {
    const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31));
    t.comment(`replay with SEED=${seed}`);
    let state = seed;
    const random = (below: number) => {
      state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
      return state % below;
    };
    const nowMs = 1_000_000;
    const stores = memoryStores(() => nowMs);
    const turns = async (count: number) => {
      for (let turn = 0; turn < count; turn++) await new Promise(setImmediate);
    };
    const memories = [new SeenEventsByProject(), new SeenEventsByProject()];
    const slow: Fault = { before: () => turns(random(6)), after: () => turns(random(6)) };
    for (let round = 0; round < ROUNDS; round++) {
      const keys = Array.from({ length: 12 }, (_, index) => `r${round}-${index}`);
      await Promise.all(Array.from({ length: 6 }, (_, writer) => {
        const gate = new Gate(slow);
        // Three processes, of which one remembers nothing.
        const seen = memories[writer % 3];
        // Clocks that differ, and events that several have to tell.
        const skewMs = random(2_000);
        const deps = { stores: gate.wrapAll(stores, 'store'), clock: { now: () => nowMs + skewMs, sleep: async () => undefined },
          ...(seen && { events: { ...DEFAULT_EVENT_SETTINGS, seen } }) };
        return recordEvents(deps, 'p', keys.slice(random(6), 6 + random(6)).map((key) => owed(key, nowMs)));
      }));
    }
    checkRecord(t, await recorded(stores, 'p'));
  });
});

void t.test('changes are told with who asked for them', async (t) => {
  const w = await LiveWorld.open({ probe: { url: 'https://shop.example.com/build', header: 'x-build' } });
  t.teardown(() => w.close());
  const { deps, background, ...replica } = w.replica();
  const actor = { caller: 'ada', address: '203.0.113.7', requestId: 'r-1' };
  const told = async (projectId = 'p') => (await recorded(w.stores, projectId)).map(({ type, data, actor: who }) => ({ type, data, who }));
  let seen = 0;
  const news = async (projectId = 'p') => {
    await background.drain();
    const all = await told(projectId);
    return all.slice(seen, seen = all.length);
  };

  await t.test('a rollback, its steps, its pin, and that it was seen live', async (t) => {
    const { operationId, deploymentId } = await onBehalfOf(actor, () => replica.rollBack('dep-1'));
    await background.drain();
    while ((await w.project()).dueAt !== undefined) {
      w.nowMs += 500;
      await replica.recover();
    }
    const events = await news();
    t.same(events.map(({ type }) => type), [...ROLLBACK, 'live.confirmed']);
    t.match(events[0], { data: { operationId, kind: 'rollback', targetDeploymentId: 'dep-1' }, who: actor });
    t.match(events.find(({ type }) => type === 'operation.succeeded'), {
      data: { operationId, deploymentId, previousVersion: '3', newVersion: '1' }, who: actor,
    });
    t.match(events.find(({ type }) => type === 'project.pinned'), { data: { reason: 'rolled back', operationId } });
    t.match(events.at(-1), { data: { operationId, deploymentId }, who: undefined });
  });

  await t.test('an undo, which lifts that pin', async (t) => {
    await onBehalfOf(actor, () => undoRollback(deps)('p', { caller: 'ada' }));
    t.match((await news()).map(({ type }) => type).slice(-2), ['operation.succeeded', 'project.unpinned']);
  });

  await t.test('a failure, with its cause', async (t) => {
    const broken = w.replica({ before: ({ name }) => {
      if (name === 'functions.moveAlias') throw Object.assign(new Error('x'), { name: 'x' });
    } });
    await t.rejects(promote(broken.deps)('p', { deploymentId: 'dep-2', caller: 'ada' }));
    await work(w);
    const undone = (await news()).find(({ type }) => type === 'operation.undone');
    t.match(undone, { type: 'operation.undone', data: { kind: 'promote', cause: /died/ }, who: { caller: 'ada' } });
  });

  await t.test('a refusal is no change', async (t) => {
    await t.rejects(replica.rollBack('nothing'), { code: 'deployment_not_found' });
    t.same(await news(), []);
  });

  await t.test('pins', async (t) => {
    await onBehalfOf(actor, () => setPin(deps)('p', { reason: 'freeze', caller: 'ada', expiresAt: w.nowMs + 1_000 }));
    await clearPin(deps)('p');
    await clearPin(deps)('p');
    t.same(await news(), [
      { type: 'project.pinned', data: { reason: 'freeze', expiresAt: w.nowMs + 1_000 }, who: actor },
      { type: 'project.unpinned', data: {}, who: undefined },
    ], 'and a pin that is not there cannot be lifted');
  });

  await t.test('builds', async (t) => {
    const { deploymentId } = await onBehalfOf(actor, () => registerDeployment(deps)('p', BUILD));
    await finishDeployment(deps)('p', deploymentId, { status: 'deployed' });
    const data = { deploymentId, version: 'v9' };
    t.match(await news(), [
      { type: 'deployment.registered', data: { ...data, status: 'building' }, who: actor },
      { type: 'deployment.finished', data: { ...data, status: 'deployed' } },
    ]);
  });

  await t.test('drift, once', async (t) => {
    const watching = w.replica({}, { aliasCheckMs: 1_000 });
    await watching.rollBack('dep-2');
    await watching.recover();
    await work(w, watching);
    await news();
    await w.functions.moveAlias(SERVER, { version: '3', weights: {} });
    await work(w, watching);
    await work(w, watching);
    t.match(await news(), [{ type: 'drift.found', data: { server: { expected: '2', found: '3' } }, who: undefined }]);
  });

  await t.test('projects, whose record outlives them', async (t) => {
    const { projectId } = await onBehalfOf(actor, () => createProject(deps)({ name: 'Shop' }));
    await changeProject(deps)(projectId, { name: 'Shop' });
    await changeProject(deps)(projectId, { name: 'Store', distributionId: 'E1' });
    await background.drain();
    await registerDeployment({ ...deps, inBackground: () => undefined })(projectId, { ...BUILD, lambdaServerVersionArn: '' })
      .catch(() => undefined);
    await deleteProject(deps)(projectId);
    t.same(await told(projectId), [
      { type: 'project.created', data: { name: 'Shop' }, who: actor },
      { type: 'project.changed', data: { changed: ['name', 'distributionId'] }, who: undefined },
      { type: 'project.deleted', data: { name: 'Store' }, who: undefined },
    ]);
    const { items, nextCursor } = await listEvents(deps)(projectId, {}, { limit: 2 });
    t.match(items, [{ type: 'project.deleted' }, { type: 'project.changed' }]);
    t.match(await listEvents(deps)(projectId, {}, { limit: 2, cursor: nextCursor }), { items: [{ type: 'project.created' }] });
    t.match((await listEvents(deps)(projectId, { type: 'project.created' }, { limit: 2 })).items.length, 1);
    await t.rejects(listEvents(deps)('nobody', {}, { limit: 2 }), { code: 'project_not_found' });
  });
});

interface Flow {
  readonly title: string;
  readonly act: (deps: SwitchDeps, replica: Replica) => Promise<unknown>;
  /** What is told when it was done. */
  readonly events: readonly string[];
}

const FLOWS: readonly Flow[] = [
  { title: 'a rollback', act: (_, replica) => replica.rollBack('dep-1'), events: ROLLBACK },
  { title: 'a pin', act: (deps) => setPin(deps)('p', { reason: 'freeze', caller: 'ada' }), events: ['project.pinned'] },
  { title: 'a change of the project', act: (deps) => changeProject(deps)('p', { name: 'New' }), events: ['project.changed'] },
  { title: 'a build', act: (deps) => registerDeployment(deps)('p', BUILD), events: ['deployment.registered'] },
];

/** What must have been told, by what the records say. */
async function happened(w: LiveWorld): Promise<string[]> {
  const project = await w.project();
  const deployments = await w.deployments();
  const operations = await w.stores.operations.query({ hash: 'p', order: 'ascending', limit: 9 });
  return [
    ...operations.map(({ state }) => `operation.${state}`),
    ...(project.pin ? ['project.pinned'] : []), ...(project.name === 'New' ? ['project.changed'] : []),
    ...deployments.filter(({ version }) => version === 'v9').map(() => 'deployment.registered'),
  ].sort();
}

void t.test('a process may die at any call between a change and its events', async (t) => {
  for (const { title, act, events: expected } of FLOWS) {
    await t.test(title, async (t) => {
      const open = async (fault?: Fault) => {
        const w = await LiveWorld.open();
        t.teardown(() => w.close());
        return { w, replica: w.replica(fault) };
      };
      const rehearsal = await open();
      await act(rehearsal.replica.deps, rehearsal.replica);
      await rehearsal.replica.background.drain();
      const calls = rehearsal.replica.gate.calls.length;
      t.same((await recorded(rehearsal.w.stores, 'p')).map(({ type }) => type), expected, 'undisturbed, all is told at once');
      for (const [first, moment] of MOMENTS.entries()) {
        // The two are met at other calls.
        for (let index = 1 + first * Math.floor(CALLS_APART / 2); index <= calls; index += CALLS_APART) {
          await dies(t, await open(crashAt(index, moment)), act, `${moment} call ${index}`);
        }
      }
    });
  }
});

async function dies(t: Test, { w, replica }: { w: LiveWorld; replica: Replica }, act: Flow['act'], when: string): Promise<void> {
  await act(replica.deps, replica).catch((error: unknown) => {
    if (!(error instanceof Crash)) t.equal((error as { code?: string }).code, 'operation_unfinished', when);
  });
  await replica.background.drain();
  await work(w);
  const events = await recorded(w.stores, 'p');
  const told = events.map(({ type }) => type).filter((type) => !/started|step/.test(type)).sort();
  const wanted = await happened(w);
  if (JSON.stringify(told) !== JSON.stringify(wanted)) t.same(told, wanted, when);
  checkRecord(t, events);
  const left = await leftOwed(w.stores);
  if (left.length > 0) t.same(left, [], when);
  await w.close();
}

void t.test('a domain tells its way from being added to being gone', async (t) => {
  const w = await DomainWorld.open(t);
  const replica = w.replica();
  const domain = await w.add(replica, 'shop.example.com');
  w.setRecord(domain);
  await w.until(t, replica, 'it is active', async () => await w.phase('shop.example.com') === 'active');
  const active = await w.domain('shop.example.com');
  if (!active) return t.fail('it is not there');
  const typesOf = (change: Partial<typeof active>) => domainChanges(active, { ...active, ...change }, 1).map(({ type }) => type);
  t.same(typesOf({ reason: 'something else' }), []);
  t.same(typesOf({ renewalAtRiskSince: 1 }), ['domain.status_changed', 'domain.renewal_at_risk']);
  t.same(typesOf({ phase: 'drifted' }), ['domain.status_changed', 'domain.drift_found']);
  t.same(typesOf({ phase: 'challenging' }), ['domain.status_changed'], 'every other status as well');
  await onBehalfOf({ caller: 'ada' }, () => replica.operations.removeDomain('p1', domain.domainId));
  await w.until(t, replica, 'it is gone', async () => await w.phase('shop.example.com') === 'gone');
  const events = await recorded(w.stores, 'p1');
  checkRecord(t, events);
  const named = { domainId: domain.domainId, domain: 'shop.example.com' };
  const changed = (from: string, to: string) => ({ type: 'domain.status_changed', data: { ...named, from, to } });
  t.match(events, [
    { type: 'domain.added', data: named },
    changed('pending_validation', 'deploying'), changed('deploying', 'active'),
    { ...changed('active', 'deleting'), actor: { caller: 'ada' } },
    { type: 'domain.removed', data: named },
  ]);
  t.equal(events.length, 5);
});
