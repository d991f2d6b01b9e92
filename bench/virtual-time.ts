import { setImmediate as turn } from 'node:timers/promises';
import type { Clock } from '../src/ports/clock.ts';

/** Turns of the event loop after which work that waits for no sleeper has come to its end: nothing here does real I/O. */
const QUIET_TURNS = 2;

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

/** Time that passes only while everybody sleeps, so that hours of waiting cost what is done in them and no more. */
export class VirtualTime implements Clock {
  #nowMs = Date.UTC(2026, 0, 1);
  readonly #sleepers = new Set<Sleeper>();
  #turning = 0;

  now(): number {
    return this.#nowMs;
  }

  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    if (delayMs <= 0) return this.#turn();
    if (signal?.aborted) return Promise.resolve();
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

  /** No time passes, but others get a turn. */
  async #turn(): Promise<void> {
    this.#turning += 1;
    await turn();
    this.#turning -= 1;
  }

  advance(ms: number): void {
    this.#nowMs += ms;
    for (const sleeper of [...this.#sleepers]) if (sleeper.at <= this.#nowMs) sleeper.wake();
  }

  /** Until the work is done; whenever all sleep, it is at once the next sleeper's time. */
  async run<T>(work: Promise<T>): Promise<T> {
    let done = false;
    const ended = work.then(() => undefined, () => undefined).finally(() => { done = true; });
    while (!done) {
      for (let turns = 0; (turns < QUIET_TURNS || this.#turning > 0) && !done; turns++) await turn();
      let next = Infinity;
      for (const { at } of this.#sleepers) next = Math.min(next, at);
      if (!done && Number.isFinite(next)) this.advance(next - this.#nowMs);
    }
    await ended;
    return work;
  }
}
