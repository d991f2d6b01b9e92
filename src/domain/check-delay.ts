const MINUTE_MS = 60_000;
const LONGEST_FAILURE_DELAY_MS = 5 * MINUTE_MS;

export interface CheckStep {
  readonly untilAgeMs: number;
  /** Multiple of the base interval. */
  readonly times: number;
}

/**
 * How long to wait between looks at something that takes its time, as multiples of the base
 * interval: fast for the first ten minutes, then slower up to ACM's 72 hours.
 */
export const CHECK_SCHEDULE: readonly CheckStep[] = [
  { untilAgeMs: 10 * MINUTE_MS, times: 1 },
  { untilAgeMs: 60 * MINUTE_MS, times: 6 },
  { untilAgeMs: 6 * 60 * MINUTE_MS, times: 30 },
  { untilAgeMs: Infinity, times: 90 },
];

/** The delay to the next look at what began `ageMs` ago. */
export function checkDelayMs(baseMs: number, ageMs: number, id: string): number {
  const step = CHECK_SCHEDULE.find(({ untilAgeMs }) => ageMs < untilAgeMs);
  return spread(baseMs * (step?.times ?? 1), id);
}

/** The delay after `attempts` failed looks in a row: doubling from the base interval, five minutes at most. */
export function failureDelayMs(baseMs: number, attempts: number, id: string): number {
  return spread(leastFailureDelayMs(baseMs, attempts), `${id}:${attempts}`);
}

/** The same before it is spread. */
export function leastFailureDelayMs(baseMs: number, attempts: number): number {
  const doubled = baseMs * 2 ** Math.min(attempts, 20);
  return Math.min(doubled, Math.max(baseMs, LONGEST_FAILURE_DELAY_MS));
}

/** Up to a fifth longer, by the id alone, so that many records do not come due at the same moment. */
export function spread(delayMs: number, seed: string): number {
  let hash = 7;
  for (let i = 0; i < seed.length; i++) hash = (hash * 31 + seed.charCodeAt(i)) % 65_521;
  // Ids that differ in their last digits alone get hashes close to each other: this puts them apart.
  const scattered = (hash * 28_411) % 65_521;
  return Math.round(delayMs * (1 + (scattered / 65_521) * 0.2));
}
