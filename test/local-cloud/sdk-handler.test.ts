import { HttpRequest } from '@smithy/protocol-http';
import { Readable } from 'node:stream';
import t from 'tap';
import { sdkRequestHandler } from '../../src/local-cloud/sdk-handler.ts';
import type { WireRequest } from '../../src/local-cloud/wire.ts';

function recorder() {
  const seen: WireRequest[] = [];
  const handler = sdkRequestHandler({
    handle: async (request) => {
      seen.push(request);
      return { status: 202, headers: { 'content-type': 'text/plain' }, body: request.body };
    },
  });
  const send = async (init: ConstructorParameters<typeof HttpRequest>[0]) => {
    const { response } = await handler.handle(new HttpRequest(init));
    const chunks = await (response.body as Readable).toArray() as Buffer[];
    return { status: response.statusCode, headers: response.headers, text: Buffer.concat(chunks).toString() };
  };
  return { handler, seen, send };
}

void t.test('takes every kind of body an SDK client sends, and answers with a stream', async (t) => {
  const { send } = recorder();
  const bodies = [undefined, null, '', 'text', Buffer.from('bytes'), Readable.from([Buffer.from('a '), 'stream'])];
  const texts: string[] = [];
  for (const body of bodies) texts.push((await send({ method: 'PUT', path: '/x', body })).text);
  t.strictSame(texts, ['', '', '', 'text', 'bytes', 'a stream']);
  t.match(await send({ path: '/x' }), { status: 202, headers: { 'content-type': 'text/plain' } });
  await t.rejects(send({ path: '/x', body: { an: 'object' } }), TypeError);
});

void t.test('hands over path, query and headers', async (t) => {
  const { send, seen } = recorder();
  await send({
    method: 'DELETE', path: '/a%20b', headers: { 'X-Amz-Date': 'now' },
    query: { one: '1', two: ['2', '3'], none: null },
  });
  const [request] = seen;
  t.match(request, { method: 'DELETE', path: '/a%20b', headers: { 'x-amz-date': 'now' } });
  t.equal(String(request?.query), 'one=1&two=2&two=3&none=');
});

void t.test('has nothing to configure or to close', async (t) => {
  const { handler } = recorder();
  handler.updateHttpClientConfig();
  handler.destroy();
  t.strictSame(handler.httpHandlerConfigs(), {});
});
