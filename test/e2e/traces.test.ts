import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import t, { type Test } from 'tap';
import { loadConfig } from '../../src/config.ts';
import { createLogger } from '../../src/logger.ts';
import { openTracing } from '../../src/open-tracing.ts';
import { startServer } from '../../src/server.ts';
import { AnchorClient } from '../support/anchor-client.ts';
import { exchange } from '../support/http-exchange.ts';
import { QUICK } from '../support/running-anchor.ts';
import { waitUntil } from '../support/wait-until.ts';

/** As OTLP has it in JSON. */
interface SentSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly attributes: readonly { readonly key: string; readonly value: object }[];
  readonly status: { readonly code: number; readonly message?: string };
}

interface Posted { readonly path: string; readonly headers: IncomingHttpHeaders; readonly body: string }

const [SERVER, CLIENT, FAILED] = [2, 3, 2];

async function collector(t: Test): Promise<{ url: string; posted: Posted[]; spans: () => SentSpan[] }> {
  const posted: Posted[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => { body += chunk; }).on('end', () => {
      posted.push({ path: request.url ?? '', headers: request.headers, body });
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const spans = () => posted.flatMap(({ body }) => (
    (JSON.parse(body) as { resourceSpans: { scopeSpans: { spans: SentSpan[] }[] }[] }).resourceSpans
      .flatMap(({ scopeSpans }) => scopeSpans).flatMap((scope) => scope.spans)));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, posted, spans };
}

const attributesOf = ({ attributes }: SentSpan) => Object.fromEntries(
  attributes.map(({ key, value }) => [key, Object.values(value)[0] as unknown]));

void t.test('with a collector every request is a trace of what it did', async (t) => {
  const { url, posted, spans } = await collector(t);
  const config = loadConfig({ ...QUICK, DATA_DIR: t.testdir(), OTEL_EXPORTER_OTLP_ENDPOINT: `${url}/`, OTEL_SERVICE_NAME: 'anchor-test' });
  const problems: string[] = [];
  const tracing = await openTracing(config.traces, (problem) => problems.push(problem));
  if (!tracing) throw new Error('there is a collector');
  const lines: Record<string, unknown>[] = [];
  const logger = createLogger('debug', {
    destination: { write: (line) => { lines.push(JSON.parse(line) as Record<string, unknown>); } }, fields: tracing.logFields,
  });
  const server = await startServer(config, logger, tracing);
  let closed = false;
  const close = async () => {
    if (closed) return;
    closed = true;
    await server.close();
    await tracing.close();
  };
  t.teardown(close);
  const cloud = server.localCloud ?? { cloudUrl: '', edgeUrl: '' };
  const anchor = new AnchorClient({ url: server.url, cloudUrl: cloud.cloudUrl, edgeUrl: cloud.edgeUrl });

  const [older] = await anchor.builds();
  const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
  const rolledBack = await exchange(`${server.url}/projects/test/rollback?token=in-the-query`, {
    method: 'POST', body: { targetDeploymentId: older.deploymentId },
    headers: { 'traceparent': `00-${traceId}-00f067aa0ba902b7-01`, 'x-user-id': 'ada', 'x-request-id': 'req-1' },
  });
  t.equal(rolledBack.status, 200);
  const { operationId } = JSON.parse(rolledBack.text) as { operationId: string };
  const secret = `anc_${'a'.repeat(16)}_${'b'.repeat(24)}`;
  t.equal((await anchor.ask('GET', `/projects/${secret}`)).status, 404);
  t.equal((await anchor.ask('GET', '/nowhere')).status, 404);
  await anchor.bringLive('www.example.com');
  await waitUntil('the requests are logged', async () => lines.find(({ path }) => path === '/projects/[redacted]'));
  await close();

  const all = spans();
  const find = (name: string, within = all) => within.filter((span) => span.name === name);
  t.same(problems, []);
  t.ok(posted.every(({ path }) => path === '/v1/traces'));
  t.match(posted[0]?.body, /"anchor-test"/, 'the service is named');

  const [request] = find('POST /projects/:projectId/rollback');
  if (!request) return t.fail(`no span of the request among ${all.map(({ name }) => name).join(', ')}`);
  t.match(request, { traceId, parentSpanId: '00f067aa0ba902b7', kind: SERVER }, 'it belongs to the trace of its caller');
  t.match(attributesOf(request), {
    'http.route': '/projects/:projectId/rollback', 'http.request.method': 'POST', 'url.path': '/projects/test/rollback',
    'anchor.request.id': 'req-1', 'anchor.caller': 'ada', 'anchor.project.id': 'test', 'anchor.operation.id': operationId,
  });
  t.equal(Number(attributesOf(request)['http.response.status_code']), 200);
  const ofRequest = all.filter((span) => span.traceId === traceId);
  const [operation] = find('rollback', ofRequest);
  t.match(operation, { parentSpanId: request.spanId });
  t.match(operation && attributesOf(operation), { 'anchor.operation.id': operationId, 'anchor.outcome': 'succeeded' });
  for (const call of ['lambda GetAlias', 'lambda UpdateAlias']) {
    const calls = find(call, ofRequest).filter(({ parentSpanId }) => parentSpanId === operation?.spanId);
    t.equal(calls.length, 2, `${call}, for each of the two aliases`);
    t.match(calls, [{ kind: CLIENT }, { kind: CLIENT }]);
    t.match(calls[0] && attributesOf(calls[0]), { 'rpc.system': 'aws-api', 'rpc.service': 'lambda', 'anchor.outcome': 'ok' });
  }

  const [step] = find('worker domains').filter((span) => all.some(({ parentSpanId }) => parentSpanId === span.spanId));
  t.match(step && attributesOf(step), { 'anchor.domainId': /^dom_/ }, 'work in the background is a trace of its own');
  t.match(all.filter(({ parentSpanId }) => parentSpanId === step?.spanId), [{ name: /^acm |^cloudfront /, traceId: step?.traceId }]);

  const [refused] = find('GET /projects/:projectId');
  t.match(refused?.status, { code: FAILED, message: /\[redacted\]/ });
  t.notMatch(JSON.stringify(posted), /in-the-query|anc_a/, 'nothing secret is sent to the collector');

  t.match(lines.find(({ requestId }) => requestId === 'req-1' ), { traceId });
  const calls = lines.filter(({ msg, traceId: of }) => msg === 'aws call' && of === traceId);
  t.match(calls.filter(({ operation: name }) => name === 'UpdateAlias'), [1, 2].map(() => (
    { level: 20, service: 'lambda', operation: 'UpdateAlias', outcome: 'ok', durationMs: Number, spanId: String })));
  const answered = lines.filter(({ msg, requestId }) => msg === 'request answered' && requestId === 'req-1');
  t.match(answered, [{ traceId, caller: 'ada', projectId: 'test', operationId }], 'one line a request, with its trace');
});

void t.test('a collector that cannot be reached stops nothing', async (t) => {
  const { traces } = loadConfig({ ...QUICK, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://127.0.0.1:1/v1/traces' });
  t.match(traces, { url: 'http://127.0.0.1:1/v1/traces', serviceName: 'anchor-deploy' });
  const problems: string[] = [];
  const tracing = await openTracing(traces, (problem) => problems.push(problem));
  t.same(tracing?.logFields(), {});
  t.equal(await tracing?.span({ name: 'work', attributes: { unknown: undefined } }, async () => 'done'), 'done');
  await t.rejects(tracing?.span({ name: 'work', attributes: {} }, async () => { throw new Error('broken'); }) ?? Promise.resolve(), {
    message: 'broken',
  });
  await tracing?.close();
  t.match(problems.join('\n'), /ECONNREFUSED|127\.0\.0\.1/, 'somebody is told');
});

void t.test('without a collector nothing is traced', async (t) => {
  t.equal(loadConfig(QUICK).traces, undefined);
  t.equal(loadConfig({ ...QUICK, OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1', OTEL_SDK_DISABLED: 'true' }).traces, undefined);
  t.equal(await openTracing(undefined, () => undefined), undefined);
});
