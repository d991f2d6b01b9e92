import { Readable } from 'node:stream';
import { HttpResponse } from '@smithy/protocol-http';
import type { HttpRequest } from '@smithy/protocol-http';
import type { WireRequest, WireResponse } from './wire.ts';

/** Anything that answers wire requests; the embedded cloud, or a test's wrapper around it. */
export interface WireCloud {
  handle(request: WireRequest): Promise<WireResponse>;
}

/** What an AWS SDK v3 client takes as its `requestHandler`. */
export interface SdkRequestHandler {
  handle(request: HttpRequest): Promise<{ response: HttpResponse }>;
  updateHttpClientConfig(): void;
  httpHandlerConfigs(): Record<string, never>;
  destroy(): void;
}

/** Plugs the cloud into SDK clients without sockets; bytes on both sides are those of the real protocol. */
export function sdkRequestHandler(cloud: WireCloud): SdkRequestHandler {
  return {
    handle: async (request) => ({ response: sdkResponse(await cloud.handle(await wireRequest(request))) }),
    updateHttpClientConfig: () => undefined,
    httpHandlerConfigs: () => ({}),
    destroy: () => undefined,
  };
}

async function wireRequest({ method, path, query, headers, body }: HttpRequest): Promise<WireRequest> {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const item of Array.isArray(value) ? value : [value ?? '']) search.append(name, item);
  }
  const lowerCase = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const);
  return { method, path, query: search, headers: Object.fromEntries(lowerCase), body: await bytesOf(body) };
}

async function bytesOf(body: unknown): Promise<Uint8Array> {
  if (body === undefined || body === null) return new Uint8Array();
  if (typeof body === 'string') return Buffer.from(body);
  // A copy: the SDK's own bytes warn when they are read as a buffer.
  if (body instanceof Uint8Array) return new Uint8Array(body);
  if (!(body instanceof Readable)) throw new TypeError('a request body must be text, bytes or a stream');
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(Buffer.from(chunk as Uint8Array | string));
  return Buffer.concat(chunks);
}

function sdkResponse({ status, headers, body }: WireResponse): HttpResponse {
  const stream = Readable.from(body.length > 0 ? [body] : [], { objectMode: false });
  return new HttpResponse({ statusCode: status, headers: { ...headers }, body: stream });
}
