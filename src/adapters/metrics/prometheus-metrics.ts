import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import type { Metrics } from '../../ports/metrics.ts';

/** Metrics in the text format of Prometheus. */
export interface PrometheusMetrics extends Metrics {
  readonly contentType: string;
  text(): Promise<string>;
}

/** From a few milliseconds to what a client still waits for, in seconds. */
const REQUEST_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const SWITCH_SECONDS = [0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 2, 5, 10];

/** A registry of its own, so that several servers in one process do not mix. */
export function prometheusMetrics(): PrometheusMetrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const requests = new Histogram({
    name: 'anchor_http_request_duration_seconds', help: 'Time from a request to its answer.',
    labelNames: ['method', 'route', 'status'], buckets: REQUEST_SECONDS, registers,
  });
  const switches = new Histogram({
    name: 'anchor_switch_duration_seconds', help: 'Time a rollback, promote or undo took, by how it ended.',
    labelNames: ['kind', 'outcome'], buckets: SWITCH_SECONDS, registers,
  });
  const calls = new Histogram({
    name: 'anchor_aws_call_duration_seconds', help: 'Time of one AWS call, retries of the SDK included, by outcome.',
    labelNames: ['service', 'operation', 'outcome'], buckets: REQUEST_SECONDS, registers,
  });
  const due = new Gauge({
    name: 'anchor_worker_due', help: 'Records the latest pass of the worker found due, a full page of each shard at most.',
    labelNames: ['step'], registers,
  });
  const lag = new Gauge({
    name: 'anchor_worker_lag_seconds', help: 'How late the oldest record of the latest pass was taken up.',
    labelNames: ['step'], registers,
  });
  const passes = new Counter({
    name: 'anchor_worker_passes_total', help: 'Passes of the worker.', labelNames: ['step'], registers,
  });
  return {
    requestAnswered: ({ method, route, status, durationMs }) => (
      requests.observe({ method, route, status }, durationMs / 1000)),
    switchEnded: ({ kind, outcome, durationMs }) => switches.observe({ kind, outcome }, durationMs / 1000),
    cloudCalled: ({ service, operation, outcome, durationMs }) => (
      calls.observe({ service, operation, outcome }, durationMs / 1000)),
    workerPassed: (pass) => {
      due.set({ step: pass.step }, pass.due);
      lag.set({ step: pass.step }, pass.lagMs / 1000);
      passes.inc({ step: pass.step });
    },
    contentType: registry.contentType,
    text: () => registry.metrics(),
  };
}
