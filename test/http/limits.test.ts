import { once } from 'node:events';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import t, { type Test } from 'tap';
import type { HttpLimits } from '../../src/http/limits.ts';
import type { Operations } from '../../src/operations/operations.ts';
import { httpWorld } from '../support/http-world.ts';
import { waitUntil } from '../support/wait-until.ts';

/** `BAD_INPUT=full`: as many connections and bytes as anybody would send. */
const FULL = process.env['BAD_INPUT'] === 'full';
const headers = { 'x-user-id': 'ada' };
const json = { ...headers, 'content-type': 'application/json' };

/** With the usual limits; what is refused leaves nothing behind. */
const usual = await httpWorld(t);

async function listening(t: Test, limits: Partial<HttpLimits> = {}, operations: Partial<Operations> = {}) {
  const { app } = await httpWorld(t, { ...operations, limits });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  const connected = async (): Promise<Socket> => {
    const socket = connect(port, '127.0.0.1').on('error', () => undefined);
    await once(socket, 'connect');
    return socket;
  };
  const isWell = async () => (await fetch(`http://127.0.0.1:${port}/projects`, { headers })).status === 200;
  return { app, port, connected, isWell };
}

/** What comes on the connection until it is closed. */
async function untilClosed(socket: Socket): Promise<string> {
  let text = '';
  socket.setEncoding('latin1').on('data', (chunk: string) => { text += chunk; });
  if (!socket.closed) await new Promise((resolve) => { socket.once('close', resolve); });
  return text;
}

function problemIn(text: string): unknown {
  return JSON.parse(text.slice(text.indexOf('\r\n\r\n')));
}

void t.test('each caller has so many requests a minute, and so have those who are not recognised', async (t) => {
  const { app } = await httpWorld(t, { limits: { requestsPerMinute: 3 } });
  const ask = (who?: string, url = '/projects') => app.inject({ url, headers: who === undefined ? {} : { 'x-user-id': who } });
  for (const left of [2, 1, 0]) {
    t.match((await ask('ada')).headers, { 'ratelimit-limit': '3', 'ratelimit-remaining': String(left), 'ratelimit-reset': /^\d+$/ });
  }
  const refused = await ask('ada');
  t.equal(refused.statusCode, 429);
  t.match(refused.headers, { 'ratelimit-remaining': '0', 'retry-after': /^\d+$/, 'content-type': 'application/problem+json' });
  t.match(refused.json(), { code: 'rate_limited', detail: /More than 3 requests/ });
  t.equal((await ask('ada', '/projects/prj_1')).statusCode, 429, 'whatever is asked for');
  t.equal((await ask('bob')).statusCode, 200, 'another caller has its own');
  for (const expected of [401, 401, 401, 429]) t.equal((await ask()).statusCode, expected, 'guesses are counted too');
  t.equal((await ask('eve')).statusCode, 200, 'and are not held against callers at the same address');
  for (let count = 0; count < 5; count += 1) t.equal((await ask(undefined, '/healthz')).statusCode, 200, 'health is told at any time');
});

void t.test('where a request comes from is believed of listed load balancers alone', async (t) => {
  const { app } = await httpWorld(t, { limits: { requestsPerMinute: 1, trustedProxies: ['10.0.0.0/16'] } });
  const guess = async (remoteAddress: string, forwardedFor: string) =>
    (await app.inject({ url: '/projects', remoteAddress, headers: { 'x-forwarded-for': forwardedFor } })).statusCode;
  t.equal(await guess('10.0.1.7', '203.0.113.7'), 401);
  t.equal(await guess('10.0.2.8', '203.0.113.8'), 401, 'another client of the load balancers');
  t.equal(await guess('10.0.2.8', '198.51.100.1, 203.0.113.7'), 429, 'what a client says of itself does not count');
  t.equal(await guess('203.0.113.9', '203.0.113.10'), 401);
  t.equal(await guess('203.0.113.9', '203.0.113.11'), 429, 'nor what somebody else says');
});

void t.test('under pressure requests are sent away, and health is told', async (t) => {
  const { app } = await httpWorld(t, { limits: { eventLoopDelayMs: 5 } });
  const refused = await waitUntil('the pressure is felt', async () => {
    const end = performance.now() + 100;
    while (performance.now() < end); // nothing else is done meanwhile: that is the pressure
    const response = await app.inject({ url: '/projects', headers });
    return response.statusCode === 503 ? response : undefined;
  });
  t.match(refused.headers, { 'retry-after': '5' });
  t.match(refused.json(), { code: 'under_pressure' });
  t.equal((await app.inject('/healthz')).statusCode, 200);
});

void t.test('browsers are told what pages may do, and other pages nothing unless they are listed', async (t) => {
  const origin = 'https://console.example';
  const preflight = { method: 'OPTIONS', url: '/projects', headers: { origin, 'access-control-request-method': 'POST' } } as const;
  const { app } = usual;
  const plain = await app.inject({ url: '/projects', headers: { ...headers, origin } });
  t.match(plain.headers, {
    'x-content-type-options': 'nosniff', 'x-frame-options': 'SAMEORIGIN', 'referrer-policy': 'no-referrer',
    'content-security-policy': "default-src 'none';frame-ancestors 'none'", 'strict-transport-security': /^max-age=\d+$/,
  });
  t.notOk('access-control-allow-origin' in plain.headers);
  t.equal((await app.inject(preflight)).statusCode, 405);

  const { app: shared } = await httpWorld(t, { limits: { corsOrigins: [origin] } });
  const allowed = await shared.inject(preflight);
  t.equal(allowed.statusCode, 204);
  t.match(allowed.headers, { 'access-control-allow-origin': origin, 'access-control-allow-headers': /authorization/ });
  t.notOk('access-control-allow-credentials' in allowed.headers, 'a browser sends nothing of its own accord');
  const other = await shared.inject({ ...preflight, headers: { ...preflight.headers, origin: 'https://evil.example' } });
  t.notOk('access-control-allow-origin' in other.headers);
  t.equal((await shared.inject({ url: '/projects', headers: { origin } })).statusCode, 401, 'an origin is no proof');
  t.match((await shared.inject({ url: '/projects', headers: { ...headers, origin } })).headers,
    { 'access-control-allow-origin': origin, 'access-control-expose-headers': /x-next-cursor/ });
});

void t.test('bodies that are not what they seem', async (t) => {
  const { app, ask } = usual;
  const deep = (levels: number) => `{"name":${'['.repeat(levels)}${']'.repeat(levels)}}`;
  const rows: [string, string | Buffer, Record<string, string>, number, RegExp][] = [
    ['ten megabytes', Buffer.alloc(10 * 1024 * 1024, ' '), {}, 413, /payload_too_large/],
    ['deep JSON', deep(64), {}, 400, /nested deeper than 64 levels/],
    ['very deep JSON', deep(500_000), {}, 400, /nested deeper than 64 levels/],
    ['deep JSON that never ends', '['.repeat(1_000_000), {}, 400, /malformed_request/],
    ['a name that is there twice', '{"name":"a","name":"b"}', {}, 400, /name \\"name\\" is there twice/],
    ['the same name in another spelling', '{"name":"a","n\\u0061me" :"b"}', {}, 400, /is there twice/],
    ['a name that is there twice further down', '{"name":"a","cache":{"invalidate":true,"invalidate":false}}', {}, 400, /is there twice/],
    ['bytes that are not UTF-8', Buffer.from([...Buffer.from('{"name":"'), 0xff, 0xfe, ...Buffer.from('"}')]), {}, 400, /not UTF-8/],
    ['UTF-16', Buffer.from('{"name":"a"}', 'utf16le'), {}, 400, /malformed_request/],
    ['UTF-16 that says so', Buffer.from('{"name":"a"}', 'utf16le'), { 'content-type': 'application/json; charset=utf-16' }, 415,
      /another character set/],
    ['a compressed body', gzipSync('{"name":"a"}'), { 'content-encoding': 'gzip' }, 415, /compressed/],
    ['XML', '<name>a</name>', { 'content-type': 'application/xml' }, 415, /unsupported_media_type/],
    ['no media type that can be read', '{"name":"a"}', { 'content-type': 'json' }, 415, /unsupported_media_type/],
    ['a NUL byte', '{"name":"a\0"}', {}, 400, /malformed_request/],
    ['a NUL byte that is spelt out', '{"name":"a\\u0000"}', {}, 400, /invalid_request/],
    ['__proto__', '{"name":"a","__proto__":{"admin":true}}', {}, 400, /malformed_request/],
    ['constructor.prototype', '{"name":"a","constructor":{"prototype":{}}}', {}, 400, /malformed_request/],
    ['a property of every object', '{"name":"a","toString":1}', {}, 400, /toString is not known here/],
    ['text', '"name"', {}, 400, /invalid_request/],
    ['a number too long for any number', `{"name":${'9'.repeat(100_000)}}`, {}, 400, /invalid_request/],
  ];
  for (const [name, payload, more, status, words] of rows) {
    const response = await app.inject({ method: 'POST', url: '/projects', payload, headers: { ...json, ...more } });
    t.equal(response.statusCode, status, `${name}: ${response.payload.slice(0, 300)}`);
    t.equal(response.headers['content-type'], 'application/problem+json', name);
    t.match(response.payload, words, name);
    t.ok(response.payload.length < 4_000, `${name} is answered in short`);
  }
  t.equal(({} as { admin?: boolean }).admin, undefined, 'nothing was made of every object');
  t.match(await ask('GET', '/projects'), { body: [] }, 'nothing came of any of them');
  for (const [name, payload, more] of [
    ['names that are there twice in different objects', '{"name":"a","cache":{"invalidate":true},"probe":{"url":"https://a.example","header":"x-build","expect":"name"}}', {}],
    ['a value that looks like a name', '{"name":"name"}', {}],
    ['quotes and brackets in a text', '{"name":"\\"}{[\\\\"}', {}],
    ['a byte order mark', '\ufeff{"name":"a"}', {}],
    ['UTF-8 that says so', '{"name":"ä"}', { 'content-type': 'application/json; charset="UTF-8"' }],
  ] as const) {
    const response = await app.inject({ method: 'POST', url: '/projects', payload, headers: { ...json, ...more } });
    t.equal(response.statusCode, 201, `${name}: ${response.payload}`);
  }
});

void t.test('paths that mean to go elsewhere', async (t) => {
  const { app } = usual;
  for (const url of [
    '/projects/..%2f..%2fetc%2fpasswd', '/projects/%2e%2e', '/projects/..%5c..', '/projects/a%00b', '/projects/%00',
    '/projects/__proto__', '/projects/constructor', '/projects/toString', `/projects/${'x'.repeat(16_000)}`,
    '/projects/a/deployments/..%2f..', '/projects/a/domains/%2e%2e%2f', '/tokens/..%2f', '/docs/static/..%2f..%2fpackage.json',
    '/docs/static/%2e%2e/%2e%2e/package.json', '/docs/static/..%00/x', '//projects', '/projects//live',
  ]) {
    const response = await app.inject({ url, headers });
    t.ok(response.statusCode === 404 || response.statusCode === 400, `${url.slice(0, 60)}: ${response.statusCode}`);
    t.equal(response.headers['content-type'], 'application/problem+json', url.slice(0, 60));
    t.notMatch(response.payload, /anchor-deploy|root:/);
  }
  for (const query of ['__proto__=1', 'constructor=1', 'limit=1&limit=2', 'limit=%00', 'cursor=%00', 'limit[$gt]=1']) {
    t.match(await app.inject({ url: `/projects?${query}`, headers }), { statusCode: 400 }, query);
  }
});

void t.test('what is sent in part, too long, or never', async (t) => {
  const { app, connected, isWell } = await listening(t, { headersTimeoutMs: 300, requestTimeoutMs: 400 });
  const head = 'POST /projects HTTP/1.1\r\nhost: a\r\nx-user-id: ada\r\ncontent-type: application/json\r\n';

  const started: [string, string, number, string][] = [
    ['half a head', 'GET /projects HTTP/1.1\r\nhost: a\r\nx-user', 408, 'request_timeout'],
    ['half a body', `${head}content-length: 100\r\n\r\n{"name":`, 408, 'request_timeout'],
    ['half a chunk', `${head}transfer-encoding: chunked\r\n\r\nff\r\n{"name":`, 408, 'request_timeout'],
    ['a flood of headers', `GET /projects HTTP/1.1\r\nhost: a\r\n${'x-a: b\r\n'.repeat(20_000)}\r\n`, 431, 'headers_too_large'],
    ['one header without end', `GET /projects HTTP/1.1\r\nhost: a\r\nx-a: ${'b'.repeat(100_000)}`, 431, 'headers_too_large'],
    ['a path without end', `GET /${'a'.repeat(100_000)}`, 431, 'headers_too_large'],
    ['a NUL byte in a header', 'GET /projects HTTP/1.1\r\nhost: a\r\nx-user-id: a\0b\r\n\r\n', 400, 'malformed_request'],
    ['two lengths', `${head}content-length: 2\r\ncontent-length: 3\r\n\r\n{}`, 400, 'malformed_request'],
    ['a length beside chunks', `${head}content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n{}`, 400, 'malformed_request'],
    ['a length that is none', `${head}content-length: -1\r\n\r\n{}`, 400, 'malformed_request'],
    ['another language', 'SSH-2.0-OpenSSH_9.6\r\n', 400, 'malformed_request'],
  ];
  await Promise.all(started.map(async ([name, sent, status, code]) => {
    const socket = await connected();
    socket.write(sent, 'latin1');
    const text = await untilClosed(socket);
    t.match(text, new RegExp(`^HTTP/1\\.1 ${status} `), `${name}: ${text.slice(0, 80)}`);
    t.match(problemIn(text), { status, code }, name);
  }));

  const hangingUp = await connected();
  hangingUp.write(`${head}content-length: 100\r\n\r\n{"name":`);
  hangingUp.resetAndDestroy();

  const long = await connected();
  long.write(`${head}content-length: 10485760\r\n\r\n`);
  const answer = untilClosed(long); // told before the body is sent; what still comes is not read
  await once(long, 'data');
  const zeros = Buffer.alloc(65_536);
  for (let sent = 0; sent < 10_485_760 && long.writable && !long.closed; sent += zeros.length) {
    // The server may have hung up by now.
    if (!long.write(zeros)) await Promise.race([once(long, 'drain'), once(long, 'close')]).catch(() => undefined);
  }
  t.match(await answer, /^HTTP\/1\.1 413 [^]*payload_too_large/, 'ten megabytes are refused by their length');

  const idle = await Promise.all(Array.from({ length: FULL ? 1_000 : 50 }, connected));
  t.ok(await isWell(), 'nobody else is slowed down by connections that say nothing');
  await Promise.all(idle.map(untilClosed));
  t.pass('and they are closed');
  t.ok(await isWell());
  await waitUntil('no connection is left', async () => new Promise<true | undefined>((resolve) => {
    app.server.closeIdleConnections();
    app.server.getConnections((_, count) => { resolve(count === 0 ? true : undefined); });
  }));
});

void t.test('a client that takes its answer a byte at a time is left', async (t) => {
  const project = {
    projectId: 'prj_1', collection: 'project' as const, createdKey: 'k', name: 'x'.repeat(1_000_000), createdAt: 1, updatedAt: 1,
    revision: 1, fence: 0,
  };
  const { app, connected } = await listening(t, { responseTimeoutMs: 300 }, {
    listProjects: async () => ({ items: Array.from({ length: FULL ? 60 : 20 }, () => project) }),
  });
  const socket = await connected();
  socket.pause();
  socket.write('GET /projects HTTP/1.1\r\nhost: a\r\nx-user-id: ada\r\n\r\n');
  // It takes one byte now and then, which keeps any wait for silence from ending.
  const sip = async () => { socket.read(1); };
  await waitUntil('the server has left', async () => {
    await sip();
    await pause(20);
    return new Promise<true | undefined>((resolve) => {
      app.server.getConnections((_, count) => { resolve(count === 0 ? true : undefined); });
    });
  });
  t.pass('although its answer was not taken');
  socket.destroy();

  const reader = await connected();
  reader.write('GET /healthz HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n');
  t.match(await untilClosed(reader), /"status":"ok"/, 'whoever reads is not disturbed');
});

void t.test('connections beyond the most there may be are closed', async (t) => {
  const { connected } = await listening(t, { maxConnections: 2 });
  const open = [await connected(), await connected()];
  const one = await connected();
  t.equal(await untilClosed(one), '');
  for (const each of open) t.notOk(each.closed);
  for (const each of open) each.destroy();
});

void t.test('a server that closes waits for requests, and not for connections that are kept open after them', async (t) => {
  let answer = () => {};
  const answering = new Promise<void>((resolve) => { answer = resolve; });
  let begun = false;
  const { app, connected } = await listening(t, {}, { listProjects: async () => {
    begun = true;
    await answering;
    return { items: [] };
  } });
  const [silent, busy, answered] = [await connected(), await connected(), await connected()];
  busy.write('GET /projects HTTP/1.1\r\nhost: x\r\nx-user-id: ada\r\n\r\n');
  answered.write('GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n');
  await once(answered, 'data');
  await waitUntil('the request is there', async () => begun || undefined);
  const [untilSilent, untilAnswered, untilBusy] = [silent, answered, busy].map(untilClosed);
  const closed = app.close();
  await Promise.all([untilSilent, untilAnswered]);
  answer();
  const text = await untilBusy;
  t.match(text, /^HTTP\/1\.1 200 OK\r\n/, 'a request that is running is answered');
  t.match(text, /\r\nconnection: close\r\n/i, 'and its connection is used for no other');
  await closed;
});
