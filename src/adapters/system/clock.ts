import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../../ports/clock.ts';

/** Node fires a longer timer at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * The machine's clock. A sleep keeps the process alive, or whoever awaits it would never be told;
 * what has to end sooner aborts it.
 */
export function systemClock(): Clock {
  return { now: () => Date.now(), sleep };
}

async function sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
  const options = signal === undefined ? {} : { signal };
  let leftMs = delayMs;
  do {
    // It rejects for one reason, the abort.
    await delay(Math.min(leftMs, LONGEST_TIMER_MS), undefined, options).catch(() => undefined);
    leftMs -= LONGEST_TIMER_MS;
  } while (leftMs > 0 && signal?.aborted !== true);
}
