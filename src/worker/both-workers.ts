import type { Worker } from './worker.ts';

/** Two workers as one; the first is the one whose health counts. */
export function bothWorkers(first: Worker, second: Worker): Worker {
  return {
    start: () => {
      first.start();
      second.start();
    },
    stop: async () => {
      await Promise.all([first.stop(), second.stop()]);
    },
    health: () => first.health(),
    runUntilIdle: async (most) => {
      await first.runUntilIdle(most);
      await second.runUntilIdle(most);
    },
  };
}
