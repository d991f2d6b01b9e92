import type { FastifyReply } from 'fastify';
import type { Problem } from './problem.ts';

export const PROBLEM_MEDIA_TYPE = 'application/problem+json';

/** As bytes, since Fastify adds a charset to JSON text, which this media type does not have. */
export function sendProblem<P extends Problem>(
  reply: FastifyReply, problem: P, retryAfterSeconds?: number,
): FastifyReply {
  if (retryAfterSeconds !== undefined) reply.header('retry-after', String(Math.ceil(retryAfterSeconds)));
  if (problem.status === 401) reply.header('www-authenticate', 'Bearer');
  return reply.code(problem.status)
    .header('x-request-id', problem.requestId)
    .header('content-type', PROBLEM_MEDIA_TYPE)
    .send(Buffer.from(JSON.stringify(problem)));
}
