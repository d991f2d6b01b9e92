import type { FastifyInstance } from 'fastify';
import type { HttpLimits } from '../limits.ts';

/** Node looks for connections that are over their time this often at least. */
const LONGEST_BETWEEN_CHECKS_MS = 5_000;

/** For the server's own options: a request has to arrive in time. */
export function arrivalLimits({ headersTimeoutMs, requestTimeoutMs }: HttpLimits) {
  return {
    requestTimeout: requestTimeoutMs,
    http: {
      headersTimeout: headersTimeoutMs,
      connectionsCheckingInterval: Math.min(LONGEST_BETWEEN_CHECKS_MS, Math.ceil(headersTimeoutMs / 2)),
    },
  };
}

/** And its answer has to be taken in time: one that is not ends with its connection. Streams take as long as they take. */
export function limitSlowClients(app: FastifyInstance, { responseTimeoutMs, maxConnections }: HttpLimits): void {
  app.server.maxConnections = maxConnections;
  app.addHook('onSend', async (_request, { raw }, payload) => {
    if (typeof payload !== 'string' && !Buffer.isBuffer(payload)) return payload;
    const timer = setTimeout(() => raw.destroy(), responseTimeoutMs);
    timer.unref();
    raw.once('close', () => clearTimeout(timer));
    return payload;
  });
}
