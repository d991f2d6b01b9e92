import { LOCAL_FOLLOW_UPS } from '../../src/domain/follow-up-settings.ts';
import type { ProbeAnswer } from '../../src/domain/follow-ups.ts';
import type { SwitchDeps } from '../../src/operations/switch-deps.ts';
import { Crash } from '../support/failing-world.ts';
import { mishapError, type FaultProfile, type Mishap } from './fault-profile.ts';
import type { Scheduler } from './scheduler.ts';
import type { SeededRandom } from './seeded-random.ts';
import { ALIAS, type SimulatedWorld } from './simulated-world.ts';

export const LEASE_MS = 10_000;

export interface ReplicaParts {
  readonly name: string;
  readonly world: SimulatedWorld;
  readonly scheduler: Scheduler;
  readonly faults: FaultProfile;
  readonly random: SeededRandom;
  /** Between two looks at a project's aliases; 0: never. */
  readonly aliasCheckMs: number;
  readonly trace: (line: () => string) => void;
}

/** One server process: every call it makes waits for its turn, and may go wrong. */
export class SimulatedReplica {
  readonly name: string;
  readonly deps: SwitchDeps;
  readonly #parts: ReplicaParts;
  #dead = false;

  constructor(parts: ReplicaParts) {
    this.#parts = parts;
    this.name = parts.name;
    const { world } = parts;
    this.deps = {
      stores: Object.fromEntries(
        Object.entries(world.stores).map(([name, table]) => [name, this.#wrap(table as object, name)]),
      ) as unknown as SwitchDeps['stores'],
      functions: this.#wrap(world.functions, 'functions'),
      distributions: this.#wrap(world.distributions, 'distributions'),
      probe: { ask: async (url) => this.#ask(url) },
      clock: {
        now: () => world.nowMs,
        sleep: async (delayMs) => {
          const until = world.nowMs + delayMs;
          await parts.scheduler.turn(this.name);
          world.nowMs = Math.max(world.nowMs, until);
        },
      },
      ids: { next: (prefix) => world.newId(prefix) },
      defaults: {
        serverFunctionName: undefined, imageFunctionName: undefined,
        distributionId: undefined, distributionDomain: undefined,
      },
      settings: {
        aliasName: ALIAS, leaseMs: LEASE_MS, budgetMs: 5_000,
        followUps: { ...LOCAL_FOLLOW_UPS, aliasCheckMs: parts.aliasCheckMs },
      },
      inBackground: (task) => parts.scheduler.spawn(() => task().catch(onlyExpected)),
    };
  }

  get dead(): boolean {
    return this.#dead;
  }

  #wrap<T extends object>(port: T, portName: string): T {
    const wrapped = new Map<PropertyKey, unknown>();
    return new Proxy(port, {
      get: (target, property) => {
        const value: unknown = Reflect.get(target, property);
        if (typeof value !== 'function') return value;
        const known = wrapped.get(property) ?? ((...args: unknown[]) => {
          const call = () => Reflect.apply(value, target, args) as Promise<unknown>;
          return this.#call(`${portName}.${String(property)}`, args, call);
        });
        wrapped.set(property, known);
        return known;
      },
    });
  }

  async #call(name: string, args: readonly unknown[], call: () => Promise<unknown>): Promise<unknown> {
    const { scheduler, faults, random, world } = this.#parts;
    if (this.#dead) throw new Crash('the process is dead');
    await scheduler.turn(this.name);
    if (this.#dead) {
      // It may have been sent before the process died.
      if (random.chance(0.3)) await this.#take(name, args, call).catch(() => undefined);
      throw new Crash('the process is dead');
    }
    const mishap = faults.draw();
    if (mishap) {
      this.#parts.trace(() => `${world.nowMs} ${this.name} ${name}: ${mishap}`);
      await this.#befall(mishap, name, args, call);
    }
    const answer = await this.#take(name, args, call);
    // Whoever died while the answer was on its way does not read it.
    if (this.#dead) throw new Crash('the process is dead');
    return answer;
  }

  /** Returns only for a mishap that lets the call go on. */
  async #befall(mishap: Mishap, name: string, args: readonly unknown[], call: () => Promise<unknown>): Promise<never> {
    const effect = () => this.#take(name, args, call).catch(() => undefined);
    switch (mishap) {
      case 'throttle': throw mishapError('throttled', name);
      case 'unavailable': throw mishapError('unavailable', name);
      case 'refuse': throw mishapError('refused', name);
      case 'lose_request': throw mishapError('unknown_outcome', name);
      case 'lose_answer':
        await effect();
        throw mishapError('unknown_outcome', name);
      case 'fail_after':
        await effect();
        throw mishapError('unavailable', name);
      case 'deliver_late':
        this.#deliverLate(effect);
        throw mishapError('unknown_outcome', name);
      case 'crash_before': return this.#die();
      case 'crash_after':
        await effect();
        return this.#die();
    }
  }

  /** A site that cannot be reached says so; a probe never throws. */
  async #ask(url: string): Promise<ProbeAnswer> {
    const { scheduler, faults, world } = this.#parts;
    await scheduler.turn(this.name);
    if (faults.draw()) return { kind: 'none', detail: 'The site did not answer.' };
    return { kind: 'value', value: world.servedBy(url) };
  }

  #deliverLate(effect: () => Promise<unknown>): void {
    const { scheduler, random } = this.#parts;
    const turns = random.between(1, random.pick([2, 10, 60]));
    scheduler.spawn(async () => {
      for (let i = 0; i < turns; i++) await scheduler.turn('wire');
      await effect();
    });
  }

  #die(): never {
    this.#dead = true;
    throw new Crash('the process died');
  }

  async #take(name: string, args: readonly unknown[], call: () => Promise<unknown>): Promise<unknown> {
    const { world, trace } = this.#parts;
    try {
      const answer = await call();
      trace(() => `${world.nowMs} ${this.name} ${name} ${briefly(args)} => ${briefly(answer)}`);
      return answer;
    } catch (error) {
      trace(() => `${world.nowMs} ${this.name} ${name} ${briefly(args)} => ${String(error)}`);
      throw error;
    }
  }
}

/** Background work may fail in every way that the ports may; what else it throws is a bug. */
export function onlyExpected(error: unknown): void {
  if (!(error instanceof Error) || !['Crash', 'CloudError', 'AnchorError'].includes(error.name)) throw error;
}

function briefly(value: unknown): string {
  return JSON.stringify(value, (key, each: unknown) => (key === 'steps' ? undefined : each))?.slice(0, 900) ?? '';
}
