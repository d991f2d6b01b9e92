import type { Clock } from '../ports/clock.ts';
import type { Ids } from '../ports/ids.ts';
import type { Metrics } from '../ports/metrics.ts';
import type { Stores } from '../ports/stores.ts';
import type { WebhookSender } from '../ports/webhook-sender.ts';
import type { EventDeps } from './record-events.ts';

/** What webhooks work with. */
export interface WebhookDeps extends EventDeps {
  readonly stores: Pick<Stores, 'projects' | 'events' | 'feeds' | 'webhooks' | 'deliveries'>;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly sender: WebhookSender;
  readonly newSecret: () => string;
  readonly metrics?: Pick<Metrics, 'deliveryTried'>;
  /** 0 to 1. */
  readonly random: () => number;
}
