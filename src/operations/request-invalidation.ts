import type { InvalidationResult } from '../domain/follow-ups.ts';
import type { OwedInvalidation } from '../domain/operation.ts';
import { CloudError, isCloudError } from '../ports/cloud-error.ts';
import type { Distributions } from '../ports/distributions.ts';

/** Asks CloudFront once; the owed invalidation's reference makes a repeat harmless. */
export async function requestInvalidation(
  distributions: Pick<Distributions, 'invalidate'>,
  { distributionId, paths, callerReference }: OwedInvalidation,
): Promise<InvalidationResult> {
  try {
    return { kind: 'accepted', invalidationId: await distributions.invalidate(distributionId, { paths, callerReference }) };
  } catch (error) {
    if (!(error instanceof CloudError)) throw error;
    if (isCloudError(error, 'throttled', 'unavailable', 'unknown_outcome')) {
      return { kind: 'held_up', detail: error.message, retryAfterMs: (error.retryAfterSeconds ?? 0) * 1000 };
    }
    return { kind: 'refused', detail: refusal(error, distributionId) };
  }
}

function refusal(error: CloudError, distributionId: string): string {
  if (isCloudError(error, 'not_found')) {
    return `CloudFront has no distribution ${distributionId}. Correct the project's distribution.`;
  }
  if (isCloudError(error, 'denied')) {
    return `AWS does not allow it; the server needs cloudfront:CreateInvalidation. ${error.message}`;
  }
  return `CloudFront refused it: ${error.message}`;
}
