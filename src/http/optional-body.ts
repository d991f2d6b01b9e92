import type { FastifyRequest } from 'fastify';

/** Routes whose body may be left out, by operationId; each says so with `emptyWithoutBody`. */
export const BODY_OPTIONAL: readonly string[] = ['undoRollback'];

/** A `preValidation` hook: no body at all is an empty one. */
export async function emptyWithoutBody(request: FastifyRequest): Promise<void> {
  if (request.body === undefined) request.body = {};
}
