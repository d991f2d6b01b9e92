import { setImmediate as turn } from 'node:timers/promises';
import type { Clock } from '../../src/ports/clock.ts';

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

/** Time that passes only when somebody says so, or while everybody sleeps: hours of waiting cost what is done in them. */
export class VirtualClock implements Clock {
  #nowMs: number;
  readonly #quietTurns: number;
  readonly #sleepers = new Set<Sleeper>();
  #turning = 0;

  /** `quietTurns`: turns of the event loop in which work that waits for no sleeper comes to its end; 2 without real I/O. */
  constructor({ nowMs = Date.UTC(2026, 0, 1), quietTurns = 30 }: { nowMs?: number; quietTurns?: number } = {}) {
    this.#nowMs = nowMs;
    this.#quietTurns = quietTurns;
  }

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
      for (let turns = 0; (turns < this.#quietTurns || this.#turning > 0) && !done; turns++) await turn();
      let next = Infinity;
      for (const { at } of this.#sleepers) next = Math.min(next, at);
      if (!done && Number.isFinite(next)) this.advance(next - this.#nowMs);
    }
    await ended;
    return work;
  }
}
