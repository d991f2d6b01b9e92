/**
 * What went wrong with a call to AWS, in the terms decisions are made on.
 *
 * - `not_found`: the thing named does not exist
 * - `stale`: a precondition (RevisionId, ETag) no longer holds; read again and decide again
 * - `conflict`: refused because of another thing's state (name held elsewhere, resource in use, …)
 * - `throttled`: AWS asks to slow down
 * - `refused`: AWS understood and said no; the same call will be refused again
 * - `denied`: credentials missing or not allowed
 * - `unknown_outcome`: no answer was seen; AWS may or may not have acted: read back, never assume
 * - `unavailable`: AWS answered that it could not (5xx) or could not be reached at all before sending
 */
export type CloudErrorKind =
  | 'not_found' | 'stale' | 'conflict' | 'throttled' | 'refused' | 'denied' | 'unknown_outcome' | 'unavailable';

export class CloudError extends Error {
  override readonly name = 'CloudError';
  readonly kind: CloudErrorKind;
  readonly service: string;
  readonly operation: string;
  /** The error name AWS gave, e.g. `CNAMEAlreadyExists`; for branching by name, never by message. */
  readonly awsName: string;
  readonly retryAfterSeconds: number | undefined;

  constructor(init: {
    kind: CloudErrorKind; service: string; operation: string; awsName: string; message: string;
    retryAfterSeconds?: number | undefined; cause?: unknown;
  }) {
    super(init.message, { cause: init.cause });
    this.kind = init.kind;
    this.service = init.service;
    this.operation = init.operation;
    this.awsName = init.awsName;
    this.retryAfterSeconds = init.retryAfterSeconds;
  }
}

export function isCloudError<K extends CloudErrorKind = CloudErrorKind>(
  error: unknown, ...kinds: readonly K[]
): error is CloudError & { readonly kind: K } {
  return error instanceof CloudError && (kinds.length === 0 || kinds.some((kind) => kind === error.kind));
}
