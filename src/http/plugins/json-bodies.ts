import type { FastifyInstance } from 'fastify';

/**
 * Takes JSON and nothing else. An empty body is no body, whatever its declared type: some clients
 * send the header with a DELETE, and where a body is needed its schema says so better.
 */
export function parseJsonOnly(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body.length === 0) done(null, undefined);
    else void parse(request, body.toString(), done);
  });
}
