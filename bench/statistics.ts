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

/** The longest row of calls of which each began after the one before had ended; what overlaps counts once. */
export function sequentialRounds(calls: readonly ObservedCall[]): number {
  let rounds = 0;
  let lastEndedAt = -Infinity;
  for (const { startedAt, endedAt } of [...calls].sort((one, other) => one.endedAt - other.endedAt)) {
    if (startedAt < lastEndedAt) continue;
    rounds += 1;
    lastEndedAt = endedAt;
  }
  return rounds;
}
