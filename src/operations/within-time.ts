import type { Clock } from '../ports/clock.ts';

/**
 * Waits for `work`, but no longer than `boundMs`. Past the bound the signal is aborted, and what
 * `work` still does or throws concerns nobody any more.
 */
export async function withinTime(
  clock: Clock, boundMs: number, work: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const bound = new AbortController();
  const worked = work(bound.signal);
  worked.catch(() => undefined);
  try {
    await Promise.race([worked, clock.sleep(boundMs, bound.signal)]);
  } finally {
    bound.abort();
  }
}
