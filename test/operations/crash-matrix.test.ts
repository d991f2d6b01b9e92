import t from 'tap';
import { LOCAL_FOLLOW_UPS } from '../../src/domain/follow-up-settings.ts';
import { promote } from '../../src/operations/promote.ts';
import { rollBack } from '../../src/operations/roll-back.ts';
import type { SwitchDeps } from '../../src/operations/switch-deps.ts';
import { tendProject } from '../../src/operations/tend-project.ts';
import { undoRollback } from '../../src/operations/undo-rollback.ts';
import { createBackground, type Background } from '../../src/worker/background.ts';
import { dueSweep } from '../../src/worker/due-sweep.ts';
import { brokenInvariants } from '../simulation/rollback-invariants.ts';
import type { Told } from '../simulation/rollback-simulation.ts';
import { ALIAS, SimulatedWorld } from '../simulation/simulated-world.ts';
import { Crash, crashAt, Gate, type Fault } from '../support/failing-world.ts';

const PROJECT = 'p';
const LEASE_MS = 10_000;
const MOMENTS = ['before', 'after'] as const;
/**
 * `full`: the recovery dies as well after every death of every flow, and not only after some in those that have most
 * calls; and processes die also while they record events, which `events.test.ts` is about.
 */
const EXTENT = process.env['CRASH_MATRIX'] ?? 'short';

/** One server process. */
interface Process {
  readonly deps: SwitchDeps;
  readonly gate: Gate;
  readonly background: Background;
}

function startProcess(world: SimulatedWorld, fault: Fault = {}): Process {
  const gate = new Gate(fault);
  const background = createBackground((error) => {
    if (!(error instanceof Crash)) throw error;
  });
  const { events, feeds } = world.stores;
  const deps: SwitchDeps = {
    stores: { ...gate.wrapAll(world.stores, 'store'), ...(EXTENT !== 'full' && { events, feeds }) },
    functions: gate.wrap(world.functions, 'functions'),
    distributions: gate.wrap(world.distributions, 'distributions'),
    probe: gate.wrap({ ask: async (url: string) => ({ kind: 'value', value: world.servedBy(url) }) }, 'probe'),
    clock: { now: () => world.nowMs, sleep: async (delayMs) => { world.nowMs += delayMs; } },
    ids: { next: (prefix) => world.newId(prefix) },
    defaults: {
      serverFunctionName: undefined, imageFunctionName: undefined,
      distributionId: undefined, distributionDomain: undefined,
    },
    settings: {
      aliasName: ALIAS, leaseMs: LEASE_MS, budgetMs: 5_000, followUps: { ...LOCAL_FOLLOW_UPS, aliasCheckMs: 0 },
    },
    inBackground: background.run,
  };
  return { deps, gate, background };
}

/** A change of live, and what came before it. */
interface Flow {
  readonly title: string;
  readonly withImage: boolean;
  readonly prepare: (world: SimulatedWorld, healthy: SwitchDeps) => Promise<void>;
  readonly kind: Told['kind'];
  readonly act: (deps: SwitchDeps) => Promise<{ readonly operationId: string }>;
  /** The version everything is on when it has been done, and when it has not. */
  readonly to: string;
  readonly from: string;
}

const caller = 'ada';
const toBuild = (build: number) => ({ targetDeploymentId: `dep-${build}`, caller });

function flows(): Flow[] {
  return [false, true].flatMap((withImage): Flow[] => {
    const title = (what: string) => `${what}, ${withImage ? 'two functions' : 'one function'}`;
    const rollback = {
      withImage, kind: 'rollback', act: (deps: SwitchDeps) => rollBack(deps)(PROJECT, toBuild(1)),
    } as const;
    const promotion = {
      withImage, kind: 'promote', act: (deps: SwitchDeps) => promote(deps)(PROJECT, { deploymentId: 'dep-1', caller }),
    } as const;
    const undo = {
      withImage, kind: 'undo', act: (deps: SwitchDeps) => undoRollback(deps)(PROJECT, { caller }),
    } as const;
    const unknown = { from: '3', to: '1', prepare: async () => undefined };
    const known = {
      from: '2', to: '1',
      prepare: async (_world: SimulatedWorld, deps: SwitchDeps) => {
        await rollBack(deps)(PROJECT, { ...toBuild(2), pin: false });
      },
    };
    return [
      { ...rollback, ...unknown, title: title('a rollback, aliases not known') },
      { ...rollback, ...known, title: title('a rollback, aliases known') },
      { ...promotion, ...unknown, title: title('a promote, aliases not known') },
      { ...promotion, ...known, title: title('a promote, aliases known') },
      { ...undo, ...known, to: '3', title: title('an undo') },
      {
        ...undo, title: title('an undo of the second rollback'), from: '1', to: '2',
        prepare: async (world, deps) => {
          await known.prepare(world, deps);
          await rollBack(deps)(PROJECT, toBuild(1));
        },
      },
    ];
  });
}

async function prepared(flow: Flow, withProbe: boolean): Promise<SimulatedWorld> {
  const world = new SimulatedWorld();
  await world.addProject(PROJECT, { withImage: flow.withImage, withDistribution: withProbe, withProbe });
  const healthy = startProcess(world);
  await flow.prepare(world, healthy.deps);
  await rest(world);
  return world;
}

/** Leases run out, and healthy processes work until nothing is due. */
async function rest(world: SimulatedWorld): Promise<void> {
  const { deps, background } = startProcess(world);
  const sweep = dueSweep({
    name: 'projects', table: deps.stores.projects, keyOf: ({ projectId }) => ({ projectId }),
    pass: async ({ projectId }) => {
      await tendProject(deps, projectId);
      return 'later';
    },
    clock: deps.clock, concurrency: 1,
    log: { error: (details) => { throw (details as { err: Error }).err; } },
  });
  for (let passes = 0; passes < 30; passes++) {
    world.nowMs += LEASE_MS + 1;
    const due = await sweep.run(new AbortController().signal);
    await background.drain();
    if (due === 0) return;
  }
  throw new Error('background work never becomes idle');
}

interface Outcome {
  readonly problems: readonly string[];
  /** What the process that died, or the recovery that died after it, had asked for until then. */
  readonly calls: readonly string[];
  readonly died: boolean;
}

/** The process that changes what is live dies, then perhaps the one that recovers from it, then all is well again. */
async function scenario(flow: Flow, fault: Fault, recoveryFault?: Fault): Promise<Outcome> {
  // What follows a switch is asked once; it would make every double crash three times as long.
  const world = await prepared(flow, !recoveryFault);
  const first = startProcess(world, fault);
  const operationId = world.newId('op');
  const ids = { next: (prefix: string) => (prefix === 'op' ? operationId : world.newId(prefix)) };
  const told: Told = await flow.act({ ...first.deps, ids }).then(
    (result) => ({ operationId, kind: flow.kind, answer: 'done', detail: '', resultOperationId: result.operationId }),
    (error: unknown) => {
      // Nobody hears what a dead process says last.
      if (!first.gate.dead) throw error;
      return { operationId, kind: flow.kind, answer: 'open', detail: 'the process died' };
    },
  );
  await first.background.drain();
  const last = recoveryFault ? await recoverAndDie(world, recoveryFault) : first;
  await rest(world);
  const problems = [...await brokenInvariants(world, [told]), ...wrongEnd(world, flow, operationId)];
  return { problems, calls: last.gate.calls, died: last.gate.dead };
}

async function recoverAndDie(world: SimulatedWorld, fault: Fault): Promise<Process> {
  world.nowMs += LEASE_MS + 1;
  const second = startProcess(world, fault);
  await tendProject(second.deps, PROJECT).catch((error: unknown) => {
    if (!second.gate.dead) throw error;
  });
  await second.background.drain();
  return second;
}

function wrongEnd(world: SimulatedWorld, { from, to }: Flow, operationId: string): string[] {
  const succeeded = world.watch.operations.get(operationId)?.ended?.state === 'succeeded';
  const expected = succeeded ? to : from;
  return world.functionNames(PROJECT)
    .filter((name) => world.lambda.aliases.get(name, ALIAS).version !== expected)
    .map((name) => `${name} is not on ${expected}, although the operation ${succeeded ? 'succeeded' : 'did not succeed'}`);
}

for (const flow of flows()) {
  void t.test(`crash matrix: ${flow.title}`, async (t) => {
    const rehearsal = await scenario(flow, {});
    t.same(rehearsal.problems, [], 'nobody dies');
    const sites = MOMENTS.flatMap((moment) => rehearsal.calls.map((name, index) => ({ moment, name, index: index + 1 })));
    for (const { moment, name, index } of sites) {
      const { died, problems } = await scenario(flow, crashAt(index, moment));
      t.same([died, ...problems], [true], `dies ${moment} call ${index}, ${name}`);
    }
    if (EXTENT !== 'full' && !flow.withImage) return;
    let recoveries = 0;
    const problems: string[] = [];
    const deaths = EXTENT === 'full' ? sites : sites.filter((_, at) => at % 5 === 0);
    for (const { moment, name, index } of deaths) {
      for (const again of MOMENTS) {
        for (let call = 1; ; call++) {
          const double = await scenario(flow, crashAt(index, moment), crashAt(call, again));
          if (!double.died) break;
          recoveries += 1;
          const last = double.calls.at(-1);
          const where = `dies ${moment} call ${index}, ${name}, then the recovery ${again} its call ${call}, ${last}`;
          problems.push(...double.problems.map((problem) => `${where}: ${problem}`));
        }
      }
    }
    t.ok(recoveries > deaths.length, `the recovery dies as well, at ${recoveries} moments`);
    t.same(problems, [], 'which the next one makes good');
  });
}
