import { createHash } from 'node:crypto';

/**
 * ACM honours an idempotency token for one hour. After this much of it a retry first looks for the
 * certificate by its tag, so that a slow call never lands on the wrong side of the hour.
 */
export const TOKEN_TRUSTED_MS = 50 * 60_000;

/**
 * How long ACM may not know a certificate it has just given an ARN for; only after it does "no such
 * certificate" mean that somebody deleted it.
 */
export const FRESH_CERTIFICATE_MS = 60_000;

/** The idempotency token of a certificate request: 32 of `\w`, the same for the same record and generation. */
export function requestToken(id: string, generation: number): string {
  return createHash('sha256').update(`${id}:${generation}`).digest('hex').slice(0, 32);
}
