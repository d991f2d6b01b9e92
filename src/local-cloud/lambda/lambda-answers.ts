import type { WireResponse } from '../wire.ts';
import { LambdaError } from './lambda-error.ts';
import type { StoredAlias, StoredProvisioned, StoredVersion } from './lambda-records.ts';

/** A JSON answer; undefined members are left out. */
export function json(status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): WireResponse {
  return {
    status, headers: { 'content-type': 'application/json', ...headers }, body: Buffer.from(JSON.stringify(value)),
  };
}

export function empty(status: number, headers: Readonly<Record<string, string>> = {}): WireResponse {
  return { status, headers, body: new Uint8Array() };
}

/** These two spell their message with a capital; see the shapes of the service model. */
const CAPITAL_MESSAGE: readonly string[] = ['ResourceNotFoundException', 'ServiceException'];

export function refusal({ name, status, message }: LambdaError): WireResponse {
  const words = CAPITAL_MESSAGE.includes(name) ? { Message: message } : { message };
  return json(status, { Type: 'User', ...words }, { 'x-amzn-errortype': name });
}

/** FunctionConfiguration of the service model. */
export function configurationShape(version: StoredVersion, arn: string): Record<string, unknown> {
  const { content } = version;
  return {
    FunctionName: version.functionName,
    FunctionArn: arn,
    Version: version.version,
    Description: version.description,
    Role: content.role,
    ...(content.handler === null ? {} : { Handler: content.handler }),
    ...(content.runtime === null ? {} : { Runtime: content.runtime }),
    PackageType: content.packageType,
    Timeout: content.timeoutSeconds,
    MemorySize: content.memoryMegabytes,
    Architectures: content.architectures,
    Environment: { Variables: content.environment },
    ...(content.deadLetterTargetArn === null ? {} : { DeadLetterConfig: { TargetArn: content.deadLetterTargetArn } }),
    CodeSha256: content.codeSha256,
    CodeSize: content.codeSizeBytes,
    LastModified: timestamp(version.lastModified),
    RevisionId: version.revisionId,
    State: version.state,
    ...(version.stateReason === null ? {} : { StateReason: version.stateReason }),
    LastUpdateStatus: 'Successful',
    TracingConfig: { Mode: 'PassThrough' },
  };
}

function timestamp(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '+0000');
}

/** Put- and GetProvisionedConcurrencyConfigResponse of the service model. */
export function provisionedShape(
  { requested, lastModified }: StoredProvisioned, status: 'IN_PROGRESS' | 'READY',
): Record<string, unknown> {
  const allocated = status === 'READY' ? requested : 0;
  return {
    RequestedProvisionedConcurrentExecutions: requested,
    AvailableProvisionedConcurrentExecutions: allocated,
    AllocatedProvisionedConcurrentExecutions: allocated,
    Status: status,
    LastModified: timestamp(lastModified),
  };
}

/** AliasConfiguration of the service model. */
export function aliasShape(alias: StoredAlias, arn: string): Record<string, unknown> {
  const weighted = Object.keys(alias.weights).length > 0;
  return {
    AliasArn: arn,
    Name: alias.name,
    FunctionVersion: alias.version,
    Description: alias.description,
    ...(weighted ? { RoutingConfig: { AdditionalVersionWeights: alias.weights } } : {}),
    RevisionId: alias.revisionId,
  };
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly nextMarker: string | undefined;
}

/**
 * One page of `items`, ordered by key; a marker names the last key answered, so that pages stay
 * right while items come and go. At most 50 a page, whatever MaxItems says, as on AWS.
 */
export function page<T>(items: readonly T[], keyOf: (item: T) => string, query: URLSearchParams): Page<T> {
  const size = Math.min(Number(query.get('MaxItems') ?? 50), 50);
  if (!Number.isInteger(size) || size < 1) {
    throw new LambdaError(400, 'InvalidParameterValueException', 'MaxItems must be a whole number from 1');
  }
  const after = Buffer.from(query.get('Marker') ?? '', 'base64url').toString('utf8');
  const rest = items.filter((item) => keyOf(item) > after).sort((a, b) => keyOf(a) < keyOf(b) ? -1 : 1);
  const last = rest.length > size ? rest[size - 1] : undefined;
  return {
    items: rest.slice(0, size),
    nextMarker: last === undefined ? undefined : Buffer.from(keyOf(last)).toString('base64url'),
  };
}
