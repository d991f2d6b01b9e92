import type { FastifyReply, RouteOptions } from 'fastify';
import { AnsweredBefore, type KeyedAnswer } from '../../domain/idempotency.ts';
import type { KeyedRun } from '../../operations/keyed-run.ts';
import type { Operations } from '../../operations/operations.ts';
import { withHeader, withProblems, type Responses } from '../answers.ts';
import { IDEMPOTENCY_KEY, REPLAYED, keyFrom } from '../idempotency-key.ts';
import type { RouteScope } from '../route-scope.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Of a change with an Idempotency-Key. */
    run: KeyedRun | undefined;
  }
  interface FastifyContextConfig {
    /** The operation claims the request itself, beside its first step, so that this costs no time of its own. */
    claimsBeside?: boolean;
    /** Properties of the answer that are told once: when it is given again they are null. */
    secrets?: readonly string[];
  }
}

const CHANGES: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

/** What of an answer is said again; the rest belongs to the one time it is sent. */
const KEPT_HEADERS = ['content-type', 'location'] as const;

/** An item of DynamoDB holds 400 KB. No answer of a change comes near. */
const LONGEST_KEPT_BYTES = 300_000;

/**
 * Every change with an Idempotency-Key is made once: whoever sends it again gets the first answer
 * again. Only answers that are an end are kept: a 5xx and whatever says Retry-After is not.
 */
export function keyedChanges(scope: RouteScope, operations: Pick<Operations, 'startRun'>): void {
  scope.decorateRequest('run', undefined);
  scope.addHook('onRoute', describeKey);
  scope.addHook('preHandler', async (request) => {
    const { method, url, body, caller, headers, routeOptions } = request;
    const key = CHANGES.has(method) ? keyFrom(headers) : undefined;
    if (key === undefined) return;
    request.run = operations.startRun({ caller, key, method, url, body });
    if (!routeOptions.config.claimsBeside) await request.run.claim();
  });
  const answerError = scope.errorHandler;
  scope.setErrorHandler((error, request, reply) => (
    error instanceof AnsweredBefore ? replay(reply, error.answer) : answerError(error, request, reply)
  ));
  scope.addHook('onSend', async ({ run, routeOptions: { config } }, reply, payload) => {
    await run?.finish(answerToKeep(reply, payload, config.secrets));
    return payload;
  });
}

function replay(reply: FastifyReply, { status, headers, body }: KeyedAnswer): FastifyReply {
  // As bytes, so that nothing is added to the content type.
  return reply.code(status).headers(headers).header(REPLAYED, 'true').send(Buffer.from(body));
}

function answerToKeep(
  reply: FastifyReply, payload: unknown, secrets: readonly string[] = [],
): KeyedAnswer | undefined {
  if (reply.statusCode >= 500 || reply.hasHeader('retry-after')) return undefined;
  // No change answers with a stream; of what is sent with a 204 nothing leaves the server.
  const body = without(secrets, payload instanceof Buffer ? payload.toString() : String(payload));
  if (Buffer.byteLength(body) > LONGEST_KEPT_BYTES) return undefined;
  const headers = KEPT_HEADERS.flatMap((name) => {
    const value = reply.getHeader(name);
    return value === undefined ? [] : [[name, String(value)] as const];
  });
  return { status: reply.statusCode, headers: Object.fromEntries(headers), body };
}

/** What nobody may find out later must not be in the store. */
function without(secrets: readonly string[], body: string): string {
  return secrets.length === 0 ? body
    : JSON.stringify(JSON.parse(body), (name, value: unknown) => (secrets.includes(name) ? null : value));
}

function describeKey(route: RouteOptions): void {
  const { schema } = route;
  if (!schema || !CHANGES.has(String(route.method))) return;
  const replayable = withHeader(schema.response as Responses, REPLAYED,
    '`true`: the answer to an earlier request with the same Idempotency-Key, given again.');
  const response = withProblems(replayable, 'invalid_request', 'request_in_progress', 'idempotency_key_reused');
  route.schema = { ...schema, headers: IDEMPOTENCY_KEY, response };
}
