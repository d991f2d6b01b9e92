import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import type { Followed } from '../operations/operations.ts';
import { eventView } from './routes/events/schemas.ts';

/** How long a client waits before it connects again, in milliseconds. */
const RETRY_MS = 1_000;

/** Whether a client asks for a stream rather than a page. A HEAD request has no body to stream. */
export function asksForStream(method: string, accept: string | undefined): boolean {
  return method !== 'HEAD' && /(^|,)\s*text\/event-stream\s*(;|,|$)/i.test(accept ?? '');
}

/** Aborted when the answer is over, whoever ended it. */
export function untilClosed({ raw }: FastifyReply): AbortSignal {
  const closing = new AbortController();
  raw.once('close', () => closing.abort());
  return closing.signal;
}

/**
 * Sends events in the format of the HTML standard (server-sent events). The next is asked for only when the
 * client has taken what was sent.
 */
export function sendEvents(reply: FastifyReply, followed: AsyncIterable<Followed>): FastifyReply {
  return reply
    .header('content-type', 'text/event-stream')
    .header('cache-control', 'no-store')
    // Proxies that keep answers back until they are whole would keep this one for ever.
    .header('x-accel-buffering', 'no')
    .send(Readable.from(asText(followed), { objectMode: false, highWaterMark: 16_384 }));
}

async function* asText(followed: AsyncIterable<Followed>): AsyncGenerator<string> {
  yield `retry: ${RETRY_MS}\n\n`;
  for await (const each of followed) {
    yield each.kind === 'event' ? eventText(eventView(each.event)) : `: nothing new\nid: ${each.through}\n\n`;
  }
}

function eventText(event: ReturnType<typeof eventView>): string {
  // JSON has no line breaks of its own.
  return `id: ${event.id}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}
