import { CloudError } from '../../ports/cloud-error.ts';
import type { CloudErrorKind } from '../../ports/cloud-error.ts';

/**
 * Error names with a meaning of their own, over all services. A name answers before the HTTP status
 * does, because statuses differ by service for the same meaning (a stale ETag is 412 or 400).
 * Source: the SDK's error classes and the "common errors" of the services' API references.
 */
const KIND_BY_NAME: Readonly<Record<string, CloudErrorKind>> = {
  ...named('stale', 'PreconditionFailedException', 'PreconditionFailed', 'InvalidIfMatchVersion',
    'ConditionalCheckFailedException'),
  ...named('not_found', 'ResourceNotFoundException', 'NoSuchDistribution', 'NoSuchResource', 'EntityNotFound'),
  ...named('throttled', 'TooManyRequestsException', 'Throttling', 'ThrottlingException', 'ThrottledException',
    'RequestLimitExceeded', 'RequestThrottled', 'RequestThrottledException', 'ProvisionedThroughputExceededException',
    'BandwidthLimitExceeded', 'SlowDown', 'LimitExceededException', 'TooManyInvalidationsInProgress'),
  ...named('conflict', 'ResourceConflictException', 'ResourceInUseException', 'ResourceInUse', 'ConflictException',
    'CNAMEAlreadyExists', 'EntityAlreadyExists', 'RequestInProgressException', 'TransactionConflictException',
    'ReplicatedWriteConflictException', 'ResourceNotDisabled'),
  ...named('refused', 'InvalidParameterValueException', 'ValidationException', 'InvalidViewerCertificate',
    'TooManyDistributionCNAMEs', 'InconsistentQuantities', 'IllegalUpdate', 'InvalidArgument', 'InvalidAssociation',
    'InvalidTagging', 'EntityLimitExceeded',
    'InvalidDomainValidationOptionsException', 'AliasLimitExceededException', 'ServiceQuotaExceededException'),
  ...named('denied', 'AccessDenied', 'AccessDeniedException', 'AuthFailure', 'CredentialsProviderError', 'ExpiredToken',
    'ExpiredTokenException', 'IncompleteSignature', 'IncompleteSignatureException', 'InvalidAccessKeyId',
    'InvalidClientTokenId', 'InvalidSignatureException', 'MissingAuthenticationToken',
    'MissingAuthenticationTokenException', 'NotAuthorized', 'OptInRequired', 'ProviderError', 'RequestExpired',
    'RequestTimeTooSkewed', 'SignatureDoesNotMatch', 'TokenProviderError', 'UnrecognizedClientException'),
  ...named('unavailable', 'RequestTimeout', 'RequestTimeoutException'),
  ...named('unknown_outcome', 'TimeoutError', 'AbortError'),
};

/**
 * What ACM calls LimitExceededException is a quota (certificates in the account or this year), which
 * waiting a second does not change; the other services use the name for "too many at once".
 */
const KIND_BY_SERVICE_AND_NAME: Readonly<Record<string, CloudErrorKind>> = {
  'acm.LimitExceededException': 'refused',
};

/** Refusals that were given before the request left this machine. */
const NOT_CONNECTED_CODES = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN']);
const UNTRUSTED_PEER_CODE = /^(CERT_|ERR_TLS_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_)/;
const BEFORE_SENDING_SYSCALLS = new Set(['connect', 'getaddrinfo']);

/** What an SDK error may carry; all of it optional, because a bare Node error may come through too. */
interface SdkErrorShape {
  readonly name?: unknown;
  readonly message?: unknown;
  readonly code?: unknown;
  readonly syscall?: unknown;
  readonly errors?: unknown;
  readonly retryAfterSeconds?: unknown;
  readonly earlierAttemptUnanswered?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $retryable?: { readonly throttling?: boolean };
  readonly $response?: { readonly headers?: Readonly<Record<string, string | undefined>> };
}

/**
 * Translates whatever an SDK call threw into the terms decisions are made on: by error name, then by
 * what the transport says, then by HTTP status; never by message. What cannot be placed is
 * `unknown_outcome`, the one kind that lets nobody assume anything.
 *
 * `service` is `lambda`, `acm`, `cloudfront` or `dynamodb`; `operation` the API's own name, e.g.
 * `UpdateAlias`. A `CloudError` is handed through as it is.
 */
export function toCloudError(error: unknown, service: string, operation: string): CloudError {
  if (error instanceof CloudError) return error;
  const shape: SdkErrorShape = typeof error === 'object' && error !== null ? error : { message: String(error) };
  const awsName = typeof shape.name === 'string' ? shape.name : 'UnknownError';
  const kind = withEarlierAttempts(kindOf(shape, awsName, service), shape);
  const said = typeof shape.message === 'string' && shape.message !== '' ? shape.message : 'no message';
  return new CloudError({
    kind, service, operation, awsName, cause: error,
    message: `${service} ${operation}: ${awsName}: ${said}`,
    retryAfterSeconds: retryAfterSeconds(shape),
  });
}

/**
 * Notes on an error that the SDK threw after retrying that an earlier attempt of the same call went
 * out and was never answered: then a last answer of "slow down" or "cannot be reached" does not say
 * that nothing happened.
 */
export function noteEarlierUnanswered(error: unknown): void {
  if (typeof error === 'object' && error !== null) Object.assign(error, { earlierAttemptUnanswered: true });
}

function kindOf(error: SdkErrorShape, awsName: string, service: string): CloudErrorKind {
  const byName = KIND_BY_SERVICE_AND_NAME[`${service}.${awsName}`] ?? ownKind(awsName) ?? kindByFamily(awsName);
  if (byName !== undefined && !(byName === 'unknown_outcome' && isBeforeSending(error))) return byName;
  if (isBeforeSending(error)) return 'unavailable';
  if (error.$retryable?.throttling === true) return 'throttled';
  return kindByStatus(error.$metadata?.httpStatusCode);
}

function ownKind(awsName: string): CloudErrorKind | undefined {
  return Object.hasOwn(KIND_BY_NAME, awsName) ? KIND_BY_NAME[awsName] : undefined;
}

/** CloudFront names a class per kind of thing; a thing a configuration refers to is a refusal of the configuration. */
function kindByFamily(awsName: string): CloudErrorKind | undefined {
  if (/^NoSuch.+(Origin|Policy|Config|Profile|Key)$|^NoSuchOrigin/.test(awsName)) return 'refused';
  if (awsName.startsWith('NoSuch')) return 'not_found';
  if (/(AlreadyExists|InUse)$/.test(awsName)) return 'conflict';
  return undefined;
}

function kindByStatus(status: number | undefined): CloudErrorKind {
  if (status === undefined || status < 400) return 'unknown_outcome';
  if (status >= 500 || status === 408) return 'unavailable';
  if (status === 401 || status === 403) return 'denied';
  if (status === 404) return 'not_found';
  if (status === 409) return 'conflict';
  if (status === 412) return 'stale';
  return status === 429 ? 'throttled' : 'refused';
}

/** No name found, no connection, no trusted TLS peer: the request was never written. */
function isBeforeSending(error: SdkErrorShape): boolean {
  if (Array.isArray(error.errors) && error.errors.length > 0) {
    return error.errors.every((one: unknown) => typeof one === 'object' && one !== null && isBeforeSending(one));
  }
  if (typeof error.syscall === 'string') return BEFORE_SENDING_SYSCALLS.has(error.syscall);
  if (typeof error.code !== 'string') return false;
  return NOT_CONNECTED_CODES.has(error.code) || UNTRUSTED_PEER_CODE.test(error.code);
}

function withEarlierAttempts(kind: CloudErrorKind, error: SdkErrorShape): CloudErrorKind {
  const saysNothingOfEarlier = kind === 'unavailable' || kind === 'throttled' || kind === 'denied';
  return error.earlierAttemptUnanswered === true && saysNothingOfEarlier ? 'unknown_outcome' : kind;
}

/** Whole seconds or fractions, from the error's own field (Lambda) or the answer's header; dates are left out. */
function retryAfterSeconds(error: SdkErrorShape): number | undefined {
  const given = error.retryAfterSeconds ?? error.$response?.headers?.['retry-after'];
  if (given === undefined || given === '') return undefined;
  const seconds = Number(given);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds : undefined;
}

function named(kind: CloudErrorKind, ...names: string[]): Record<string, CloudErrorKind> {
  return Object.fromEntries(names.map((name) => [name, kind]));
}

/** Runs one SDK call; whatever it throws leaves as a `CloudError`. */
export async function calling<T>(service: string, operation: string, call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    throw toCloudError(error, service, operation);
  }
}

/** A field that the answer must have; its absence means that the answer tells us nothing. */
export function answered<T>(value: T | undefined, service: string, operation: string, field: string): T {
  if (value !== undefined) return value;
  throw new CloudError({
    kind: 'unknown_outcome', service, operation, awsName: 'IncompleteAnswer',
    message: `${service} ${operation}: the answer has no ${field}`,
  });
}
