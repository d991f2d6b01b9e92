import type { ErrorCode } from '../domain/errors.ts';
import type { CloudErrorKind } from '../ports/cloud-error.ts';

/** Codes of what only HTTP can get wrong. */
export type HttpCode =
  | 'malformed_request' | 'route_not_found' | 'method_not_allowed' | 'payload_too_large'
  | 'request_timeout' | 'headers_too_large' | 'unsupported_media_type' | 'not_ready' | 'internal_error';

export type ProblemCode = ErrorCode | HttpCode;

export interface ProblemKind {
  readonly status: number;
  readonly title: string;
}

/** The one table from code to HTTP status. */
export const PROBLEM_KINDS: Readonly<Record<ProblemCode, ProblemKind>> = {
  invalid_request: { status: 400, title: 'The request is not valid' },
  malformed_request: { status: 400, title: 'The request cannot be read' },
  invalid_hostname: { status: 400, title: 'This name cannot be a custom domain' },
  unauthenticated: { status: 401, title: 'The caller is not known' },
  grant_missing: { status: 403, title: 'The caller may not do this' },
  route_not_found: { status: 404, title: 'There is nothing at this path' },
  project_not_found: { status: 404, title: 'No such project' },
  deployment_not_found: { status: 404, title: 'No such deployment in this project' },
  domain_not_found: { status: 404, title: 'No such domain in this project' },
  pin_not_found: { status: 404, title: 'The project is not pinned' },
  operation_not_found: { status: 404, title: 'No such operation in this project' },
  token_not_found: { status: 404, title: 'No such token' },
  webhook_not_found: { status: 404, title: 'No such webhook in this project' },
  delivery_not_found: { status: 404, title: 'No such delivery of this webhook' },
  method_not_allowed: { status: 405, title: 'This path does not know the method' },
  request_timeout: { status: 408, title: 'The request did not arrive in time' },
  project_busy: { status: 409, title: 'The project is being changed by others' },
  project_has_domains: { status: 409, title: 'The project still has domains' },
  function_not_configured: { status: 409, title: 'The project has no such function' },
  distribution_not_configured: { status: 409, title: 'The project has no distribution' },
  distribution_full: { status: 409, title: 'The distribution takes no more names' },
  deployment_status_final: { status: 409, title: 'The deployment has already ended' },
  deployment_not_deployable: { status: 409, title: 'The deployment cannot be made live' },
  version_not_found: { status: 409, title: 'The version no longer exists on Lambda' },
  alias_not_found: { status: 409, title: 'The live alias does not exist on Lambda' },
  project_pinned: { status: 409, title: 'The project is pinned' },
  nothing_to_undo: { status: 409, title: 'There is no rollback to undo' },
  operation_in_progress: { status: 409, title: 'Another operation is running' },
  request_in_progress: { status: 409, title: 'The same request is still being served' },
  hostname_taken: { status: 409, title: 'The name is held by another project' },
  domain_deleting: { status: 409, title: 'The domain is being deleted' },
  too_many_webhooks: { status: 409, title: 'The project has as many webhooks as it may' },
  payload_too_large: { status: 413, title: 'The body is too large' },
  unsupported_media_type: { status: 415, title: 'The body is not JSON' },
  idempotency_key_reused: { status: 422, title: 'The Idempotency-Key belongs to another request' },
  verify_too_soon: { status: 429, title: 'The domain was verified a moment ago' },
  rate_limited: { status: 429, title: 'The caller asks too often' },
  headers_too_large: { status: 431, title: 'The headers are too large' },
  alias_update_failed: { status: 500, title: 'The alias could not be moved' },
  internal_error: { status: 500, title: 'Something unforeseen went wrong' },
  upstream_unavailable: { status: 502, title: 'AWS could not do its part' },
  upstream_throttled: { status: 503, title: 'AWS asks to slow down' },
  operation_unfinished: { status: 503, title: 'The end of the operation is not known yet' },
  callers_unavailable: { status: 503, title: 'Nobody can be recognised at the moment' },
  under_pressure: { status: 503, title: 'The server has too much to do' },
  too_many_streams: { status: 503, title: 'The server keeps as many event streams open as it may' },
  not_ready: { status: 503, title: 'The server is not ready' },
};

/** What an AWS call that nobody turned into words becomes. */
export const CLOUD_ERROR_CODES: Readonly<Record<CloudErrorKind, ProblemCode>> = {
  throttled: 'upstream_throttled',
  denied: 'upstream_unavailable',
  unavailable: 'upstream_unavailable',
  unknown_outcome: 'upstream_unavailable',
  not_found: 'upstream_unavailable',
  stale: 'upstream_unavailable',
  conflict: 'upstream_unavailable',
  refused: 'upstream_unavailable',
};

/** For refusals by the HTTP framework, which come with a status only. */
export const STATUS_CODES: Readonly<Record<number, ProblemCode>> = {
  404: 'route_not_found',
  405: 'method_not_allowed',
  413: 'payload_too_large',
  415: 'unsupported_media_type',
};

export function problemType(code: ProblemCode): string {
  return `urn:anchor:problem:${code}`;
}
