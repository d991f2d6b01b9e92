/** From a few milliseconds to what a client still waits for, in seconds. */
const REQUEST_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const SWITCH_SECONDS = [0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 2, 5, 10];

export interface MetricDefinition {
  readonly kind: 'counter' | 'gauge' | 'histogram';
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
}

/** Every metric of Anchor's own. The table of the README comes from here. */
export const METRICS = {
  requests: {
    kind: 'histogram', name: 'anchor_http_request_duration_seconds', labels: ['method', 'route', 'status'],
    help: 'Time from a request to its answer.', buckets: REQUEST_SECONDS,
  },
  switches: {
    kind: 'histogram', name: 'anchor_switch_duration_seconds', labels: ['kind', 'outcome'],
    help: 'Time a rollback, promote or undo took, by how it ended.', buckets: SWITCH_SECONDS,
  },
  calls: {
    kind: 'histogram', name: 'anchor_aws_call_duration_seconds', labels: ['service', 'operation', 'outcome'],
    help: 'Time of one AWS call, retries of the SDK included, by outcome.', buckets: REQUEST_SECONDS,
  },
  due: {
    kind: 'gauge', name: 'anchor_worker_due', labels: ['step'],
    help: 'Records the latest pass of the worker found due, a full page of each shard at most.',
  },
  lag: {
    kind: 'gauge', name: 'anchor_worker_lag_seconds', labels: ['step'],
    help: 'How late the oldest record of the latest pass was taken up.',
  },
  passes: { kind: 'counter', name: 'anchor_worker_passes_total', labels: ['step'], help: 'Passes of the worker.' },
  leases: {
    kind: 'gauge', name: 'anchor_leases_held', labels: ['of'],
    help: 'Leases this replica has taken and is working under: projects held by operations, and records of the worker.',
  },
  leasesTaken: { kind: 'counter', name: 'anchor_leases_taken_total', labels: ['of'], help: 'Leases this replica has taken.' },
  events: {
    kind: 'counter', name: 'anchor_events_recorded_total', labels: ['type'],
    help: 'Events this replica has put into the record of a project, each counted by one replica.',
  },
  statusChanges: {
    kind: 'counter', name: 'anchor_domain_status_changes_total', labels: ['from', 'to'],
    help: 'Changes of a domain\'s status, each counted by the one replica that recorded it.',
  },
  domains: {
    kind: 'gauge', name: 'anchor_domains', labels: ['status'],
    help: 'Domains of the whole installation at the latest count; the same from every replica, so take the maximum.',
  },
  counted: {
    kind: 'gauge', name: 'anchor_census_timestamp_seconds', labels: [],
    help: 'When this replica last ended a count of the domains and of the deliveries that wait.',
  },
  deliveries: {
    kind: 'histogram', name: 'anchor_webhook_attempt_duration_seconds', labels: ['outcome'],
    help: 'Time of one message to a webhook: delivered, retried (it is sent again later) or failed (given up).',
    buckets: REQUEST_SECONDS,
  },
  waiting: {
    kind: 'gauge', name: 'anchor_webhook_deliveries_pending', labels: [],
    help: 'Deliveries of the whole installation that were waiting at the latest count, a full page of each shard at most.',
  },
  oldestWaiting: {
    kind: 'gauge', name: 'anchor_webhook_delivery_oldest_seconds', labels: [],
    help: 'How long the oldest of them had been waiting.',
  },
} as const satisfies Readonly<Record<string, MetricDefinition & { readonly buckets?: readonly number[] }>>;
