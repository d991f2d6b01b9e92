import { openSqliteStores } from '../src/adapters/sqlite/sqlite-stores.ts';
import { VirtualClock } from '../test/support/virtual-clock.ts';
import { anchorReplica, DescribeLoop, evenPace, type Surroundings } from './domain-contestants.ts';
import { addFresh, addProject, countedStores, DISTRIBUTION, type StoreCounts } from './domain-store.ts';
import { answerParent } from './parent-channel.ts';
import { StandInAws } from './stand-in-aws.ts';

/** One run of one contestant, in a process of its own so that its memory is its own. */
export interface Scenario {
  readonly who: 'anchor' | 'loop';
  readonly file: string;
  readonly domains: number;
  readonly pending: number;
  readonly replicas: number;
  /** Domains whose records appear together after the sweep. */
  readonly fresh: number;
}

export interface Sweep {
  readonly awsCalls: Readonly<Record<string, number>>;
  readonly throttled: number;
  readonly storeCalls: Readonly<Record<string, number>>;
  readonly domainRecordsRead: number;
  readonly cpuMs: number;
  /** By the clock of the scenario: how long the sweep takes within the rates. */
  readonly tookSeconds: number;
}

export interface Activation {
  /** Seconds from the record in DNS to active, for each domain. */
  readonly seconds: readonly number[];
  readonly awsCalls: Readonly<Record<string, number>>;
  readonly throttled: number;
  readonly distributionChanges: number;
}

export interface ScenarioResult {
  readonly sweep: Sweep;
  readonly activation: Activation | undefined;
  readonly heapMb: number;
  readonly peakRssMb: number;
}

/** Between the sweep and the records: when what was swept comes due again, so that the new ones meet a backlog. */
const LATER_MS = 15 * 60_000;

answerParent({ run: (scenario) => run(scenario as Scenario) });

async function run(scenario: Scenario): Promise<ScenarioResult> {
  const clock = new VirtualClock({ quietTurns: 2 });
  const counts: StoreCounts = { calls: {}, items: {} };
  const sqlite = openSqliteStores({ file: scenario.file, now: () => clock.now() });
  const aws = new StandInAws(clock, scenario.pending);
  const world: Surroundings = { aws, clock, stores: countedStores(sqlite.stores, counts) };
  await addProject(sqlite.stores, clock.now());
  const contestants = scenario.who === 'anchor' ? anchors(world, scenario) : loops(world, scenario);

  const [startedAt, cpu] = [clock.now(), process.cpuUsage()];
  await clock.run(contestants.sweep());
  const used = process.cpuUsage(cpu);
  const heapMb = megabytes(process.memoryUsage().heapUsed);
  const { domains: items = 0 } = counts.items;
  const sweep: Sweep = {
    awsCalls: { ...aws.calls }, throttled: aws.throttled, storeCalls: { ...counts.calls },
    domainRecordsRead: items + (counts.calls['domains.get'] ?? 0),
    cpuMs: Math.round((used.user + used.system) / 1_000), tookSeconds: Math.round((clock.now() - startedAt) / 1_000),
  };
  const activation = scenario.fresh > 0 ? await activate({ aws, stores: sqlite.stores }, clock, scenario, contestants) : undefined;
  sqlite.close();
  return { sweep, activation, heapMb, peakRssMb: megabytes(process.resourceUsage().maxRSS * 1_024) };
}

interface Contestants {
  /** Every pending domain is looked at once. */
  sweep(): Promise<unknown>;
  /** Until the given domains are active; answers when each was. */
  untilActive(domainIds: readonly string[]): Promise<number[]>;
  /** Where in what is due the n-th of `of` new domains stands. */
  dueAt(n: number, of: number): number;
}

async function activate(
  { aws, stores }: Pick<Surroundings, 'aws' | 'stores'>, clock: VirtualClock, { domains, fresh }: Scenario,
  contestants: Contestants,
): Promise<Activation> {
  clock.advance(LATER_MS);
  const readyAt = clock.now();
  const domainIds: string[] = [];
  for (let n = 0; n < fresh; n++) {
    domainIds.push(await addFresh(stores, domains + n, aws.ready(), readyAt, contestants.dueAt(n, fresh)));
  }
  const [callsBefore, throttledBefore] = [{ ...aws.calls }, aws.throttled];
  const activeAt = await clock.run(contestants.untilActive(domainIds));
  const awsCalls = Object.fromEntries(
    Object.entries(aws.calls).map(([call, count]) => [call, count - (callsBefore[call] ?? 0)]));
  return {
    seconds: activeAt.map((at) => Math.round((at - readyAt) / 1_000)), awsCalls,
    throttled: aws.throttled - throttledBefore, distributionChanges: aws.changesOf(DISTRIBUTION),
  };
}

function anchors(world: Surroundings, { replicas }: Scenario): Contestants {
  const { clock, stores } = world;
  const workers = Array.from({ length: replicas }, (_, replica) => anchorReplica(world, replica, replicas));
  return {
    // Real replicas are never at the same point in the same millisecond.
    sweep: () => Promise.all(workers.map(async (worker, replica) => {
      await clock.sleep(replica * 7);
      await worker.runUntilIdle(10_000);
    })),
    async untilActive(domainIds) {
      workers.forEach((worker) => worker.start());
      const activeAt = new Map<string, number>();
      while (activeAt.size < domainIds.length) {
        await clock.sleep(1_000);
        for (const domainId of domainIds) {
          if (activeAt.has(domainId)) continue;
          const record = await stores.domains.get({ domainId });
          if (record?.phase === 'active') activeAt.set(domainId, record.activatedAt ?? clock.now());
        }
      }
      await Promise.all(workers.map((worker) => worker.stop()));
      return [...activeAt.values()];
    },
    // Looked at every ten seconds, each at its own moment.
    dueAt: (n, of) => clock.now() + n / of * 10_000,
  };
}

function loops(world: Surroundings, { replicas, pending }: Scenario): Contestants {
  const pace = evenPace(world.clock);
  const all = Array.from({ length: replicas }, (_, replica) => new DescribeLoop(world, pace, replica, replicas));
  const begunAt = world.clock.now();
  return {
    sweep: () => Promise.all(all.map((loop) => loop.round())),
    async untilActive(domainIds) {
      const count = () => all.reduce((sum, loop) => sum + loop.activeAt.size, 0);
      await Promise.all(all.map((loop) => loop.rounds(() => count() === domainIds.length)));
      return all.flatMap((loop) => [...loop.activeAt.values()]);
    },
    // It goes through the domains in this order, so the new ones stand evenly among them.
    dueAt: (n, of) => begunAt - Math.floor(n / of * pending) - 0.5,
  };
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1_048_576);
}
