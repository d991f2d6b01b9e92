import { AnchorError } from '../../src/domain/errors.ts';
import { clearPin, setPin } from '../../src/operations/pin.ts';
import { promote } from '../../src/operations/promote.ts';
import { rollBack } from '../../src/operations/roll-back.ts';
import type { SwitchDeps } from '../../src/operations/switch-deps.ts';
import { tendProject } from '../../src/operations/tend-project.ts';
import { undoRollback } from '../../src/operations/undo-rollback.ts';
import { CloudError } from '../../src/ports/cloud-error.ts';
import { dueSweep } from '../../src/worker/due-sweep.ts';
import { Crash } from '../support/failing-world.ts';
import { FaultProfile } from './fault-profile.ts';
import { brokenInvariants } from './rollback-invariants.ts';
import { Scheduler } from './scheduler.ts';
import { SeededRandom } from './seeded-random.ts';
import { LEASE_MS, onlyExpected, SimulatedReplica } from './simulated-replica.ts';
import { BUILDS, SimulatedWorld } from './simulated-world.ts';

/** What a caller was told. */
export interface Told {
  readonly operationId: string;
  readonly kind: 'rollback' | 'promote' | 'undo';
  /** `definite`: it has not happened and will not. `open`: nobody knows yet. */
  readonly answer: 'done' | 'definite' | 'open';
  readonly detail: string;
  readonly resultOperationId?: string;
}

export interface SimulationResult {
  readonly seed: number;
  /** Empty when everything held. */
  readonly problems: readonly string[];
  readonly trace: readonly string[];
  readonly told: readonly Told[];
  readonly turns: number;
}

const MOST_TURNS = 20_000;
/** How long everything may stand still at once: within a request's budget, beyond it, beyond a lease. */
const JUMPS_MS = [500, 3_000, 6_000, 11_000, 25_000];

/**
 * Several servers on one store and one Lambda, with callers, accidents, and people who move aliases by
 * hand; all of it chosen by `seed`. Afterwards the accidents stop, background work runs until it is idle,
 * and everything is checked.
 */
export async function simulate(seed: number, options: { readonly traced?: boolean } = {}): Promise<SimulationResult> {
  const { stackTraceLimit } = Error;
  // Most of the time of a schedule would go into the stacks of errors that are part of it.
  if (!options.traced) Error.stackTraceLimit = 0;
  try {
    return await new RollbackSimulation(seed, options.traced ?? false).run();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

class RollbackSimulation {
  readonly #seed: number;
  readonly #random: SeededRandom;
  readonly #world: SimulatedWorld;
  readonly #faults: FaultProfile;
  readonly #scheduler: Scheduler;
  readonly #replicas: SimulatedReplica[] = [];
  readonly #told: Told[] = [];
  readonly #trace: string[] = [];
  readonly #traced: boolean;
  #jumpRate: number;
  #aliasCheckMs: number;
  #started = 0;
  #callersLeft = 0;

  constructor(seed: number, traced: boolean) {
    this.#seed = seed;
    this.#traced = traced;
    this.#random = new SeededRandom(seed);
    this.#world = new SimulatedWorld();
    this.#faults = new FaultProfile(this.#random);
    this.#jumpRate = this.#random.pick([0, 0.01, 0.05]);
    this.#aliasCheckMs = this.#random.pick([0, 2_000]);
    this.#scheduler = new Scheduler(this.#random, {
      pauseRate: this.#random.pick([0, 0.01, 0.04]), beforeTurn: () => this.#timePasses(),
      // Held up for so long that others take over.
      onPause: () => { if (this.#random.chance(0.5)) this.#world.nowMs += LEASE_MS + 1; },
    });
    const count = this.#random.between(1, 3);
    for (let i = 0; i < count; i++) this.#replicas.push(this.#newReplica());
  }

  async run(): Promise<SimulationResult> {
    const random = this.#random;
    for (let count = random.between(1, 2); count > 0; count--) {
      await this.#world.addProject(`p${count}`, {
        withImage: random.chance(0.7), withDistribution: random.chance(0.3), withProbe: random.chance(0.3),
      });
    }
    const problems: string[] = [];
    try {
      await this.#chaos();
      await this.#rest();
      problems.push(...await brokenInvariants(this.#world, this.#told));
    } catch (error) {
      problems.push(`the simulation failed: ${error instanceof Error ? error.stack : String(error)}`);
    }
    for (const error of this.#scheduler.unexpected) {
      problems.push(`unexpected: ${error instanceof Error ? error.stack : String(error)}`);
    }
    return { seed: this.#seed, problems, trace: this.#trace, told: this.#told, turns: this.#scheduler.turns };
  }

  async #chaos(): Promise<void> {
    const random = this.#random;
    const callers = random.between(1, 4);
    this.#callersLeft = callers;
    for (let i = 0; i < callers; i++) this.#scheduler.spawn(() => this.#caller(`caller-${i}`, random.between(1, 5)));
    if (random.chance(0.5)) this.#scheduler.spawn(() => this.#outsider(random.between(1, 4)));
    if (random.chance(0.8)) this.#scheduler.spawn(() => this.#sweeper());
    await this.#scheduler.run(MOST_TURNS);
  }

  /** Nothing fails any more; leases run out and a healthy server does what is due. */
  async #rest(): Promise<void> {
    this.#faults.stop();
    this.#scheduler.pauseRate = 0;
    this.#jumpRate = 0;
    // Otherwise there is always another look to come.
    this.#aliasCheckMs = 0;
    const healthy = this.#newReplica();
    const sweep = dueSweep({
      name: 'projects', table: this.#world.stores.projects, keyOf: ({ projectId }) => ({ projectId }),
      pass: async ({ projectId }) => {
        await tendProject(healthy.deps, projectId);
        return 'later';
      },
      clock: healthy.deps.clock, concurrency: 2,
      log: { error: (details) => { throw new Error(`background work failed: ${JSON.stringify(details)}`); } },
    });
    for (let pass = 0, due = 1; due > 0; pass++) {
      if (pass === 40) throw new Error('background work never becomes idle');
      this.#world.nowMs += LEASE_MS + 1;
      this.#scheduler.spawn(async () => { due = await sweep.run(new AbortController().signal); });
      await this.#scheduler.run(MOST_TURNS);
    }
  }

  async #caller(name: string, requests: number): Promise<void> {
    for (let i = 0; i < requests; i++) {
      await this.#scheduler.turn(name);
      await this.#request(name);
    }
    this.#callersLeft -= 1;
  }

  async #request(caller: string): Promise<void> {
    const random = this.#random;
    const projectId = random.pick(this.#world.projectIds);
    const replica = this.#aliveReplica();
    const what = random.next();
    if (what < 0.08) return this.#pinned(() => setPin(replica.deps)(projectId, {
      reason: 'hold', caller, ...(random.chance(0.5) && { expiresAt: this.#world.nowMs + random.between(1, 30_000) }),
    }));
    if (what < 0.14) return this.#pinned(() => clearPin(replica.deps)(projectId));
    const operationId = this.#world.newId('op');
    const deps: SwitchDeps = {
      ...replica.deps,
      ids: { next: (prefix) => (prefix === 'op' ? operationId : this.#world.newId(prefix)) },
    };
    if (what < 0.6) {
      return this.#tell(operationId, 'rollback', () => rollBack(deps)(projectId, {
        targetDeploymentId: this.#target(projectId), caller, pin: random.chance(0.4),
      }));
    }
    if (what < 0.85) {
      const override = random.chance(0.3);
      if (override) this.#world.watch.overriding.add(operationId);
      return this.#tell(operationId, 'promote', () => promote(deps)(projectId, {
        deploymentId: this.#target(projectId), caller, override,
      }));
    }
    return this.#tell(operationId, 'undo', () => undoRollback(deps)(projectId, { caller }));
  }

  async #tell(operationId: string, kind: Told['kind'], act: () => Promise<{ operationId: string }>): Promise<void> {
    this.#note(() => `${kind} ${operationId} is asked for`);
    const told = await act().then(
      (result): Told => ({ operationId, kind, answer: 'done', detail: 'ok', resultOperationId: result.operationId }),
      (error: unknown): Told => ({ operationId, kind, ...answerOf(error) }),
    );
    this.#note(() => `${kind} ${operationId} is told: ${told.answer} ${told.detail}`);
    this.#told.push(told);
  }

  async #pinned(act: () => Promise<unknown>): Promise<void> {
    await act().catch(onlyExpected);
  }

  async #outsider(moves: number): Promise<void> {
    for (let i = 0; i < moves; i++) {
      for (let wait = this.#random.between(1, 12); wait > 0; wait--) await this.#scheduler.turn('outsider');
      const functionName = this.#random.pick(this.#world.functionNames(this.#random.pick(this.#world.projectIds)));
      const version = String(this.#random.pick(BUILDS));
      const other = BUILDS.map(String).find((each) => each !== version) ?? '';
      const weights: Record<string, number> = this.#random.chance(0.3) ? { [other]: 0.25 } : {};
      this.#note(() => `outsider moves ${functionName} to ${version} ${JSON.stringify(weights)}`);
      this.#world.moveFromOutside(functionName, version, weights);
    }
  }

  /** The background work of the servers, whenever the seed says so. */
  async #sweeper(): Promise<void> {
    const pause = this.#random.pick([5, 15, 40]);
    let running = 0;
    while (this.#callersLeft > 0) {
      for (let wait = this.#random.between(1, pause); wait > 0; wait--) await this.#scheduler.turn('sweeper');
      const replica = this.#aliveReplica();
      const projectId = this.#random.pick(this.#world.projectIds);
      if (running === 3) continue;
      running += 1;
      const done = () => { running -= 1; };
      this.#scheduler.spawn(() => tendProject(replica.deps, projectId).catch(onlyExpected).finally(done));
    }
  }

  #target(projectId: string): string {
    const random = this.#random;
    if (random.chance(0.04)) return 'dep-9';
    const known = [...this.#world.deployments.values()].filter((each) => each.projectId === projectId);
    return random.pick(known).deploymentId;
  }

  /** A dead one is replaced. */
  #aliveReplica(): SimulatedReplica {
    for (const [index, replica] of this.#replicas.entries()) {
      if (replica.dead) this.#replicas[index] = this.#newReplica();
    }
    return this.#random.pick(this.#replicas);
  }

  #newReplica(): SimulatedReplica {
    return new SimulatedReplica({
      name: `replica-${++this.#started}`, world: this.#world, scheduler: this.#scheduler, faults: this.#faults,
      random: this.#random, aliasCheckMs: this.#aliasCheckMs, trace: (line) => this.#note(line),
    });
  }

  #timePasses(): void {
    this.#world.nowMs += this.#random.between(0, 40);
    if (this.#random.chance(this.#jumpRate)) this.#world.nowMs += this.#random.pick(JUMPS_MS);
  }

  #note(line: () => string): void {
    if (this.#traced) this.#trace.push(line());
  }
}

/** Kinds after which the caller may not conclude that nothing has happened. */
const OPEN_KINDS: readonly string[] = ['unknown_outcome', 'unavailable'];

function answerOf(error: unknown): Pick<Told, 'answer' | 'detail'> {
  if (error instanceof Crash) return { answer: 'open', detail: 'connection lost' };
  if (error instanceof CloudError) {
    return { answer: OPEN_KINDS.includes(error.kind) ? 'open' : 'definite', detail: `${error.kind} ${error.operation}` };
  }
  if (!(error instanceof AnchorError)) throw error;
  return { answer: error.code === 'operation_unfinished' ? 'open' : 'definite', detail: error.code };
}
