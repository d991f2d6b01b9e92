import type { FastifyInstance, FastifyRequest } from 'fastify';
import { jsonMistake } from '../json-mistake.ts';

/**
 * Takes JSON in UTF-8 and nothing else. An empty body is no body, whatever its declared type: some clients
 * send the header with a DELETE, and where a body is needed its schema says so better.
 */
export function parseJsonOnly(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body: Buffer, done) => {
    const encoding = foreignEncoding(request);
    if (encoding !== undefined) done(app.httpErrors.unsupportedMediaType(`Bodies are plain UTF-8; this one is ${encoding}`));
    else if (body.length === 0) done(null, undefined);
    else {
      const text = textOf(body);
      if (text === undefined) return done(app.httpErrors.badRequest('The body is not UTF-8'));
      void parse(request, text, (error, value) => {
        const mistake = error ? undefined : jsonMistake(text);
        done(mistake === undefined ? error : app.httpErrors.badRequest(mistake), value);
      });
    }
  });
}

/** Bytes that are no text are not replaced by others. */
function textOf(body: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    return undefined;
  }
}

function foreignEncoding({ headers }: FastifyRequest): string | undefined {
  const compressed = headers['content-encoding'];
  if (compressed !== undefined && compressed.toLowerCase() !== 'identity') return 'compressed';
  const [, charset] = /;\s*charset\s*=\s*"?([^\s";]+)/i.exec(headers['content-type'] ?? '') ?? [];
  return charset === undefined || /^utf-?8$/i.test(charset) ? undefined : 'in another character set';
}
