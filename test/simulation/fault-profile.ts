import { CloudError, type CloudErrorKind } from '../../src/ports/cloud-error.ts';
import type { SeededRandom } from './seeded-random.ts';

/**
 * What befalls one call.
 *
 * - `refuse`: AWS says no, for a reason that is not the caller's
 * - `lose_request`: no answer, and it never took effect
 * - `lose_answer`: no answer, and it took effect
 * - `deliver_late`: no answer, and it takes effect at some later time
 * - `fail_after`: a 5xx although it took effect
 * - `crash_before`, `crash_after`: the last thing its process ever does
 */
export type Mishap =
  | 'throttle' | 'unavailable' | 'refuse' | 'lose_request' | 'lose_answer' | 'deliver_late' | 'fail_after'
  | 'crash_before' | 'crash_after';

const MOST: Readonly<Record<Mishap, number>> = {
  throttle: 0.12, unavailable: 0.1, refuse: 0.06, lose_request: 0.12, lose_answer: 0.12, deliver_late: 0.12,
  fail_after: 0.08, crash_before: 0.03, crash_after: 0.03,
};

/**
 * How likely each mishap is. A seed switches some kinds off and others up: a mix of everything would
 * hide what only shows where one kind comes alone and often.
 */
export class FaultProfile {
  readonly #random: SeededRandom;
  readonly #rates: [Mishap, number][];
  #stopped = false;

  constructor(random: SeededRandom) {
    this.#random = random;
    this.#rates = (Object.entries(MOST) as [Mishap, number][])
      .map(([mishap, most]) => [mishap, random.chance(0.4) ? random.next() * most : 0]);
  }

  stop(): void {
    this.#stopped = true;
  }

  draw(): Mishap | undefined {
    if (this.#stopped) return undefined;
    let left = this.#random.next();
    for (const [mishap, rate] of this.#rates) {
      if (left < rate) return mishap;
      left -= rate;
    }
    return undefined;
  }
}

export function mishapError(kind: CloudErrorKind, call: string): CloudError {
  return new CloudError({
    kind, service: 'simulated', operation: call, awsName: kind, message: `simulated ${kind} of ${call}.`,
  });
}
