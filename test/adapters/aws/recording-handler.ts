import { Readable } from 'node:stream';
import type { HttpHandler, HttpRequest } from '@smithy/protocol-http';
import { HttpResponse } from '@smithy/protocol-http';
import type { AwsClientSettings } from '../../../src/adapters/aws/client-settings.ts';

export interface SentRequest {
  readonly method: string;
  readonly hostname: string;
  readonly path: string;
  readonly query: HttpRequest['query'];
  readonly headers: HttpRequest['headers'];
  readonly body: string;
}

export interface Answer {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body: string;
}

/** An answer, or an error to throw as the transport would, or a promise that may never settle. */
export type Script = (request: SentRequest) => Answer | Error | Promise<Answer>;

/** A request handler for SDK clients that writes down what is sent and answers from a script. */
export function recordingHandler(script: Script): HttpHandler & { readonly sent: SentRequest[] } {
  const sent: SentRequest[] = [];
  return {
    sent,
    async handle(request) {
      const seen = {
        method: request.method, hostname: request.hostname, path: request.path, query: request.query,
        headers: request.headers, body: textOf(request.body),
      };
      sent.push(seen);
      const answer = await script(seen);
      if (answer instanceof Error) throw answer;
      const response = new HttpResponse({
        statusCode: answer.status, headers: answer.headers ?? {}, body: Readable.from([Buffer.from(answer.body)]),
      });
      return { response };
    },
    updateHttpClientConfig: () => undefined,
    httpHandlerConfigs: () => ({}),
  };
}

/** The SDK hands over text, or bytes that must not be treated as text. */
export function textOf(body: unknown): string {
  return typeof body === 'string' ? body : new TextDecoder().decode(body as Uint8Array | undefined);
}

export function json(body: unknown, status = 200, headers: Record<string, string> = {}): Answer {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) };
}

/** How Lambda and ACM say no. */
export function jsonError(name: string, status: number, more: Record<string, unknown> = {}): Answer {
  return json({ __type: name, message: `said ${name}`, ...more }, status, { 'x-amzn-errortype': name });
}

/** How CloudFront says no. */
export function xmlError(code: string, status: number): Answer {
  const body = '<?xml version="1.0"?><ErrorResponse xmlns="http://cloudfront.amazonaws.com/doc/2020-05-31/"><Error>'
    + `<Type>Sender</Type><Code>${code}</Code><Message>said ${code}</Message></Error>`
    + '<RequestId>r-1</RequestId></ErrorResponse>';
  return { status, headers: { 'content-type': 'text/xml' }, body };
}

export function testSettings(change: Partial<AwsClientSettings> = {}): AwsClientSettings {
  return {
    region: 'eu-west-1', endpoint: 'http://127.0.0.1:4566', connectTimeoutMs: 1_000, requestTimeoutMs: 5_000,
    maxAttempts: 1, ...change,
  };
}
