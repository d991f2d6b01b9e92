import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { refusalOf } from '../problem.ts';
import { sendProblem } from '../send-problem.ts';
import { methodsByPath, pathOf } from './known-paths.ts';

/** Every error leaves as a problem, and what is our own or AWS's doing is logged here and only here. */
export function answerProblems(app: FastifyInstance): void {
  const methodsOf = methodsByPath(app);
  app.setErrorHandler((error, request, reply) => answerError(error, request, reply));
  const refusePath = (request: FastifyRequest, reply: FastifyReply): never => {
    const methods = methodsOf(request.url);
    const path = pathOf(request.url);
    // A file that a route looked for in vain is not there, although the route is.
    if (methods.length === 0 || methods.includes(request.method)) throw app.httpErrors.notFound(`There is nothing at ${request.method} ${path}`);
    reply.header('allow', methods.join(', '));
    throw app.httpErrors.methodNotAllowed(`${path} answers to ${methods.join(', ')} only`);
  };
  // Before its body: whatever that holds, what is wrong is the method or the path.
  app.addHook('onRequest', async (request, reply) => {
    if (request.is404) refusePath(request, reply);
  });
  app.setNotFoundHandler(refusePath);
}

/** For errors before any route was found, such as a URL that cannot be decoded. */
export function answerFrameworkError(error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  void answerError(error, request, reply);
}

function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { problem, retryAfterSeconds } = refusalOf(error, request.id);
  if (problem.status >= 500) request.log.error({ err: error, code: problem.code }, problem.title);
  request.operationId = problem.operationId;
  return sendProblem(reply, problem, retryAfterSeconds);
}
