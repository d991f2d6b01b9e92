import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import type { Metrics } from '../../ports/metrics.ts';
import { METRICS, type MetricDefinition } from './metric-definitions.ts';

/** Metrics in the text format of Prometheus. */
export interface PrometheusMetrics extends Metrics {
  readonly contentType: string;
  text(): Promise<string>;
}

/** A registry of its own, so that several servers in one process do not mix. */
export function prometheusMetrics(): PrometheusMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const settingsOf = ({ name, help, labels }: MetricDefinition) => ({ name, help, labelNames: [...labels], registers: [registry] });
  const counter = (definition: MetricDefinition) => new Counter(settingsOf(definition));
  const gauge = (definition: MetricDefinition) => new Gauge(settingsOf(definition));
  const histogram = (definition: MetricDefinition & { readonly buckets: readonly number[] }) => (
    new Histogram({ ...settingsOf(definition), buckets: [...definition.buckets] }));

  const requests = histogram(METRICS.requests);
  const switches = histogram(METRICS.switches);
  const calls = histogram(METRICS.calls);
  const due = gauge(METRICS.due);
  const lag = gauge(METRICS.lag);
  const passes = counter(METRICS.passes);
  const leases = gauge(METRICS.leases);
  const leasesTaken = counter(METRICS.leasesTaken);
  const events = counter(METRICS.events);
  const statusChanges = counter(METRICS.statusChanges);
  const domains = gauge(METRICS.domains);
  const counted = gauge(METRICS.counted);
  const deliveries = histogram(METRICS.deliveries);
  const waiting = gauge(METRICS.waiting);
  const oldestWaiting = gauge(METRICS.oldestWaiting);

  let looks = 0;
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
    leaseTaken: (of) => {
      leases.inc({ of });
      leasesTaken.inc({ of });
    },
    leaseEnded: (of) => leases.dec({ of }),
    eventRecorded: (event) => {
      events.inc({ type: event.type });
      if (event.type === 'domain.status_changed') {
        const { from, to } = event.data as { readonly from: string; readonly to: string };
        statusChanges.inc({ from, to });
      }
    },
    deliveryTried: ({ outcome, durationMs }) => deliveries.observe({ outcome }, durationMs / 1000),
    counted: (census) => {
      for (const [status, count] of Object.entries(census.domains)) domains.set({ status }, count);
      counted.set(census.at / 1000);
      waiting.set(census.deliveries.pending);
      oldestWaiting.set(census.deliveries.oldestMs / 1000);
    },
    looks: () => looks,
    contentType: registry.contentType,
    text: () => {
      looks += 1;
      return registry.metrics();
    },
  };
}
