import { setTimeout as sleep } from 'node:timers/promises';
import type { BenchChild } from './parent-channel.ts';
import type { Measured } from './report.ts';
import type { ObservedCall } from './sites.ts';
import { percentile, rounded, sequentialRounds } from './statistics.ts';

/** One contestant's rollbacks at one latency, one after another. */
export class Series {
  readonly #cloud: BenchChild;
  readonly #latencyMs: number;
  #durations: number[] = [];
  #calls: number[] = [];
  #sequential: number[] = [];

  constructor(cloud: BenchChild, latencyMs: number) {
    this.#cloud = cloud;
    this.#latencyMs = latencyMs;
  }

  forget(): void {
    this.#durations = [];
    this.#calls = [];
    this.#sequential = [];
  }

  async measure(rollBack: () => Promise<void>): Promise<void> {
    const startedAt = performance.now();
    await rollBack();
    const endedAt = performance.now();
    this.#durations.push(endedAt - startedAt);
    const calls = await callsUntilQuiet(this.#cloud, this.#latencyMs);
    this.#calls.push(calls.length);
    // What begins about when the answer comes is not waited for by it.
    const answeredAt = performance.timeOrigin + endedAt - this.#latencyMs / 2;
    this.#sequential.push(sequentialRounds(calls.filter((call) => call.startedAt < answeredAt)));
  }

  result(): Measured {
    return {
      medianMs: rounded(percentile(this.#durations, 0.5)),
      p99Ms: rounded(percentile(this.#durations, 0.99)),
      // Without latency nothing tells a call that is waited for from one that begins with the answer.
      ...(this.#latencyMs > 0 && { sequentialCalls: percentile(this.#sequential, 0.5) }),
      calls: percentile(this.#calls, 0.5),
    };
  }
}

/** All calls of a rollback, with the records that are written after its answer. */
export async function callsUntilQuiet(cloud: BenchChild, latencyMs: number): Promise<ObservedCall[]> {
  const all: ObservedCall[] = [];
  for (let quiet = 0; quiet < 2;) {
    await sleep(5 + latencyMs / 8);
    const { calls, running } = await cloud.ask<{ calls: ObservedCall[]; running: number }>('calls');
    all.push(...calls);
    quiet = running === 0 && calls.length === 0 ? quiet + 1 : 0;
  }
  return all;
}
