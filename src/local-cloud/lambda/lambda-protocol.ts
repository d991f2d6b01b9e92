import type { WireHandler, WireRequest, WireResponse } from '../wire.ts';
import { readFunctionReference } from './function-reference.ts';
import { aliasShape, configurationShape, empty, json, page, provisionedShape, refusal } from './lambda-answers.ts';
import { given, JsonBody } from './json-body.ts';
import { invalidMember, invalidParameter, LambdaError } from './lambda-error.ts';
import type { ConfigurationChange, FunctionCode } from './lambda-functions.ts';
import type { StoredVersion } from './lambda-records.ts';
import { LATEST } from './lambda-records.ts';
import type { LambdaState } from './lambda-state.ts';

/** One matched request: what the path named, and how to read the rest. */
interface Call {
  readonly state: LambdaState;
  readonly request: WireRequest;
  readonly name: string;
  readonly qualifier: string | undefined;
  /** The second variable part of the path: an alias or a version. */
  readonly item: string;
  readonly body: () => JsonBody;
}

interface Route {
  readonly operation: string;
  readonly method: string;
  readonly path: RegExp;
  readonly answer: (call: Call) => WireResponse;
}

const FUNCTIONS = '^/2015-03-31/functions';
const PROVISIONED = '^/2019-09-30/functions/([^/]+)/provisioned-concurrency$';

const ROUTES: readonly Route[] = [
  route('CreateFunction', 'POST', `${FUNCTIONS}/?$`, createFunction),
  route('ListFunctions', 'GET', `${FUNCTIONS}/?$`, listFunctions),
  route('GetFunction', 'GET', `${FUNCTIONS}/([^/]+)$`, getFunction),
  route('DeleteFunction', 'DELETE', `${FUNCTIONS}/([^/]+)$`, deleteFunction),
  route('GetFunctionConfiguration', 'GET', `${FUNCTIONS}/([^/]+)/configuration$`, getFunctionConfiguration),
  route('UpdateFunctionConfiguration', 'PUT', `${FUNCTIONS}/([^/]+)/configuration$`, updateFunctionConfiguration),
  route('UpdateFunctionCode', 'PUT', `${FUNCTIONS}/([^/]+)/code$`, updateFunctionCode),
  route('PublishVersion', 'POST', `${FUNCTIONS}/([^/]+)/versions$`, publishVersion),
  route('ListVersionsByFunction', 'GET', `${FUNCTIONS}/([^/]+)/versions$`, listVersions),
  route('CreateAlias', 'POST', `${FUNCTIONS}/([^/]+)/aliases$`, createAlias),
  route('ListAliases', 'GET', `${FUNCTIONS}/([^/]+)/aliases$`, listAliases),
  route('GetAlias', 'GET', `${FUNCTIONS}/([^/]+)/aliases/([^/]+)$`, getAlias),
  route('UpdateAlias', 'PUT', `${FUNCTIONS}/([^/]+)/aliases/([^/]+)$`, updateAlias),
  route('DeleteAlias', 'DELETE', `${FUNCTIONS}/([^/]+)/aliases/([^/]+)$`, deleteAlias),
  route('PutProvisionedConcurrencyConfig', 'PUT', PROVISIONED, putProvisioned),
  route('GetProvisionedConcurrencyConfig', 'GET', PROVISIONED, getProvisioned),
  route('DeleteProvisionedConcurrencyConfig', 'DELETE', PROVISIONED, deleteProvisioned),
  route('Invoke', 'POST', `${FUNCTIONS}/([^/]+)/invocations$`, invoke),
  route('(local) set the state of a version', 'PUT',
    '^/_local/lambda/functions/([^/]+)/versions/([^/]+)$', setVersionState),
];

/** Lambda operations of the embedded cloud, for the answer to a request that is none of them. */
export const LAMBDA_OPERATIONS: readonly string[] = ROUTES.map(({ operation }) => operation);

/**
 * Lambda's REST-JSON protocol, plus one path of our own, with which tests and people put a version
 * into a state that AWS reaches by itself:
 * `PUT /_local/lambda/functions/{name}/versions/{version}` `{"state": "Failed", "stateReason": "…"}`.
 */
export function lambdaHandler(state: LambdaState): WireHandler {
  return async (request) => {
    for (const { method, path, answer } of ROUTES) {
      const match = request.method === method ? path.exec(request.path) : null;
      if (match) return refusing(() => answer(readCall(state, request, match)));
    }
    return undefined;
  };
}

function route(operation: string, method: string, path: string, answer: (call: Call) => WireResponse): Route {
  return { operation, method, path: new RegExp(path), answer };
}

function refusing(answer: () => WireResponse): WireResponse {
  try {
    return answer();
  } catch (error) {
    if (error instanceof LambdaError) return refusal(error);
    throw error;
  }
}

function readCall(state: LambdaState, request: WireRequest, [, name, item]: RegExpExecArray): Call {
  const qualifier = request.query.get('Qualifier') ?? undefined;
  const reference = name === undefined ? { name: '', qualifier }
    : readFunctionReference(decode(name), qualifier, state.context.settings);
  return { state, request, ...reference, item: decode(item ?? ''), body: () => JsonBody.parse(request.body) };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw invalidParameter(`the path is not percent-encoded: ${part}`);
  }
}

function createFunction({ state, body }: Call): WireResponse {
  const input = body();
  const publish = input.flag('Publish');
  const reference = readFunctionReference(required(input, 'FunctionName'), undefined, state.context.settings);
  const version = state.functions.create({
    ...configurationOf(input),
    name: reference.name, role: required(input, 'Role'), code: codeOf(input.object('Code') ?? new JsonBody({})),
    ...given({ architectures: input.texts('Architectures') }),
  });
  const created = publish ? state.functions.publish(version.functionName) : version;
  return json(201, shapeOf(state, created, undefined));
}

function listFunctions({ state, request }: Call): WireResponse {
  const { items, nextMarker } = page([...state.records.functions.values()], (item) => item.functionName, request.query);
  return json(200, { Functions: items.map(({ latest }) => shapeOf(state, latest, undefined)), NextMarker: nextMarker });
}

function getFunction({ state, name, qualifier }: Call): WireResponse {
  const version = state.functions.resolve(name, qualifier);
  const { imageUri } = version.content;
  const code = imageUri === null ? { RepositoryType: 'S3' } : { RepositoryType: 'ECR', ImageUri: imageUri };
  return json(200, { Configuration: shapeOf(state, version, qualifier), Code: code });
}

function deleteFunction({ state, name, qualifier }: Call): WireResponse {
  state.functions.delete(name, qualifier);
  return empty(204);
}

function getFunctionConfiguration({ state, name, qualifier }: Call): WireResponse {
  return json(200, shapeOf(state, state.functions.resolve(name, qualifier), qualifier));
}

function updateFunctionConfiguration({ state, name, body }: Call): WireResponse {
  const input = body();
  const version = state.functions.updateConfiguration(name, configurationOf(input), input.text('RevisionId'));
  return json(200, shapeOf(state, version, undefined));
}

function updateFunctionCode({ state, name, body }: Call): WireResponse {
  const input = body();
  const dryRun = input.flag('DryRun');
  const publish = input.flag('Publish') && !dryRun;
  const latest = state.functions.updateCode(name, codeOf(input), {
    dryRun,
    ...given({ architectures: input.texts('Architectures'), revisionId: input.text('RevisionId') }),
  });
  if (!publish) return json(200, shapeOf(state, latest, undefined));
  const version = state.functions.publish(name);
  return json(200, shapeOf(state, version, version.version));
}

function publishVersion({ state, name, body }: Call): WireResponse {
  const input = body();
  const version = state.functions.publish(name, given({
    description: input.text('Description') || undefined,
    codeSha256: input.text('CodeSha256') || undefined,
    revisionId: input.text('RevisionId'),
  }));
  return json(201, shapeOf(state, version, version.version));
}

function listVersions({ state, name, request }: Call): WireResponse {
  const { items, nextMarker } = page(state.records.versionsOf(name), numberKey, request.query);
  return json(200, { Versions: items.map((item) => shapeOf(state, item, item.version)), NextMarker: nextMarker });
}

function createAlias({ state, name, body }: Call): WireResponse {
  const input = body();
  const version = required(input, 'FunctionVersion');
  const alias = state.aliases.create(name, required(input, 'Name'), { ...aliasChangeOf(input), version });
  return json(201, aliasShape(alias, state.aliases.arnOf(name, alias.name)));
}

function listAliases({ state, name, request }: Call): WireResponse {
  const version = request.query.get('FunctionVersion');
  const aliases = state.records.aliasesOf(name)
    .filter((alias) => version === null || alias.version === version || version in alias.weights);
  const { items, nextMarker } = page(aliases, (alias) => alias.name, request.query);
  const shapes = items.map((alias) => aliasShape(alias, state.aliases.arnOf(name, alias.name)));
  return json(200, { Aliases: shapes, NextMarker: nextMarker });
}

function getAlias({ state, name, item }: Call): WireResponse {
  return json(200, aliasShape(state.aliases.get(name, item), state.aliases.arnOf(name, item)));
}

function updateAlias({ state, name, item, body }: Call): WireResponse {
  const input = body();
  const alias = state.aliases.update(name, item, {
    ...aliasChangeOf(input), ...given({ version: input.text('FunctionVersion'), revisionId: input.text('RevisionId') }),
  });
  return json(200, aliasShape(alias, state.aliases.arnOf(name, item)));
}

function deleteAlias({ state, name, item }: Call): WireResponse {
  state.aliases.delete(name, item);
  return empty(204);
}

function putProvisioned({ state, name, qualifier, body }: Call): WireResponse {
  const requested = body().number('ProvisionedConcurrentExecutions') ?? 0;
  return json(202, provisionedShape(state.provisioned.put(name, qualifier, requested), 'IN_PROGRESS'));
}

function getProvisioned({ state, name, qualifier }: Call): WireResponse {
  return json(200, provisionedShape(state.provisioned.get(name, qualifier), 'READY'));
}

function deleteProvisioned({ state, name, qualifier }: Call): WireResponse {
  state.provisioned.delete(name, qualifier);
  return empty(204);
}

function invoke({ state, name, qualifier, request }: Call): WireResponse {
  const event = eventOf(request.body);
  const kind = request.headers['x-amz-invocation-type'] ?? 'RequestResponse';
  if (kind === 'DryRun') {
    state.functions.resolve(name, qualifier);
    return empty(204);
  }
  if (kind !== 'Event' && kind !== 'RequestResponse') {
    throw invalidMember(kind, 'invocationType', 'Member must satisfy enum value set: [Event, RequestResponse, DryRun]');
  }
  const { executedVersion, answer } = state.invoke(name, qualifier, event);
  return kind === 'Event' ? empty(202) : json(200, answer, { 'x-amz-executed-version': executedVersion });
}

function setVersionState({ state, name, item, body }: Call): WireResponse {
  const input = body();
  const version = state.functions.setState(name, item, required(input, 'state'), input.text('stateReason') ?? null);
  return json(200, shapeOf(state, version, item));
}

function eventOf(bytes: Uint8Array): unknown {
  if (bytes.length === 0) return {};
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch (error) {
    throw new LambdaError(400, 'InvalidRequestContentException',
      `Could not parse request body into json: ${String(error)}`);
  }
}

function shapeOf(state: LambdaState, version: StoredVersion, qualifier: string | undefined): Record<string, unknown> {
  return configurationShape(version, state.functions.arnOf(version, qualifier));
}

function configurationOf(input: JsonBody): ConfigurationChange {
  return given({
    role: input.text('Role'),
    handler: input.text('Handler'),
    runtime: input.text('Runtime'),
    timeoutSeconds: input.number('Timeout'),
    memoryMegabytes: input.number('MemorySize'),
    description: input.text('Description'),
    environment: input.object('Environment')?.object('Variables')?.textMap(),
    deadLetterTargetArn: input.object('DeadLetterConfig')?.text('TargetArn'),
  });
}

function codeOf(input: JsonBody): FunctionCode {
  const zip = input.text('ZipFile');
  const imageUri = input.text('ImageUri');
  if (zip !== undefined && imageUri === undefined) return { zip: Buffer.from(zip, 'base64') };
  if (imageUri !== undefined && zip === undefined) return { imageUri };
  throw invalidParameter('give either ZipFile or ImageUri; the embedded cloud has no S3 to take code from');
}

function aliasChangeOf(input: JsonBody): { description?: string; weights?: Record<string, number> } {
  const weights = input.object('RoutingConfig')?.object('AdditionalVersionWeights')?.numberMap();
  return given({ description: input.text('Description'), weights });
}

function required(input: JsonBody, name: string): string {
  const value = input.text(name);
  if (value === undefined || value === '') throw invalidMember('null', name, 'Member must not be null');
  return value;
}

/** `$LATEST` before every number, and numbers by size, not by text. */
function numberKey({ version }: StoredVersion): string {
  return version === LATEST ? '!' : version.padStart(16, '0');
}
