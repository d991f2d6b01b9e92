import type { Socket } from 'node:net';
import { randomUUID } from 'node:crypto';
import { problemOf } from './problem.ts';
import { PROBLEM_MEDIA_TYPE } from './send-problem.ts';

/** What arrives on the socket and is not HTTP gets its problem written by hand: there is no reply to use. */
export function answerClientError(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const problem = problemOf('malformed_request', randomUUID(), 'What was sent is not HTTP that this server can read.');
  const body = JSON.stringify(problem);
  socket.end([
    'HTTP/1.1 400 Bad Request',
    `Content-Type: ${PROBLEM_MEDIA_TYPE}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    `X-Request-Id: ${problem.requestId}`,
    'Connection: close',
    '',
    body,
  ].join('\r\n'));
}
