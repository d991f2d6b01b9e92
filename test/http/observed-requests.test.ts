import { Writable } from 'node:stream';
import { pino } from 'pino';
import t from 'tap';
import { prometheusMetrics } from '../../src/adapters/metrics/prometheus-metrics.ts';
import { AnchorError } from '../../src/domain/errors.ts';
import { buildMetricsApp } from '../../src/http/metrics-app.ts';
import { measuredSwitches } from '../../src/operations/measured-switches.ts';
import type { Operations } from '../../src/operations/operations.ts';
import { NO_TRACING } from '../../src/ports/tracing.ts';
import { httpWorld } from '../support/http-world.ts';

const headers = { 'x-user-id': 'ada' };

function linesOf(): { readonly logger: ReturnType<typeof pino>; readonly lines: Record<string, unknown>[] } {
  const lines: Record<string, unknown>[] = [];
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      lines.push(JSON.parse(chunk.toString()) as Record<string, unknown>);
      done();
    },
  });
  return { logger: pino({ level: 'info', base: null }, stream), lines };
}

void t.test('a request is one line in the log', async (t) => {
  const { logger, lines } = linesOf();
  const { app } = await httpWorld(t, {
    logger, rollBack: async () => { throw new AnchorError('operation_in_progress', 'Busy.', { operationId: 'op_7' }); },
  });
  await app.inject({ url: '/projects?limit=5', headers });
  await app.inject({ method: 'POST', url: '/projects/prj_1/rollback', headers, payload: { targetDeploymentId: 'dep_1' } });
  await app.inject({ url: '/nowhere/anc_1_secret' });
  await app.inject({ url: '/healthz' });
  const level = 30;
  t.match(lines, [
    { level, method: 'GET', path: '/projects', route: '/projects', status: 200, caller: 'ada', address: '127.0.0.1' },
    {
      method: 'POST', route: '/projects/:projectId/rollback', status: 409, caller: 'ada', projectId: 'prj_1',
      operationId: 'op_7', requestId: /.+/, durationMs: Number,
    },
    { status: 404, route: 'none' },
    { status: 200, path: '/healthz' },
  ]);
  t.equal(lines.length, 4, 'one line each');
  t.notMatch(JSON.stringify(lines[0]), /limit=5/, 'without the query');
});

void t.test('/metrics tells Prometheus', async (t) => {
  const metrics = prometheusMetrics();
  const { app } = await httpWorld(t, { metrics, metricsPage: metrics });
  await app.inject({ url: '/projects', headers });
  await app.inject({ url: '/projects/prj_1', headers });
  await app.inject({ url: '/no/route/../at-all', headers });
  metrics.cloudCalled({ service: 'lambda', operation: 'UpdateAlias', outcome: 'throttled', durationMs: 20 });
  metrics.workerPassed({ step: 'domains', due: 3, lagMs: 1500 });
  const named = { domainId: 'dom_1', domain: 'www.example.com' };
  metrics.eventRecorded({ type: 'domain.added', data: named });
  metrics.eventRecorded({ type: 'domain.status_changed', data: { ...named, from: 'deploying', to: 'active', message: 'Done.' } });
  metrics.deliveryTried({ outcome: 'retried', durationMs: 40 });
  const answer = await app.inject({ url: '/metrics', headers });
  t.equal(answer.statusCode, 200);
  t.match(answer.headers['content-type'], /^text\/plain; version=0\.0\.4/);
  for (const line of [
    'anchor_http_request_duration_seconds_count{method="GET",route="/projects",status="200"} 1',
    'anchor_http_request_duration_seconds_count{method="GET",route="/projects/:projectId",status="404"} 1',
    'anchor_http_request_duration_seconds_count{method="GET",route="none",status="404"} 1',
    'anchor_aws_call_duration_seconds_count{service="lambda",operation="UpdateAlias",outcome="throttled"} 1',
    'anchor_worker_due{step="domains"} 3',
    'anchor_worker_lag_seconds{step="domains"} 1.5',
    'anchor_worker_passes_total{step="domains"} 1',
    'anchor_events_recorded_total{type="domain.added"} 1',
    'anchor_domain_status_changes_total{from="deploying",to="active"} 1',
    'anchor_webhook_attempt_duration_seconds_count{outcome="retried"} 1',
  ]) t.ok(answer.payload.split('\n').includes(line), line);
  t.match(answer.payload, /^process_cpu_seconds_total /m, 'and how the process does');
  t.equal((await app.inject({ url: '/metrics' })).statusCode, 401, 'to callers that are known');

  const apart = buildMetricsApp(metrics);
  t.teardown(() => apart.close());
  t.match((await apart.inject('/metrics')).payload, /anchor_worker_due/, 'a port of its own asks nobody');
  t.equal((await apart.inject('/projects')).statusCode, 404, 'and serves nothing else');
});

void t.test('without a page there is no /metrics', async (t) => {
  const { app } = await httpWorld(t);
  t.equal((await app.inject({ url: '/metrics', headers })).statusCode, 404);
});

void t.test('a switch is measured however it ends', async (t) => {
  const metrics = prometheusMetrics();
  let nowMs = 0;
  const operations = measuredSwitches({
    rollBack: async () => { nowMs += 250; },
    promote: async () => { throw new AnchorError('project_pinned', 'Pinned.'); },
    undoRollback: async () => { throw new Error('unforeseen'); },
  } as unknown as Operations, { metrics, tracing: NO_TRACING, clock: { now: () => nowMs, sleep: async () => undefined } });
  await operations.rollBack('prj_1', {} as never);
  await t.rejects(operations.promote('prj_1', {} as never), { code: 'project_pinned' });
  await t.rejects(operations.undoRollback('prj_1', {} as never), { message: 'unforeseen' });
  const text = await metrics.text();
  for (const line of [
    'anchor_switch_duration_seconds_sum{kind="rollback",outcome="succeeded"} 0.25',
    'anchor_switch_duration_seconds_count{kind="promote",outcome="project_pinned"} 1',
    'anchor_switch_duration_seconds_count{kind="undo",outcome="internal_error"} 1',
  ]) t.ok(text.split('\n').includes(line), line);
});
