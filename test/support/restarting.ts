import type { Test } from 'tap';
import type { DomainReplica, DomainWorld } from './domain-world.ts';
import type { CallSite, Fault } from './failing-world.ts';
import { Crash } from './failing-world.ts';

/**
 * Reads leave nothing behind: a process that dies around one dies, for all others, after the write
 * before it. Leases only delay whoever comes next.
 */
export function isWrite({ name, args }: CallSite): boolean {
  const { set = {}, remove } = (args[1] ?? {}) as { set?: object; remove?: readonly string[] };
  const lease = name.endsWith('.update') && Object.keys(set).join() === 'dueAt' && remove === undefined;
  return /\.(create|replace|update|remove|request|change|move)$/.test(name) && !lease;
}

/** A process that dies is followed by a new one; whoever was answered with nothing asks again. */
export class Restarting {
  readonly world: DomainWorld;
  current: DomainReplica;
  deaths = 0;

  constructor(world: DomainWorld, fault: (die: () => never) => Fault) {
    this.world = world;
    const doomed: DomainReplica = world.replica(fault(() => doomed.gate.kill()));
    this.current = doomed;
  }

  async do<T>(work: (replica: DomainReplica) => Promise<T>): Promise<T> {
    for (;;) {
      try {
        const result = await this.world.clock.run(work(this.current));
        if (!this.current.gate.dead) return result;
      } catch (error) {
        if (!(error instanceof Crash)) throw error;
      }
      this.restart();
    }
  }

  restart(): void {
    this.deaths += 1;
    this.current = this.world.replica();
  }

  /** `check` looks at every state on the way. */
  async until(t: Test, what: string, holds: () => Promise<boolean>, check: () => void = () => undefined): Promise<void> {
    const end = this.world.clock.now() + 300_000;
    while (!await holds()) {
      if (this.world.clock.now() > end) throw new Error(`never: ${what}\n${await this.world.dump()}`);
      await this.world.tick(t, this.current, 3_000);
      check();
      if (this.current.gate.dead) this.restart();
    }
  }
}
