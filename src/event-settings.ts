import { Type, type Static, type TObject } from 'typebox';
import { flagged } from './setting.ts';

/** How long events are kept, and how they reach those who want them. */
export const EVENT_PROPERTIES = {
  EVENT_RETENTION_DAYS: flagged(Type.Integer({
    minimum: 1, maximum: 3_650, default: 90, description: 'How long events are kept.',
  }), 'Events'),
  EVENT_POLL_MS: flagged(Type.Optional(Type.Integer({
    minimum: 50, maximum: 60_000,
    description: 'Pause between two looks for events that other replicas wrote, while somebody listens (local 500, aws 1000).',
  })), 'Events'),
  EVENT_STREAMS: flagged(Type.Integer({
    minimum: 1, maximum: 10_000, default: 200, description: 'Most event streams that one replica keeps open.',
  }), 'Events'),
  WEBHOOK_TIMEOUT_MS: flagged(Type.Integer({
    minimum: 100, maximum: 20_000, default: 10_000, description: 'Longest wait for the answer of a webhook\'s receiver.',
  }), 'Events'),
  WEBHOOK_CONCURRENCY: flagged(Type.Integer({
    minimum: 1, maximum: 256, default: 16, description: 'Messages to webhooks that one replica sends at the same time.',
  }), 'Events'),
  WEBHOOK_ALLOW_PRIVATE: flagged(Type.Optional(Type.Boolean({
    description: 'Send webhooks to private, loopback, link-local and other addresses that are not of the public ' +
      'Internet, and over plain HTTP (local `true`, aws `false`).',
  })), 'Events'),
};

type Environment = Static<TObject<typeof EVENT_PROPERTIES>>;

export function eventSettings(env: Environment, local: boolean) {
  return {
    events: {
      retentionMs: env.EVENT_RETENTION_DAYS * 86_400_000,
      pollMs: env.EVENT_POLL_MS ?? (local ? 500 : 1_000),
      mostStreams: env.EVENT_STREAMS,
    },
    webhooks: {
      timeoutMs: env.WEBHOOK_TIMEOUT_MS,
      allowPrivate: env.WEBHOOK_ALLOW_PRIVATE ?? local,
      concurrency: env.WEBHOOK_CONCURRENCY,
    },
  };
}
