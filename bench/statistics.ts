import type { ObservedCall } from './sites.ts';

/** The value that `share` (0 to 1) of the values do not exceed (nearest rank). */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  const value = sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)];
  if (value === undefined) throw new Error('no values to take a percentile of');
  return value;
}

export function rounded(value: number, digits = 1): number {
  return Number(value.toFixed(digits));
}

/** How many calls had to wait for an earlier one's end: those that overlap count once together. */
export function sequentialRounds(calls: readonly ObservedCall[]): number {
  let rounds = 0;
  let roundEndsAt = -Infinity;
  for (const { startedAt, endedAt } of [...calls].sort((one, other) => one.startedAt - other.startedAt)) {
    if (startedAt >= roundEndsAt) {
      rounds += 1;
      roundEndsAt = endedAt;
    } else {
      // What began while the round lasted is part of it, but only what all of it waits for ends it.
      roundEndsAt = Math.min(roundEndsAt, endedAt);
    }
  }
  return rounds;
}
