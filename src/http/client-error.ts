import type { Socket } from 'node:net';
import { randomUUID } from 'node:crypto';
import { STATUS_CODES as STATUS_TEXTS } from 'node:http';
import { problemOf } from './problem.ts';
import type { HttpCode } from './problem-kinds.ts';
import { PROBLEM_MEDIA_TYPE } from './send-problem.ts';

/** By the code Node gives; whatever else it cannot read is malformed. */
const REFUSALS: Readonly<Record<string, { readonly code: HttpCode; readonly detail: string }>> = {
  ERR_HTTP_REQUEST_TIMEOUT: { code: 'request_timeout', detail: 'The request did not arrive in time.' },
  HPE_HEADER_OVERFLOW: { code: 'headers_too_large', detail: 'The headers are longer than this server reads.' },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: { code: 'payload_too_large', detail: 'The chunks of the body say too much of themselves.' },
};
const MALFORMED = { code: 'malformed_request', detail: 'What was sent is not HTTP that this server can read.' } as const;

const FAREWELL_MS = 2_000;

/** What arrives on the socket and is not HTTP gets its problem written by hand: there is no reply to use. */
export function answerClientError(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const { code, detail } = REFUSALS[error.code ?? ''] ?? MALFORMED;
  const problem = problemOf(code, randomUUID(), detail);
  const body = JSON.stringify(problem);
  socket.end([
    `HTTP/1.1 ${problem.status} ${STATUS_TEXTS[problem.status] ?? ''}`,
    `Content-Type: ${PROBLEM_MEDIA_TYPE}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    `X-Request-Id: ${problem.requestId}`,
    'Connection: close',
    '',
    body,
  ].join('\r\n'));
  // Whoever neither reads nor hangs up is hung up on, but not before the answer had its time to arrive.
  const timer = setTimeout(() => socket.destroy(), FAREWELL_MS);
  socket.once('close', () => clearTimeout(timer));
}
