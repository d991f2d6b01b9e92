import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** What a caller may send: short, and harmless in a log line and in a header. */
export const REQUEST_ID_PATTERN = '^[A-Za-z0-9._-]{1,64}$';

const REQUEST_ID = new RegExp(REQUEST_ID_PATTERN);

/** The caller's own id when it is well formed, so that its log and ours can be read together. */
export function requestIdOf({ headers }: { headers: IncomingHttpHeaders }): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
}
