import type { SeededRandom } from './seeded-random.ts';

interface Waiting {
  readonly who: string;
  readonly go: () => void;
}

export interface SchedulerOptions {
  /** How likely it is, at each turn, that somebody is held up from here on. */
  readonly pauseRate: number;
  readonly beforeTurn: () => void;
  readonly onPause: () => void;
}

/**
 * Decides who goes next. Everything in a simulation waits for its turn before each effect, so that
 * the seed and not the event loop chooses the order; between two turns only microtasks run.
 */
export class Scheduler {
  readonly #random: SeededRandom;
  readonly #beforeTurn: () => void;
  readonly #onPause: () => void;
  readonly #waiting: Waiting[] = [];
  /** Who is held up, and for how many turns more: a process that the system does not let run. */
  readonly #paused = new Map<string, number>();
  readonly #running = new Set<Promise<void>>();
  readonly unexpected: unknown[] = [];
  pauseRate: number;
  turns = 0;

  constructor(random: SeededRandom, options: SchedulerOptions) {
    this.#random = random;
    this.pauseRate = options.pauseRate;
    this.#beforeTurn = options.beforeTurn;
    this.#onPause = options.onPause;
  }

  turn(who: string): Promise<void> {
    return new Promise((resolve) => { this.#waiting.push({ who, go: resolve }); });
  }

  /** Errors that `task` lets through are unexpected. */
  spawn(task: () => Promise<unknown>): void {
    const work = task().then(() => undefined, (error: unknown) => { this.unexpected.push(error); })
      .finally(() => this.#running.delete(work));
    this.#running.add(work);
  }

  /** Gives turns until everything spawned has come to its end. */
  async run(mostTurns: number): Promise<void> {
    for (;;) {
      await microtasks();
      if (this.#waiting.length === 0 && this.#running.size === 0) return;
      if (this.#waiting.length === 0) throw new Error('something waits for what is not the scheduler');
      if (++this.turns > mostTurns) throw new Error(`no end after ${mostTurns} turns`);
      this.#beforeTurn();
      this.#next().go();
    }
  }

  #next(): Waiting {
    if (this.#random.chance(this.pauseRate)) {
      this.#paused.set(this.#random.pick(this.#waiting).who, this.#random.between(5, 60));
      this.#onPause();
    }
    for (const [who, left] of this.#paused) {
      if (left > 1) this.#paused.set(who, left - 1);
      else this.#paused.delete(who);
    }
    const able = this.#waiting.filter(({ who }) => !this.#paused.has(who));
    const next = this.#random.pick(able.length > 0 ? able : this.#waiting);
    this.#waiting.splice(this.#waiting.indexOf(next), 1);
    return next;
  }
}

/** The event loop comes round when no microtask is left. */
function microtasks(): Promise<void> {
  return new Promise((resolve) => { setImmediate(resolve); });
}
