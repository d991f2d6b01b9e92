import {
  CLAIM_MARGIN_MS, KEY_LIFETIME_MS, fingerprintOf, keyIdOf, seedOf,
  type IdempotencyRecord, type KeyedAnswer, type KeyedRequest,
} from '../domain/idempotency.ts';
import { isCloudError } from '../ports/cloud-error.ts';
import type { Change, Updated } from '../ports/table.ts';
import { claimRequest, requestInProgress } from './claim-request.ts';
import type { SwitchDeps } from './switch-deps.ts';

export type RunDeps = Pick<SwitchDeps, 'clock' | 'ids' | 'inBackground'> & {
  readonly stores: Pick<SwitchDeps['stores'], 'idempotency'>;
  readonly settings: Pick<SwitchDeps['settings'], 'leaseMs'>;
};

/**
 * One run of a request that carries an Idempotency-Key. Nothing may be changed before `claim` has
 * answered, and every answer goes through `finish`.
 */
export class KeyedRun {
  readonly #deps: RunDeps;
  readonly #wanted: IdempotencyRecord;
  #claim: Promise<IdempotencyRecord> | undefined;
  #held: IdempotencyRecord | undefined;
  #onRecord = false;
  #forgets = false;

  constructor(deps: RunDeps, request: KeyedRequest) {
    this.#deps = deps;
    const createdAt = deps.clock.now();
    const runId = deps.ids.next('run');
    this.#wanted = {
      keyId: keyIdOf(request), fingerprint: fingerprintOf(request), state: 'running', runId, seed: seedOf(runId),
      leaseUntil: createdAt + deps.settings.leaseMs + CLAIM_MARGIN_MS,
      createdAt, expiresAtSeconds: Math.ceil((createdAt + KEY_LIFETIME_MS) / 1000),
    };
  }

  get keyId(): string {
    return this.#wanted.keyId;
  }

  /**
   * Makes the request this run's own; once, however often it is asked for. A change of live names the
   * operation it is about to begin. The answer's `operationId` is that one, or the one that an earlier
   * run began. Throws what `claimRequest` throws.
   */
  claim(operationId?: string): Promise<Pick<IdempotencyRecord, 'operationId'>> {
    const wanted = { ...this.#wanted, ...(operationId !== undefined && { operationId }) };
    this.#claim ??= claimRequest(this.#deps, wanted).then((held) => { this.#held = held; return held; });
    return this.#claim;
  }

  /** An earlier run began this request and may have done any part of it. */
  get isResumed(): boolean {
    return this.#held !== undefined && this.#held.seed !== this.#wanted.seed;
  }

  /** The id of what this request makes, the same in every run of it. Only after `claim`. */
  idOf(prefix: 'prj' | 'dep' | 'tok' | 'whk'): string {
    if (!this.#held) throw new Error('the request is not claimed yet');
    return `${prefix}_${this.#held.seed}`;
  }

  /** Before an operation that `claim` did not name moves anything: later runs look for its end. */
  async begin(operationId: string): Promise<void> {
    const result = await this.#write({ set: { operationId } });
    if (!result.updated) throw requestInProgress();
  }

  /** Every run finds the answer on its operation's own record, so nobody has to wait until it is kept. */
  answerIsOnRecord(): void {
    this.#onRecord = true;
  }

  /** The operation has failed for good: unless the answer is kept, the next run begins a new one. */
  forgetOperation(): void {
    this.#forgets = true;
  }

  /**
   * Keeps the answer for every later request with the key. Without one the request is let go of: the
   * next run takes it up where this one left it. Never throws; what could not be written is found out
   * by the next run once the lease has ended. Does nothing for a request that was not claimed.
   */
  async finish(answer: KeyedAnswer | undefined): Promise<void> {
    if (!this.#held) return;
    const written = this.#write(answer ? { set: { state: 'done', answer } } : {
      set: { leaseUntil: 0 }, ...(this.#forgets && { remove: ['operationId'] }),
    });
    this.#deps.inBackground(() => written);
    if (!this.#onRecord) await written.catch(() => undefined);
  }

  /** Refused once another run has the request. Sent twice when its answer was lost: it is the same both times. */
  async #write(change: Change<IdempotencyRecord>): Promise<Updated<IdempotencyRecord>> {
    const { keyId, runId } = this.#wanted;
    const { idempotency } = this.#deps.stores;
    const write = () => idempotency.update({ keyId }, change, { equals: { runId, state: 'running' } });
    try {
      return await write();
    } catch (error) {
      if (!isCloudError(error, 'unknown_outcome', 'unavailable')) throw error;
      return write();
    }
  }
}
