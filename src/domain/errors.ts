/**
 * Every way a request can be refused or fail, by code. Knows no HTTP: `http/problem.ts` holds the
 * one table from code to status.
 */
export type ErrorCode =
  | 'project_not_found' | 'deployment_not_found' | 'domain_not_found' | 'operation_not_found' | 'token_not_found'
  | 'project_has_domains' | 'invalid_request'
  | 'function_not_configured' | 'distribution_not_configured'
  | 'deployment_not_deployable' | 'version_not_found' | 'alias_not_found'
  | 'deployment_status_final'
  | 'project_pinned' | 'pin_not_found' | 'nothing_to_undo'
  | 'request_in_progress' | 'idempotency_key_reused'
  | 'operation_in_progress' | 'operation_unfinished' | 'alias_update_failed'
  | 'invalid_hostname' | 'hostname_taken' | 'domain_deleting' | 'distribution_full' | 'verify_too_soon'
  | 'project_busy' | 'upstream_throttled' | 'upstream_unavailable'
  | 'unauthenticated' | 'grant_missing' | 'callers_unavailable' | 'rate_limited' | 'under_pressure'
  | 'too_many_streams' | 'webhook_not_found' | 'delivery_not_found' | 'too_many_webhooks';

/** One field of a request that was wrong, and what to do about it. */
export interface FieldError {
  /** JSON pointer into the body, or `query/name`, `path/name`, `headers/name`. */
  readonly field: string;
  readonly message: string;
}

export class AnchorError extends Error {
  override readonly name = 'AnchorError';
  readonly code: ErrorCode;
  readonly errors: readonly FieldError[] | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly operationId: string | undefined;

  /** `detail` is one or two sentences for a person: what happened, and the remedy. */
  constructor(code: ErrorCode, detail: string, more: {
    errors?: readonly FieldError[]; retryAfterSeconds?: number | undefined;
    operationId?: string; cause?: unknown;
  } = {}) {
    super(detail, { cause: more.cause });
    this.code = code;
    this.errors = more.errors;
    this.retryAfterSeconds = more.retryAfterSeconds;
    this.operationId = more.operationId;
  }
}
