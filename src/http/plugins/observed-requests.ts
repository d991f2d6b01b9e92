import type { FastifyInstance } from 'fastify';
import type { Metrics } from '../../ports/metrics.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** The operation that the answer is about, if it names one; for the log. */
    operationId: string | undefined;
    /** Of the trace that the request is a part of, if there are traces. */
    traceId: string | undefined;
  }
}

/** For a path that no route has, so that strangers' guesses make no metric of their own. */
const NO_ROUTE = 'none';

/** One line a request in the log, and its duration among the metrics. */
export function observeRequests(app: FastifyInstance, metrics: Pick<Metrics, 'requestAnswered'> | undefined): void {
  app.decorateRequest('operationId', undefined);
  app.decorateRequest('traceId', undefined);
  app.addHook('preSerialization', async (request, _reply, payload: unknown) => {
    const { operationId } = (payload ?? {}) as { readonly operationId?: unknown };
    if (typeof operationId === 'string') request.operationId = operationId;
    return payload;
  });
  app.addHook('onResponse', async (request, reply) => {
    const { method, caller, operationId, traceId, routeOptions, ip } = request;
    const route = routeOptions.url ?? NO_ROUTE;
    const status = reply.statusCode;
    const durationMs = Math.round(reply.elapsedTime * 10) / 10;
    metrics?.requestAnswered({ method, route, status, durationMs });
    const { projectId } = (request.params ?? {}) as { readonly projectId?: string };
    // Without the query, in which a client may have put what it should not.
    const path = request.url.split('?', 1)[0];
    request.log.info(
      { method, path, route, status, durationMs, address: ip, ...(caller && { caller }), projectId, operationId, traceId },
      'request answered',
    );
  });
}
