import { AnchorError } from '../domain/errors.ts';
import { AnsweredBefore, type IdempotencyRecord } from '../domain/idempotency.ts';
import type { Clock } from '../ports/clock.ts';
import { isCloudError } from '../ports/cloud-error.ts';
import type { Stores } from '../ports/stores.ts';

export interface ClaimDeps {
  readonly stores: Pick<Stores, 'idempotency'>;
  readonly clock: Clock;
}

/** Looks at the record this often: once for a lost answer, once for a run that was quicker. */
const MAX_ATTEMPTS = 3;

/**
 * Gives the request to one run: the first, or one that takes it over after the lease of the run
 * before has ended. Answers the record that this run now holds; its seed is another run's when that
 * one began the request.
 *
 * Throws `AnsweredBefore`, `request_in_progress`, and `idempotency_key_reused`.
 */
export async function claimRequest(deps: ClaimDeps, wanted: IdempotencyRecord): Promise<IdempotencyRecord> {
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
    try {
      const held = await claimOnce(deps, wanted);
      if (held) return held;
    } catch (error) {
      // An answer that was lost is read back by the next attempt, which finds its own record.
      if (!isCloudError(error, 'unknown_outcome', 'unavailable') || attempt === MAX_ATTEMPTS) throw error;
    }
  }
  throw requestInProgress();
}

/** Undefined when another run was quicker. */
async function claimOnce(
  { stores, clock }: ClaimDeps, wanted: IdempotencyRecord,
): Promise<IdempotencyRecord | undefined> {
  const made = await stores.idempotency.create(wanted);
  if (made.created) return wanted;
  const { existing } = made;
  const { keyId, runId } = wanted;
  if (existing.runId === runId) return existing;
  refuseIfOthers(existing, wanted, clock.now());
  const taken = await stores.idempotency.update(
    { keyId },
    { set: { runId, leaseUntil: wanted.leaseUntil } },
    { equals: { runId: existing.runId, state: 'running' } },
  );
  return taken.updated ? taken.item : undefined;
}

function refuseIfOthers(existing: IdempotencyRecord, wanted: IdempotencyRecord, now: number): void {
  if (existing.fingerprint !== wanted.fingerprint) {
    throw new AnchorError('idempotency_key_reused',
      'This Idempotency-Key was used with another method, path or body before. Use a new key for a new request.');
  }
  if (existing.answer) throw new AnsweredBefore(existing.answer);
  if (existing.leaseUntil > now) throw requestInProgress(existing.operationId);
}

export function requestInProgress(operationId?: string): AnchorError {
  return new AnchorError('request_in_progress',
    'The first request with this Idempotency-Key has not been answered yet. Send it again shortly.',
    { retryAfterSeconds: 1, ...(operationId !== undefined && { operationId }) });
}
