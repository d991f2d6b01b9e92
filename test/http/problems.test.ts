import { once } from 'node:events';
import { connect, Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import t from 'tap';
import { AnchorError } from '../../src/domain/errors.ts';
import { answerClientError } from '../../src/http/client-error.ts';
import { PROBLEM_KINDS } from '../../src/http/problem-kinds.ts';
import { CloudError } from '../../src/ports/cloud-error.ts';
import type { CloudErrorKind } from '../../src/ports/cloud-error.ts';
import { httpWorld } from '../support/http-world.ts';

const ROLLBACK = '/projects/prj_1/rollback';
const headers = { 'x-user-id': 'ada' };

void t.test('bodies are taken as they are or refused, never changed to fit', async (t) => {
  const { ask } = await httpWorld(t);
  const rows: [string, object, { field: string; message: string }[]][] = [
    ['an unknown property is named', { name: 'a', nmae: 'b' }, [{ field: 'body/nmae', message: 'is not known here' }]],
    ['a missing one too', {}, [{ field: 'body/name', message: 'is required' }]],
    ['null is not a string', { name: null }, [{ field: 'body/name', message: 'must be string' }]],
    ['a number is not a string', { name: 5 }, [{ field: 'body/name', message: 'must be string' }]],
    ['a list is not a body', [], [{ field: 'body', message: 'must be object' }]],
    ['odd names are written as a JSON pointer', { name: 'a', 'b/~c': 1 },
      [{ field: 'body/b~1~0c', message: 'is not known here' }]],
    ['everything is said at once', { x: 1, y: 2 }, [
      { field: 'body/name', message: 'is required' },
      { field: 'body/x', message: 'is not known here' },
      { field: 'body/y', message: 'is not known here' },
    ]],
  ];
  for (const [name, body, errors] of rows) {
    const answer = await ask('POST', '/projects', body);
    t.equal(answer.status, 400, name);
    t.strictSame((answer.body as { errors: unknown }).errors, errors, name);
  }
  t.match(await ask('PATCH', '/projects/prj_1', { serverFunctionName: 5 }), {
    body: { errors: [{ field: 'body/serverFunctionName', message: 'must be string or null' }] },
  });
  t.match(await ask('POST', '/projects', Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`x${i}`, i]))),
    { body: { errors: { length: 20 } } }, 'a body of nonsense is answered in short');
  t.strictSame((await ask('GET', '/projects')).body, [], 'nothing came of any of them');
});

void t.test('what is wrong with the request itself', async (t) => {
  const { app } = await httpWorld(t);
  const json = { ...headers, 'content-type': 'application/json' };
  const rows = [
    ['a path nobody answers at', { url: '/nothing?x=1' }, 404, 'route_not_found'],
    ['a method nobody answers to', { method: 'PUT', url: '/projects/prj_1' }, 405, 'method_not_allowed'],
    ['a method nobody answers to that wants a body', { method: 'QUERY', url: '/projects/prj_1' }, 405, 'method_not_allowed'],
    ['text to a path nobody answers at', { method: 'POST', url: '/nothing', payload: 'hi', headers: { 'content-type': 'text/plain' } },
      404, 'route_not_found'],
    ['a path that cannot be decoded', { url: '/projects/%zz' }, 400, 'malformed_request'],
    ['an id that is none of ours', { url: '/projects/a.b' }, 404, 'project_not_found'],
    ['an id of any length', { url: `/projects/${'x'.repeat(5000)}` }, 404, 'project_not_found'],
    ['a deployment id that is none of ours', { url: '/projects/p/deployments/a.b' }, 404, 'deployment_not_found'],
    ['a domain id that is none of ours', { url: '/projects/p/domains/a.b' }, 404, 'domain_not_found'],
    ['an operation id that is none of ours', { url: '/projects/p/operations/a.b' }, 404, 'operation_not_found'],
    ['broken JSON', { method: 'POST', url: ROLLBACK, payload: '{"a":', headers: json }, 400, 'malformed_request'],
    ['a poisoned prototype', { method: 'POST', url: ROLLBACK, payload: '{"__proto__":{}}', headers: json },
      400, 'malformed_request'],
    ['no body', { method: 'POST', url: ROLLBACK }, 400, 'invalid_request'],
    ['an empty body', { method: 'POST', url: ROLLBACK, payload: '', headers: json }, 400, 'invalid_request'],
    ['text', { method: 'POST', url: ROLLBACK, payload: 'hi', headers: { ...headers, 'content-type': 'text/plain' } },
      415, 'unsupported_media_type'],
    ['a form', { method: 'POST', url: ROLLBACK, payload: 'a=b',
      headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' } }, 415, 'unsupported_media_type'],
    ['too much', { method: 'POST', url: ROLLBACK, payload: `{"a":"${'x'.repeat(1_048_576)}"}`, headers: json },
      413, 'payload_too_large'],
    ['nobody we know', { url: '/projects', headers: {} }, 401, 'unauthenticated'],
  ] as const;
  for (const [name, request, status, code] of rows) {
    const response = await app.inject({ headers, ...request });
    t.equal(response.statusCode, status, name);
    t.equal(response.headers['content-type'], 'application/problem+json', name);
    const { detail, requestId, ...problem } = response.json<Record<string, unknown>>();
    t.match(problem, { type: `urn:anchor:problem:${code}`, title: PROBLEM_KINDS[code].title, status, code }, name);
    t.match(detail, /\.$/, `${name}: ${String(detail)}`);
    t.equal(response.headers['x-request-id'], requestId, name);
  }
  const wrongMethod = await app.inject({ method: 'PUT', url: '/projects/prj_1?x=1', headers });
  t.equal(wrongMethod.headers.allow, 'DELETE, GET, HEAD, PATCH');
  t.equal((await app.inject('/projects')).headers['www-authenticate'], 'Bearer');
  t.equal((await app.inject({ method: 'DELETE', url: '/projects/prj_1', headers: json })).statusCode, 404,
    'a DELETE may name a content type and send nothing');
});

void t.test('the request id is the caller\'s own when it is well formed', async (t) => {
  const { app } = await httpWorld(t);
  const idFor = async (id?: string) => {
    const given = id === undefined ? {} : { 'x-request-id': id };
    return (await app.inject({ url: '/healthz', headers: given })).headers['x-request-id'];
  };
  t.equal(await idFor('build-7.a_b'), 'build-7.a_b');
  t.match(await idFor('bad id\t'), /^[0-9a-f-]{36}$/);
  t.match(await idFor('x'.repeat(65)), /^[0-9a-f-]{36}$/);
  t.not(await idFor(), await idFor());
});

void t.test('refusals by an operation', async (t) => {
  let thrown: unknown;
  const lines: string[] = [];
  const { ask } = await httpWorld(t, {
    logger: pino({ level: 'error' }, { write: (line: string) => void lines.push(line) }),
    rollBack: async () => { throw thrown; },
  });
  const roll = () => ask('POST', ROLLBACK, { targetDeploymentId: 'dep_1' });

  thrown = new AnchorError('operation_in_progress', 'Wait for its end.',
    { operationId: 'op_1', retryAfterSeconds: 1.2 });
  t.match(await roll(), {
    status: 409, headers: { 'retry-after': '2' },
    body: { code: 'operation_in_progress', detail: 'Wait for its end.', operationId: 'op_1' },
  });
  thrown = new AnchorError('alias_update_failed', 'Lambda said no.', { operationId: 'op_2' });
  t.match(await roll(),
    { status: 500, body: { code: 'alias_update_failed', detail: 'Lambda said no.', operationId: 'op_2' } });
  thrown = new AnchorError('upstream_throttled', 'Slow down.');
  t.match(await roll(), { status: 503, headers: { 'retry-after': '2' }, body: { code: 'upstream_throttled' } });
  t.equal(lines.length, 2, 'what the caller did wrong is not an error of ours');

  lines.length = 0;
  const kinds: Record<CloudErrorKind, number> = {
    throttled: 503, denied: 502, unavailable: 502, unknown_outcome: 502, not_found: 502, stale: 502, conflict: 502,
    refused: 502,
  };
  for (const [kind, status] of Object.entries(kinds)) {
    thrown = new CloudError({
      kind: kind as CloudErrorKind, service: 'lambda', operation: 'UpdateAlias', awsName: 'SomeException',
      message: 'role arn:aws:iam::123456789012:role/secret', retryAfterSeconds: 7,
    });
    const answer = await roll();
    t.match(answer, {
      status, headers: { 'retry-after': '7' }, body: { detail: /lambda UpdateAlias failed with SomeException/ },
    }, kind);
    t.notOk(JSON.stringify(answer.body).includes('secret'), `${kind}: the words of AWS stay in the log`);
  }
  t.equal(lines.length, Object.keys(kinds).length);
  thrown = new CloudError({ kind: 'throttled', service: 'acm', operation: 'x', awsName: 'y', message: 'z' });
  t.match(await roll(), { status: 503, headers: { 'retry-after': '2' } }, 'a time to wait, even when AWS names none');

  const withStatus = Object.assign(new Error('a secret'), { statusCode: 500 });
  for (const unforeseen of [new Error('a secret'), withStatus, 'a secret']) {
    lines.length = 0;
    thrown = unforeseen;
    const { status, body } = await roll();
    t.equal(status, 500);
    t.match(body, { code: 'internal_error', requestId: String, detail: /report it with the request id/ });
    t.notOk(JSON.stringify(body).includes('secret'));
    t.equal(lines.length, 1, 'logged once');
    t.match(lines[0], (body as { requestId: string }).requestId);
  }
});

void t.test('what arrives on the socket and is not HTTP', async (t) => {
  const { app } = await httpWorld(t);
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  const socket = connect(port, '127.0.0.1');
  socket.end('this is not HTTP\r\n\r\n');
  let text = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => { text += chunk; });
  await once(socket, 'close');
  t.match(text, /^HTTP\/1\.1 400 Bad Request\r\n/);
  t.match(text, 'Content-Type: application/problem+json\r\n');
  t.match(JSON.parse(text.slice(text.indexOf('\r\n\r\n'))), { code: 'malformed_request', status: 400 });

  const gone = new Socket();
  answerClientError(Object.assign(new Error('reset'), { code: 'ECONNRESET' }), gone);
  t.ok(gone.destroyed, 'there is nobody to answer');

  const reset = connect(port, '127.0.0.1');
  await once(reset, 'connect');
  reset.write('GET /healthz HTTP/1.1\r\n');
  reset.resetAndDestroy();
  await once(reset, 'close');
  t.equal((await fetch(`http://127.0.0.1:${port}/healthz`)).status, 200, 'a caller who hangs up harms nobody');
});
