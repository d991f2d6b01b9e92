import { AnchorError } from '../domain/errors.ts';
import type { FieldError } from '../domain/errors.ts';
import { CloudError } from '../ports/cloud-error.ts';
import { CLOUD_ERROR_CODES, PROBLEM_KINDS, STATUS_CODES, problemType } from './problem-kinds.ts';
import type { ProblemCode } from './problem-kinds.ts';
import { NOT_AN_ID } from './unknown-id.ts';
import { fieldErrorsOf, notFoundCodeOf } from './validation-errors.ts';

/** RFC 9457, with our own members after `detail`. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ProblemCode;
  readonly requestId: string;
  readonly errors?: readonly FieldError[];
  readonly operationId?: string;
}

export interface Refusal {
  readonly problem: Problem;
  readonly retryAfterSeconds?: number | undefined;
}

/** AWS does not always say how long to wait. */
const THROTTLED_RETRY_SECONDS = 2;

/** What the caller is told of any error: never a stack, never the text of an unforeseen error or of AWS. */
export function refusalOf(error: unknown, requestId: string): Refusal {
  if (error instanceof AnchorError) return fromAnchor(error, requestId);
  if (error instanceof CloudError) return fromCloud(error, requestId);
  if (isHttpError(error) && error.statusCode < 500) return fromFramework(error, requestId);
  return { problem: problemOf('internal_error', requestId, `Please report it with the request id ${requestId}.`) };
}

export function problemOf(code: ProblemCode, requestId: string, detail: string, more: {
  errors?: readonly FieldError[] | undefined; operationId?: string | undefined;
} = {}): Problem {
  const { status, title } = PROBLEM_KINDS[code];
  return {
    type: problemType(code), title, status, detail, code, requestId,
    ...(more.errors ? { errors: more.errors } : {}),
    ...(more.operationId === undefined ? {} : { operationId: more.operationId }),
  };
}

function fromAnchor(error: AnchorError, requestId: string): Refusal {
  return {
    problem: problemOf(error.code, requestId, error.message, error),
    retryAfterSeconds: error.retryAfterSeconds ?? waitFor(error.code),
  };
}

function fromCloud(error: CloudError, requestId: string): Refusal {
  const code = CLOUD_ERROR_CODES[error.kind];
  // The message of AWS can name accounts and roles; it is in the log under the request id.
  const detail = `${error.service} ${error.operation} failed with ${error.awsName}. `
    + 'Nothing more is known here; the log has the rest under the request id.';
  return { problem: problemOf(code, requestId, detail), retryAfterSeconds: error.retryAfterSeconds ?? waitFor(code) };
}

function waitFor(code: ProblemCode): number | undefined {
  return code === 'upstream_throttled' ? THROTTLED_RETRY_SECONDS : undefined;
}

interface HttpError {
  readonly statusCode: number;
  readonly message: string;
}

function isHttpError(error: unknown): error is HttpError {
  return error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number';
}

function fromFramework(error: HttpError, requestId: string): Refusal {
  const missing = notFoundCodeOf(error);
  if (missing) return { problem: problemOf(missing, requestId, NOT_AN_ID) };
  const errors = fieldErrorsOf(error);
  if (errors) {
    const detail = errors.map(({ field, message }) => `${field} ${message}.`).join(' ');
    return { problem: problemOf('invalid_request', requestId, detail, { errors }) };
  }
  const code = STATUS_CODES[error.statusCode] ?? 'malformed_request';
  return { problem: problemOf(code, requestId, `${error.message}.`) };
}
