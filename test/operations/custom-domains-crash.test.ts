import t from 'tap';
import type { Test } from 'tap';
import type { EdgeMode } from '../../src/domain/project-edge.ts';
import { checkRecord, recorded } from '../ports/event-record-contract.ts';
import { DomainWorld } from '../support/domain-world.ts';
import type { CallSite } from '../support/failing-world.ts';
import { Crash } from '../support/failing-world.ts';
import { isWrite, Restarting } from '../support/restarting.ts';

/** `CRASH_STRIDE=1` dies after every write of the stories; by default after every fortieth one, or eightieth. */
const STRIDE = Number(process.env.CRASH_STRIDE ?? 40);
const [A, B, C] = ['one.example.com', 'two.example.org', '*.three.example.net'];

async function story(t: Test, world: DomainWorld, process: Restarting, mode: EdgeMode): Promise<void> {
  const add = async (domain: string, projectId: string) => {
    await process.do(({ operations }) => operations.addDomain(projectId, { domain }));
    await process.until(t, `${domain} has its record`, async () => (await world.domain(domain))?.validation !== undefined);
    const { recordName, recordValue } = (await process.do(({ operations }) => operations.addDomain(projectId, { domain })))
      .domain.dnsInstructions;
    world.cloud.zone.set({ name: recordName ?? '', type: 'CNAME', values: [recordValue ?? ''] });
  };
  const active = async (...names: string[]) => {
    const phases = await Promise.all(names.map((name) => world.phase(name)));
    return phases.every((phase) => phase === 'active');
  };
  await add(A, 'p1');
  await process.until(t, 'the first is active', () => active(A));
  await add(B, 'p1');
  await add(C, 'p2');
  await process.until(t, 'all are active', () => active(A, B, C));
  const first = await world.domain(A);
  await process.do(async ({ operations }) => {
    await operations.removeDomain('p1', first?.domainId ?? '').catch((error: unknown) => {
      if (error instanceof Crash) throw error;
    });
  });
  await process.until(t, 'the first is gone', async () => await world.phase(A) === 'gone');
  await process.until(t, 'nothing is left to do', async () => {
    const edge = await world.edge();
    if (mode === 'tenant') return edge === undefined;
    return edge?.next === undefined && edge?.retired.length === 0 && edge.serving?.names.length === 2;
  });
  t.ok(await active(B, C));
  await process.until(t, 'nothing is left to tell', () => owesNothing(world));
  await world.checkTidy(t);
  await told(t, world);
}

const UP = ['domain.added', 'deploying', 'active'] as const;

function told(t: Test, world: DomainWorld): Promise<void> {
  return toldWays(t, world, [['p1', A, [...UP, 'deleting', 'domain.removed']], ['p1', B, UP], ['p2', C, UP]]);
}

/** A change may be made and its event not recorded yet: the process died in between. */
async function owesNothing(world: DomainWorld): Promise<boolean> {
  return (await world.allDomains()).every(({ owedEvents }) => owedEvents === undefined);
}

type Way = readonly [projectId: string, name: string | undefined, told: readonly string[]];

/** Whoever died when: each change is told once, in its order. */
async function toldWays(t: Test, { stores }: DomainWorld, ways: readonly Way[]): Promise<void> {
  for (const [projectId, name, way] of ways) {
    const events = await recorded(stores, projectId);
    checkRecord(t, events);
    const own = events.filter(({ data }) => 'domain' in data && data.domain === name);
    t.same(own.map((event) => (event.type === 'domain.status_changed' ? event.data.to : event.type)), way);
  }
}

/** A name goes from one project to the other, is given back there, and comes home; each time for a proof. */
async function takeover(t: Test, world: DomainWorld, process: Restarting): Promise<void> {
  const record = async (projectId: string) => (await world.allDomains()).find((each) => each.projectId === projectId);
  const is = (projectId: string, phase: string) => process.until(t, `${projectId} is ${phase}`, async () => (
    ((await record(projectId))?.phase ?? 'gone') === phase
  ));
  const add = async (projectId: string, takeOver: boolean) => {
    const ask = () => process.do(({ operations }) => operations.addDomain(projectId, { domain: A, takeOver }));
    if ((await ask()).domain.ownershipChallenge) world.prove((await ask()).domain);
    await process.until(t, `${projectId} has its record`, async () => (await record(projectId))?.validation !== undefined);
    world.setRecord((await ask()).domain);
    await is(projectId, 'active');
  };
  const remove = async (projectId: string) => {
    const domainId = (await record(projectId))?.domainId ?? '';
    await process.do(async ({ operations }) => {
      await operations.removeDomain(projectId, domainId).catch((error: unknown) => {
        if (error instanceof Crash) throw error;
      });
    });
    await is(projectId, 'gone');
  };
  await add('p1', false);
  await add('p2', true);
  await is('p1', 'failed');
  await remove('p1');
  await remove('p2');
  t.match(await world.stores.hostnames.get({ hostname: A }), { projectId: 'p2', releasedAt: Number });
  await add('p1', false);
  t.match(await world.stores.hostnames.get({ hostname: A }), { projectId: 'p1', provenAt: Number });
  await process.until(t, 'nothing is left to do', async () => ((await world.edge())?.retired.length ?? 0) === 0);
  await process.until(t, 'nothing is left to tell', () => owesNothing(world));
  await world.checkTidy(t);
  const [proven, gone] = [['domain.added', 'pending_validation', 'deploying', 'active'], ['deleting', 'domain.removed']];
  await toldWays(t, world, [['p1', A, [...UP, 'deleting', 'failed', ...gone, ...proven]], ['p2', A, [...proven, ...gone]]]);
}

/** `CRASH_MODE=tenant` tells the stories in one mode alone. */
const MODES = (['distribution', 'tenant'] as const).filter((mode) => mode === (process.env.CRASH_MODE ?? mode));
/** By mode, so that both are met at other points by default. */
const FIRST_FATAL = { distribution: 1, tenant: 2 };

for (const mode of MODES) {
  void t.test(`a process may die at any point of the story of three domains in mode ${mode}`, async (t) => (
    dieAnywhere(t, mode, story, STRIDE)
  ));

  void t.test(`a process may die at any point of a takeover in mode ${mode}`, async (t) => (
    dieAnywhere(t, mode, takeover, STRIDE > 1 ? 2 * STRIDE : 1)
  ));
}

async function dieAnywhere(t: Test, mode: EdgeMode, tell: typeof story, stride: number): Promise<void> {
  let writes = 0;
  const calm = await DomainWorld.open(t, { mode });
  const count = () => ({ after: (call: CallSite) => { if (isWrite(call)) writes += 1; } });
  await tell(t, calm, new Restarting(calm, count), mode);
  t.ok(writes > 40, `${writes} writes`);
  for (let fatal = Math.min(FIRST_FATAL[mode], stride); fatal <= writes; fatal += stride) {
    const world = await DomainWorld.open(t, { mode });
    let count = 0;
    let last = '';
    const process = new Restarting(world, (die) => ({ after: (call) => {
      if (!isWrite(call) || ++count !== fatal) return;
      last = call.name;
      die();
    } }));
    await tell(t, world, process, mode);
    t.equal(process.deaths, 1, `died after write ${fatal}, ${last}`);
    world.close();
  }
}
