import t from 'tap';
import { answered, noteEarlierUnanswered, toCloudError } from '../../../src/adapters/aws/aws-error.ts';
import type { CloudErrorKind } from '../../../src/ports/cloud-error.ts';
import { CloudError } from '../../../src/ports/cloud-error.ts';

function sdkError(name: string, more: object = {}): Error {
  return Object.assign(new Error('words that decide nothing'), { name, ...more });
}

function status(httpStatusCode: number) {
  return { $metadata: { httpStatusCode } };
}

void t.test('the name of the error decides, whatever the status says', async (t) => {
  const table: Record<CloudErrorKind, string[]> = {
    stale: ['PreconditionFailedException', 'PreconditionFailed', 'InvalidIfMatchVersion',
      'ConditionalCheckFailedException'],
    not_found: ['ResourceNotFoundException', 'NoSuchDistribution', 'NoSuchResource', 'NoSuchInvalidation',
      'EntityNotFound'],
    throttled: ['TooManyRequestsException', 'Throttling', 'ThrottlingException', 'RequestLimitExceeded', 'SlowDown',
      'ProvisionedThroughputExceededException', 'LimitExceededException', 'TooManyInvalidationsInProgress'],
    conflict: ['ResourceConflictException', 'ResourceInUseException', 'ResourceInUse', 'CNAMEAlreadyExists',
      'EntityAlreadyExists', 'RequestInProgressException', 'CachePolicyInUse', 'FunctionAlreadyExists'],
    refused: ['InvalidParameterValueException', 'ValidationException', 'InvalidViewerCertificate',
      'TooManyDistributionCNAMEs', 'InconsistentQuantities', 'IllegalUpdate', 'NoSuchOrigin', 'NoSuchCachePolicy',
      'InvalidDomainValidationOptionsException', 'AliasLimitExceededException', 'ServiceQuotaExceededException'],
    denied: ['AccessDenied', 'AccessDeniedException', 'UnrecognizedClientException', 'ExpiredToken',
      'ExpiredTokenException', 'CredentialsProviderError', 'InvalidClientTokenId', 'SignatureDoesNotMatch',
      'InvalidSignatureException'],
    unavailable: ['RequestTimeout', 'RequestTimeoutException'],
    unknown_outcome: ['TimeoutError', 'AbortError'],
  };
  for (const [kind, names] of Object.entries(table)) {
    for (const name of names) {
      const misleading = status(kind === 'refused' ? 404 : 400);
      const error = toCloudError(sdkError(name, misleading), 'lambda', 'UpdateAlias');
      t.equal(error.kind, kind, `${name} is ${kind}`);
      t.match(error, { awsName: name, service: 'lambda', operation: 'UpdateAlias' });
    }
  }
});

void t.test('a LimitExceededException is a quota for ACM and a request to slow down elsewhere', async (t) => {
  t.equal(toCloudError(sdkError('LimitExceededException'), 'acm', 'RequestCertificate').kind, 'refused');
  t.equal(toCloudError(sdkError('LimitExceededException'), 'dynamodb', 'CreateTable').kind, 'throttled');
});

void t.test('a name nobody knows is judged by its HTTP status', async (t) => {
  const table: [number, CloudErrorKind][] = [
    [200, 'unknown_outcome'], [400, 'refused'], [401, 'denied'], [403, 'denied'], [404, 'not_found'],
    [408, 'unavailable'], [409, 'conflict'], [412, 'stale'], [418, 'refused'], [429, 'throttled'],
    [500, 'unavailable'], [503, 'unavailable'],
  ];
  for (const [code, kind] of table) {
    t.equal(toCloudError(sdkError('SomethingNew', status(code)), 'acm', 'X').kind, kind, `${code} is ${kind}`);
  }
  const throttling = sdkError('SomethingNew', { ...status(400), $retryable: { throttling: true } });
  t.equal(toCloudError(throttling, 'acm', 'X').kind, 'throttled', 'the SDK\'s own mark comes before the status');
});

void t.test('without an answer, only what surely was never sent is "unavailable"', async (t) => {
  const table: [string, object, CloudErrorKind][] = [
    ['Error', { code: 'ECONNREFUSED', syscall: 'connect' }, 'unavailable'],
    ['Error', { code: 'ENOTFOUND', syscall: 'getaddrinfo' }, 'unavailable'],
    ['Error', { code: 'EAI_AGAIN' }, 'unavailable'],
    ['Error', { code: 'EHOSTUNREACH', syscall: 'connect' }, 'unavailable'],
    ['TimeoutError', { code: 'ETIMEDOUT', syscall: 'connect' }, 'unavailable'],
    ['Error', { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }, 'unavailable'],
    ['AggregateError', { code: 'ECONNREFUSED', errors: [
      { code: 'ECONNREFUSED', syscall: 'connect' }, { code: 'ENETUNREACH', syscall: 'connect' },
    ] }, 'unavailable'],
    ['AggregateError', { errors: [{ code: 'ECONNREFUSED', syscall: 'connect' }, 'odd'] }, 'unknown_outcome'],
    ['TimeoutError', { code: 'ECONNRESET', syscall: 'read' }, 'unknown_outcome'],
    ['Error', { code: 'ECONNRESET' }, 'unknown_outcome'],
    ['Error', { code: 'EPIPE', syscall: 'write' }, 'unknown_outcome'],
    ['Error', { code: 'EHOSTUNREACH', syscall: 'read' }, 'unknown_outcome'],
    ['TimeoutError', { code: 'ETIMEDOUT' }, 'unknown_outcome'],
    ['TimeoutError', {}, 'unknown_outcome'],
    ['TypeError', {}, 'unknown_outcome'],
    ['constructor', {}, 'unknown_outcome'],
  ];
  for (const [name, more, kind] of table) {
    const error = toCloudError(sdkError(name, more), 'lambda', 'UpdateAlias');
    t.equal(error.kind, kind, `${name} ${JSON.stringify(more)} is ${kind}`);
  }
});

void t.test('after an attempt that was never answered, a later "not now" says nothing about the first', async (t) => {
  const after = (name: string, more: object = {}) => {
    const error = sdkError(name, more);
    noteEarlierUnanswered(error);
    return toCloudError(error, 'lambda', 'UpdateAlias').kind;
  };
  t.equal(after('TooManyRequestsException'), 'unknown_outcome');
  t.equal(after('ServiceException', status(500)), 'unknown_outcome');
  t.equal(after('Error', { code: 'ECONNREFUSED' }), 'unknown_outcome');
  t.equal(after('ExpiredTokenException'), 'unknown_outcome');
  t.equal(after('PreconditionFailedException'), 'stale', 'stale already asks for reading again');
  t.equal(after('InvalidParameterValueException'), 'refused', 'a refusal holds for the first attempt too');
  t.doesNotThrow(() => noteEarlierUnanswered('not an object'));
});

void t.test('how long AWS asks to wait is handed on', async (t) => {
  const after = (more: object) => (
    toCloudError(sdkError('TooManyRequestsException', more), 'lambda', 'X').retryAfterSeconds);
  t.equal(after({ retryAfterSeconds: '3' }), 3, 'from the field of the error');
  t.equal(after({ $response: { headers: { 'retry-after': '7' } } }), 7, 'from the header');
  t.equal(after({ retryAfterSeconds: 'soon' }), undefined);
  t.equal(after({ retryAfterSeconds: '' }), undefined);
  t.equal(after({ retryAfterSeconds: '-1' }), undefined);
  t.equal(after({ $response: {} }), undefined);
  t.equal(after({}), undefined);
});

void t.test('a CloudError goes through as it is, and anything at all becomes one', async (t) => {
  const already = toCloudError(sdkError('AccessDenied'), 'acm', 'X');
  t.equal(toCloudError(already, 'lambda', 'Y'), already);
  t.match(already, { cause: { name: 'AccessDenied' }, message: 'acm X: AccessDenied: words that decide nothing' });
  const odd = toCloudError('just text', 'acm', 'X');
  t.match(odd, { kind: 'unknown_outcome', awsName: 'UnknownError', message: 'acm X: UnknownError: just text' });
  t.equal(toCloudError(null, 'acm', 'X').kind, 'unknown_outcome');
  t.match(toCloudError({ name: 'Odd', message: '' }, 'acm', 'X').message, 'acm X: Odd: no message');
});

void t.test('an answer without the field it must have is no answer', async (t) => {
  t.equal(answered('here', 'lambda', 'GetAlias', 'RevisionId'), 'here');
  t.throws(() => answered(undefined, 'lambda', 'GetAlias', 'RevisionId'), new CloudError({
    kind: 'unknown_outcome', service: 'lambda', operation: 'GetAlias', awsName: 'IncompleteAnswer',
    message: 'lambda GetAlias: the answer has no RevisionId',
  }));
});
