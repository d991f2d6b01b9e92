import type { Clock } from '../ports/clock.ts';
import type { SweepStep, WorkerLog } from './due-sweep.ts';

export interface WorkerParts {
  /** Run one after the other in each pass. */
  readonly steps: readonly SweepStep[];
  readonly clock: Clock;
  /** From the end of one pass to the start of the next; a tenth of it while there is a backlog. */
  readonly intervalMs: number;
  readonly log: WorkerLog;
}

export interface WorkerHealth {
  readonly running: boolean;
  /** When the last pass ended, in milliseconds since the epoch; undefined before the first. */
  readonly lastPassAt: number | undefined;
  /** Passes in a row in which a step failed as a whole, such as for want of the store. */
  readonly failedPasses: number;
}

export interface Worker {
  start(): void;
  /** No new key is begun; resolves when what was begun has ended. */
  stop(): Promise<void>;
  health(): WorkerHealth;
  /** Passes until one finds nothing due, or `most` (100) are done; for tests and one-off runs. */
  runUntilIdle(most?: number): Promise<void>;
}

/** Keys in one pass. */
const MUCH_WORK = 100;

/** The background loop. Passes never overlap, and no failure ends it. */
export function createWorker({ steps, clock, intervalMs, log }: WorkerParts): Worker {
  let stopping = new AbortController();
  let loop: Promise<void> | undefined;
  let lastPassAt: number | undefined;
  let failedPasses = 0;

  async function pass(signal: AbortSignal): Promise<number> {
    let worked = 0;
    let failed = false;
    for (const step of steps) {
      try {
        if (!signal.aborted) worked += await step.run(signal);
      } catch (error) {
        failed = true;
        log.error({ step: step.name, err: error }, 'a step of the worker failed; it is tried again');
      }
    }
    failedPasses = failed ? failedPasses + 1 : 0;
    lastPassAt = clock.now();
    return worked;
  }

  /** After a pass that found much there is likely to be more: the pause is short then, and never none. */
  async function run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const worked = await pass(signal);
      await clock.sleep(worked >= MUCH_WORK ? intervalMs / 10 : intervalMs, signal);
    }
  }

  return {
    start: () => {
      if (loop) return;
      stopping = new AbortController();
      loop = run(stopping.signal);
    },
    stop: async () => {
      stopping.abort();
      await loop;
      loop = undefined;
    },
    health: () => ({ running: loop !== undefined, lastPassAt, failedPasses }),
    runUntilIdle: async (most = 100) => {
      for (let passes = 0; passes < most; passes++) {
        if (await pass(stopping.signal) === 0) return;
      }
    },
  };
}
