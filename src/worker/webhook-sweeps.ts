import { publishWebhook } from '../operations/publish-owed.ts';
import { deliver, dispatchEvents } from '../operations/webhook-deliveries.ts';
import type { WebhookDeps } from '../operations/webhook-deps.ts';
import { dueSweep, type SweepStep, type WorkerLog } from './due-sweep.ts';
import type { SharedParts } from './sweeps.ts';

export interface WebhookSweepParts {
  readonly deps: WebhookDeps;
  /** Longer than sending one message may take. */
  readonly leaseMs: number;
  /** Messages that are on their way at the same time. */
  readonly concurrency: number;
  readonly log: WorkerLog;
  readonly metrics?: SharedParts['metrics'];
  readonly tracing?: SharedParts['tracing'];
}

/** Kept apart from all other background work, which must not wait for receivers that are slow. */
export function webhookSweeps({ deps, leaseMs, concurrency, log, metrics, tracing }: WebhookSweepParts): SweepStep[] {
  const { stores, clock } = deps;
  const shared = { clock, log, concurrency, metrics, tracing };
  return [
    dueSweep({
      ...shared, name: 'webhook events', table: stores.webhooks, keyOf: ({ projectId, webhookId }) => ({ projectId, webhookId }),
      pass: (webhook) => publishWebhook(deps, webhook),
    }),
    dueSweep({
      ...shared, name: 'feeds', leaseMs, table: stores.feeds, keyOf: ({ projectId }) => ({ projectId }),
      pass: ({ projectId }) => dispatchEvents(deps, projectId),
    }),
    dueSweep({
      ...shared, name: 'deliveries', leaseMs, table: stores.deliveries,
      keyOf: ({ webhookId, deliveryId }) => ({ webhookId, deliveryId }),
      pass: (delivery) => deliver(deps, delivery),
    }),
  ];
}
