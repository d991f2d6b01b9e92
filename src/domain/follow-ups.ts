import { failureDelayMs } from './check-delay.ts';
import type { FollowUpSettings } from './follow-up-settings.ts';
import type { CacheOutcome, OwedInvalidation, OwedProbe, ProofOutcome, SettlingOperation } from './operation.ts';
import { expectedValues, type ProbedTarget } from './probe.ts';
import type { CacheSettings, Project } from './project.ts';

/** Answers in a row that prove that the target is live. */
export const PROOF_ANSWERS = 5;

/** What a project's cache is told after a switch unless the project says otherwise. */
export const DEFAULT_CACHE: CacheSettings = { invalidate: true, paths: ['/*'] };

/** Paths that are left out are all of them. */
export function cacheSettings(
  { invalidate, paths = DEFAULT_CACHE.paths }: Pick<CacheSettings, 'invalidate'> & Partial<CacheSettings>,
): CacheSettings {
  return { invalidate, paths };
}

/** What a switch that succeeded owes, and how its operation shows it. */
export interface FollowUps {
  readonly cache: CacheOutcome;
  readonly proof: ProofOutcome;
  readonly invalidation?: OwedInvalidation;
  readonly probe?: OwedProbe;
}

export interface FollowUpFacts {
  readonly operationId: string;
  readonly project: Pick<Project, 'cache' | 'probe'>;
  readonly distributionId: string | undefined;
  readonly target: ProbedTarget;
  readonly now: number;
}

export function owedFollowUps(facts: FollowUpFacts, settings: FollowUpSettings): FollowUps {
  return { ...owedInvalidation(facts, settings), ...owedProbe(facts, settings) };
}

function owedInvalidation(
  { operationId, project, distributionId, now }: FollowUpFacts, { invalidationTimeLimitMs }: FollowUpSettings,
): Pick<FollowUps, 'cache' | 'invalidation'> {
  const { invalidate, paths } = project.cache ?? DEFAULT_CACHE;
  if (!invalidate || distributionId === undefined) return { cache: { state: 'off' } };
  return {
    cache: { state: 'pending' },
    invalidation: {
      distributionId, paths, callerReference: operationId, attempts: 0, dueAt: now,
      deadline: now + invalidationTimeLimitMs,
    },
  };
}

function owedProbe(
  { project: { probe }, target, now }: FollowUpFacts, { probeTimeLimitMs }: FollowUpSettings,
): Pick<FollowUps, 'proof' | 'probe'> {
  if (!probe) return { proof: { state: 'off' } };
  const { expect, ...question } = probe;
  const expected = expectedValues(expect, target);
  if (expected.length === 0) {
    return { proof: { state: 'off', detail: 'The probe expects a deployment id, and none is known of what is live.' } };
  }
  return {
    proof: { state: 'pending' },
    probe: { ...question, expected, timeLimitMs: probeTimeLimitMs, deadline: now + probeTimeLimitMs, dueAt: now, matches: 0 },
  };
}

/** Nothing is owed any more but the last word in the operation's own record. */
export function isSettled({ invalidation, probe }: Pick<SettlingOperation, 'invalidation' | 'probe'>): boolean {
  return !invalidation && !probe;
}

/** What of an entry is to be done now. */
export interface DueFollowUps {
  readonly invalidation?: OwedInvalidation;
  readonly probe?: OwedProbe;
}

export function dueFollowUps({ invalidation, probe }: SettlingOperation, now: number): DueFollowUps {
  return {
    ...(invalidation && invalidation.dueAt <= now && { invalidation }),
    ...(probe && probe.dueAt <= now && { probe }),
  };
}

/** Keeps others away from what is due until `until`, by when whoever is at it has ended or died. */
export function claimDue(entry: SettlingOperation, due: DueFollowUps, until: number): SettlingOperation {
  return {
    ...entry,
    ...(due.invalidation && { invalidation: { ...due.invalidation, dueAt: until } }),
    ...(due.probe && { probe: { ...due.probe, dueAt: until } }),
  };
}

export type InvalidationResult =
  | { readonly kind: 'accepted'; readonly invalidationId: string }
  | { readonly kind: 'refused'; readonly detail: string }
  /** It may be accepted later; `retryAfterMs` is what AWS asked for. */
  | { readonly kind: 'held_up'; readonly detail: string; readonly retryAfterMs: number };

export function afterInvalidation(
  entry: SettlingOperation, result: InvalidationResult, now: number, { invalidationRetryMs }: FollowUpSettings,
): SettlingOperation {
  const { invalidation, ...rest } = entry;
  if (!invalidation) return entry;
  const ended = (cache: CacheOutcome) => ({ ...rest, operation: { ...entry.operation, cache } });
  if (result.kind === 'accepted') return ended({ state: 'done', invalidationId: result.invalidationId });
  if (result.kind === 'refused') return ended({ state: 'failed', detail: result.detail });
  if (now >= invalidation.deadline) {
    return ended({ state: 'failed', detail: `CloudFront held it up for too long. ${result.detail}` });
  }
  const delayMs = failureDelayMs(invalidationRetryMs, invalidation.attempts, invalidation.callerReference);
  const dueAt = now + Math.max(delayMs, result.retryAfterMs);
  return {
    ...entry,
    operation: { ...entry.operation, cache: { state: 'pending', detail: result.detail } },
    invalidation: { ...invalidation, attempts: invalidation.attempts + 1, dueAt },
  };
}

export type ProbeAnswer =
  | { readonly kind: 'value'; readonly value: string }
  /** No value could be had; `detail` says why, as a full sentence. */
  | { readonly kind: 'none'; readonly detail: string };

/** Counts the answers in a row that match; any other begins the row anew. */
export function afterAnswer(
  entry: SettlingOperation, answer: ProbeAnswer, now: number, { probeIntervalMs }: FollowUpSettings,
): SettlingOperation {
  const { probe } = entry;
  if (!probe) return entry;
  const { firstMatchAt = now, ...unmatched } = probe;
  const isMatch = answer.kind === 'value' && probe.expected.includes(answer.value);
  const matches = isMatch ? probe.matches + 1 : 0;
  if (matches >= PROOF_ANSWERS) {
    return endProbe(entry, { state: 'confirmed', liveAfterMs: firstMatchAt - entry.operation.startedAt });
  }
  if (now >= probe.deadline) return endProbe(entry, { state: 'failed', detail: whyNotProven(probe, answer, isMatch) });
  return { ...entry, probe: { ...unmatched, matches, dueAt: now + probeIntervalMs, ...(isMatch && { firstMatchAt }) } };
}

/** Another operation has changed what is live: what this one made live can be proven no more. */
export function afterSupersession(entry: SettlingOperation): SettlingOperation {
  return endProbe(entry, { state: 'superseded', detail: 'What is live was changed again before it was proven.' });
}

function endProbe({ probe: _, ...entry }: SettlingOperation, proof: ProofOutcome): SettlingOperation {
  return { ...entry, operation: { ...entry.operation, proof } };
}

function whyNotProven({ timeLimitMs, expected }: OwedProbe, answer: ProbeAnswer, isMatch: boolean): string {
  const wanted = `${expected.map((value) => `"${value}"`).join(' or ')} was not answered ${PROOF_ANSWERS} times in a row`;
  const last = answer.kind === 'none' ? answer.detail : `The last answer was "${answer.value}"${isMatch ? ', which is right' : ''}.`;
  return `${wanted} within ${timeLimitMs} ms. ${last}`;
}
