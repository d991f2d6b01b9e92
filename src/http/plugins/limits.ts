import cors from '@fastify/cors';
import helmet from '@fastify/helmet';
import rateLimit, { normalizeIP } from '@fastify/rate-limit';
import underPressure from '@fastify/under-pressure';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { AnchorError } from '../../domain/errors.ts';
import type { HttpLimits } from '../limits.ts';
import { isOpen } from './authentication.ts';

const PRESSURE_RETRY_SECONDS = 5;
const PRESSURE_SAMPLE_MS = 500;
const MINUTE_MS = 60_000;

/** So many callers and addresses are counted at a time. */
const MOST_COUNTED = 20_000;

/** Sends requests away while the process cannot keep up, rather than answering all of them late. Health is still told. */
export async function refuseUnderPressure(app: FastifyInstance, { eventLoopDelayMs }: HttpLimits): Promise<void> {
  if (eventLoopDelayMs === 0) return;
  await app.register(underPressure, {
    maxEventLoopDelay: eventLoopDelayMs, sampleInterval: PRESSURE_SAMPLE_MS,
    pressureHandler: async (request: FastifyRequest) => {
      if (isOpen(request)) return;
      throw new AnchorError('under_pressure', 'The server has more to do than it can; nothing was done.',
        { retryAfterSeconds: PRESSURE_RETRY_SECONDS });
    },
  });
}

/** What browsers are told. The pages of `/docs` have a policy of their own. */
export async function setBrowserHeaders(app: FastifyInstance, { corsOrigins }: HttpLimits): Promise<void> {
  await app.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: { 'default-src': ["'none'"], 'frame-ancestors': ["'none'"] } },
    strictTransportSecurity: { includeSubDomains: false },
  });
  if (corsOrigins.length === 0) return;
  await app.register(cors, {
    origin: [...corsOrigins], strictPreflight: false, maxAge: 600,
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowedHeaders: ['authorization', 'content-type', 'idempotency-key', 'last-event-id', 'x-request-id'],
    exposedHeaders: [
      'idempotency-replayed', 'link', 'location', 'ratelimit-limit', 'ratelimit-remaining', 'ratelimit-reset', 'retry-after',
      'x-next-cursor', 'x-request-id',
    ],
  });
}

/**
 * Counts what each caller asks for, and what comes from each address without being recognised, so that nobody can try
 * out tokens at will. Belongs between recognising a caller and refusing it. Each replica counts for itself.
 */
export async function limitRates(app: FastifyInstance, { requestsPerMinute }: HttpLimits): Promise<void> {
  if (requestsPerMinute === 0) return;
  await app.register(rateLimit, {
    global: false, max: requestsPerMinute, timeWindow: MINUTE_MS, cache: MOST_COUNTED, enableDraftSpec: true,
    keyGenerator: ({ caller, ip }) => (caller === '' ? `address ${normalizeIP(ip)}` : `caller ${caller}`),
    errorResponseBuilder: (_request, { max, ttl }) => new AnchorError('rate_limited',
      `More than ${max} requests in a minute; nothing was done.`, { retryAfterSeconds: Math.ceil(ttl / 1000) }),
  });
  const count = app.rateLimit();
  app.addHook('onRequest', async function (request, reply) {
    if (!isOpen(request)) await count.call(this, request, reply);
  });
}
