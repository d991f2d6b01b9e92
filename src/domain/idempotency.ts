import { createHash } from 'node:crypto';

/** For how long an answer is replayed, counted from the first request. */
export const KEY_LIFETIME_MS = 24 * 3_600_000;

/**
 * How much longer a request is left to its first run than that run may begin to move anything; room
 * for clocks that disagree and for a last write that is still on its way.
 */
export const CLAIM_MARGIN_MS = 5_000;

/** What is remembered of a request that carries an Idempotency-Key. */
export interface IdempotencyRecord {
  /** Of caller and key, so that nobody meets another caller's keys. */
  readonly keyId: string;
  /** Of method, path and body: what the key was first used for. */
  readonly fingerprint: string;
  readonly state: 'running' | 'done';
  /** The run that has the request now; only it may write here. */
  readonly runId: string;
  /** Ids of what the request makes come from it, so that a later run finds what an earlier one made. */
  readonly seed: string;
  /** While it runs: after this time (ms since the epoch) another run may take the request over. */
  readonly leaseUntil: number;
  /** The change of live this request began last. */
  readonly operationId?: string;
  /** Once it is done. */
  readonly answer?: KeyedAnswer;
  readonly createdAt: number;
  readonly expiresAtSeconds: number;
}

/** An HTTP answer as it was sent. */
export interface KeyedAnswer {
  readonly status: number;
  /** Those that belong to the answer rather than to its delivery; names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface KeyedRequest {
  readonly caller: string;
  /** The key itself, without quotes. */
  readonly key: string;
  readonly method: string;
  /** Path with query. */
  readonly url: string;
  /** As parsed from JSON. */
  readonly body: unknown;
}

export function keyIdOf({ caller, key }: KeyedRequest): string {
  return sha256(JSON.stringify([caller, key]));
}

/** The same for bodies that differ in the order of their properties only. */
export function fingerprintOf({ method, url, body }: KeyedRequest): string {
  return sha256(JSON.stringify([method, url, body ?? null], inOrder));
}

/** A `run` id's own part. */
export function seedOf(runId: string): string {
  return runId.slice(runId.indexOf('_') + 1);
}

/** What is thrown for a request that has had its answer; not an error of anybody's. */
export class AnsweredBefore extends Error {
  override readonly name = 'AnsweredBefore';
  readonly answer: KeyedAnswer;

  constructor(answer: KeyedAnswer) {
    super('the request has been answered before');
    this.answer = answer;
  }
}

function inOrder(_name: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
