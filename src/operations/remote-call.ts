import type { DnsRecord } from '../domain/certificate.ts';
import { failureDelayMs } from '../domain/check-delay.ts';
import { asksForMove, moveRecordName } from '../domain/held-name.ts';
import type { Observed, Proof } from '../domain/observed.ts';
import { isBudgetSpent } from '../ports/call-budget.ts';
import { CloudError } from '../ports/cloud-error.ts';
import type { DomainDeps } from './domain-deps.ts';

export type Attempt<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: CloudError };

/**
 * A call to AWS whose failure is part of the story. What is not a `CloudError` passes through, and so does
 * a call that was not sent: it says nothing, and the whole pass is put off (`unlessPutOff`).
 */
export async function attempt<T>(deps: DomainDeps, key: string, call: () => Promise<T>): Promise<Attempt<T>> {
  try {
    return { ok: true, value: await call() };
  } catch (error) {
    if (!(error instanceof CloudError) || isBudgetSpent(error)) throw error;
    deps.onCloudError(key, error);
    return { ok: false, error };
  }
}

/** A look at AWS: absent only when AWS said so. */
export async function look<T>(
  deps: DomainDeps, key: string, call: () => Promise<T | undefined>,
): Promise<Exclude<Observed<T>, { kind: 'not_asked' }>> {
  const seen = await attempt(deps, key, call);
  if (!seen.ok) return { kind: 'unknown' };
  return seen.value === undefined ? { kind: 'absent' } : { kind: 'found', value: seen.value };
}

/** Whether a validation record is in DNS as ACM wants it. */
export async function lookForProof(deps: DomainDeps, record: DnsRecord): Promise<Proof> {
  const answer = await deps.dns.lookup(record.name, 'CNAME');
  if (answer.kind === 'unknown') return 'unknown';
  return answer.kind === 'found' && answer.values.includes(record.value.toLowerCase()) ? 'seen' : 'missing';
}

/** Whether the TXT record by which its owner asks for the move of a name has this value. */
export async function lookForMoveRecord(deps: DomainDeps, name: string, target: string): Promise<Proof> {
  const answer = await deps.dns.lookup(moveRecordName(name), 'TXT');
  if (answer.kind === 'unknown') return 'unknown';
  const values = answer.kind === 'found' ? answer.values : [];
  return values.some((value) => asksForMove(value, target)) ? 'seen' : 'missing';
}

/** When to try again after a call failed: the back-off, or what AWS asked for if that is longer. */
export function retryAt(deps: DomainDeps, key: string, attempts: number, error: CloudError): number {
  const delayMs = failureDelayMs(deps.settings.certificateCheckMs, attempts, key);
  return deps.clock.now() + Math.max(delayMs, (error.retryAfterSeconds ?? 0) * 1000);
}

/** Whether the same call may well succeed later, so that nobody has to be told. */
export function isTransient(error: CloudError): boolean {
  return ['stale', 'throttled', 'unavailable', 'unknown_outcome'].includes(error.kind);
}
