import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fault } from './dispatch.ts';
import type { WireCloud } from './sdk-handler.ts';
import type { WireRequest, WireResponse } from './wire.ts';

export interface Address {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
}

export interface Listener {
  readonly port: number;
  close(): Promise<void>;
}

/** Lambda takes 50 MB of zip, which base 64 makes a third longer. */
export const MAX_BODY_BYTES = 70 * 1024 * 1024;

/** Rejects with the system's error when the port is taken. */
export async function listen(listener: RequestListener, { host, port }: Address): Promise<Listener> {
  const server = createServer(listener);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return { port: (server.address() as AddressInfo).port, close: () => closeNow(server) };
}

/** Kept-alive connections would hold a plain `close` for seconds. */
async function closeNow(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
}

/** The cloud as a node request listener. */
export function wireListener(cloud: WireCloud, maxBodyBytes = MAX_BODY_BYTES): RequestListener {
  return (request, response) => {
    // A connection that breaks off while the body is read has nobody left to answer.
    serve(cloud, request, response, maxBodyBytes).catch(() => response.destroy());
  };
}

async function serve(
  cloud: WireCloud, request: IncomingMessage, response: ServerResponse, maxBodyBytes: number,
): Promise<void> {
  const head = wireHead(request);
  const body = await readBody(request, maxBodyBytes);
  if (body) return send(response, await cloud.handle({ ...head, body }));
  response.setHeader('connection', 'close');
  const message = `the body is over ${maxBodyBytes} bytes`;
  send(response, fault(head, {
    status: 413, code: 'RequestEntityTooLargeException', message, requestId: randomUUID(),
  }));
}

function send(response: ServerResponse, { status, headers, body }: WireResponse): void {
  // A 204 carries no body, nor may it announce one.
  const length = status === 204 ? {} : { 'content-length': String(body.length) };
  response.writeHead(status, { ...headers, ...length });
  response.end(body);
}

function wireHead(request: IncomingMessage): WireRequest {
  // Messages that a server receives have both.
  const { method, url, headers } = request as IncomingMessage & { method: string; url: string };
  const { path, query } = splitTarget(url);
  const texts = Object.entries(headers).map(([name, value]) => [name, String(value)] as const);
  return {
    method, path, query: new URLSearchParams(query), headers: Object.fromEntries(texts), body: new Uint8Array(),
  };
}

/** Both as sent; the query without its question mark. */
export function splitTarget(url: string): { path: string; query: string } {
  const end = `${url}?`.indexOf('?');
  return { path: url.slice(0, end), query: url.slice(end + 1) };
}

/** Undefined when the body is too long; the rest of it is read and thrown away, so that the sender sees the answer. */
async function readBody(request: IncomingMessage, maxBodyBytes: number): Promise<Uint8Array | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length <= maxBodyBytes) chunks.push(chunk);
  }
  return length <= maxBodyBytes ? Buffer.concat(chunks) : undefined;
}
