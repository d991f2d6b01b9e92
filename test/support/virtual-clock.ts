import { setImmediate as turn } from 'node:timers/promises';
import type { Clock } from '../../src/ports/clock.ts';

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

/** Turns of the event loop in which work that waits for no timer comes to its end. */
const QUIET_TURNS = 30;

/** Time that passes only when a test says so. */
export class VirtualClock implements Clock {
  #nowMs: number;
  readonly #sleepers = new Set<Sleeper>();

  constructor(nowMs = Date.UTC(2026, 0, 1)) {
    this.#nowMs = nowMs;
  }

  now(): number {
    return this.#nowMs;
  }

  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    if (delayMs <= 0 || signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const sleeper = { at: this.#nowMs + delayMs, wake: () => {
        this.#sleepers.delete(sleeper);
        signal?.removeEventListener('abort', sleeper.wake);
        resolve();
      } };
      this.#sleepers.add(sleeper);
      signal?.addEventListener('abort', sleeper.wake, { once: true });
    });
  }

  get sleepers(): number {
    return this.#sleepers.size;
  }

  advance(ms: number): void {
    this.#nowMs += ms;
    for (const sleeper of [...this.#sleepers]) if (sleeper.at <= this.#nowMs) sleeper.wake();
  }

  /** Lets the work go on, and whenever nothing but sleep holds it up moves the time to the next sleeper's end. */
  async run<T>(work: Promise<T>): Promise<T> {
    let done = false;
    const ended = work.then(() => undefined, () => undefined).finally(() => { done = true; });
    while (!done) {
      for (let turns = 0; turns < QUIET_TURNS && !done; turns++) await turn();
      const next = Math.min(...[...this.#sleepers].map(({ at }) => at));
      if (!done && Number.isFinite(next)) this.advance(next - this.#nowMs);
    }
    await ended;
    return work;
  }
}
