import { Type } from 'typebox';
import type { Static } from 'typebox';
import type { Delivery as DeliveryRecord, Webhook as WebhookRecord } from '../../../domain/webhook.ts';
import { EXAMPLE_TIME, ProjectId, STRICT, id, pageQueryWith, time } from '../../common-schemas.ts';
import { LONG, component, nullableInteger, oneOf, ref } from '../../component.ts';
import { EVENT_TYPES } from '../events/data-schemas.ts';

export const WebhookId = id('The webhook.', 'whk_01k5hq8s5f1c9a');
const DeliveryId = id('The delivery: the id of its event.', '000000000000042');

const url = {
  minLength: 8, maxLength: 2_048, pattern: '^https?://[^\\s]+$', examples: ['https://hooks.example.com/anchor'],
  description: 'Where events are sent by POST: a whole URL, such as https://example.com/anchor, without user name, password or '
    + 'fragment.',
};
const types = (description: string) => ({
  description, examples: [['operation.succeeded', 'operation.failed']],
});
const eventType = oneOf(EVENT_TYPES, { title: 'EventType', description: 'A type of event.', examples: ['operation.succeeded'] });
const typeList = Type.Array(eventType, { minItems: 1, uniqueItems: true });
const noTypes = { type: 'null' } as const;

export const WebhookInput = component('WebhookInput', Type.Object({
  url: Type.String(url),
  types: Type.Optional(Type.Array(eventType, {
    minItems: 1, uniqueItems: true, ...types('The types of event that are sent. Left out: all of them.'),
  })),
}, {
  ...STRICT, description: 'Where to send events, and which.',
  examples: [{ url: 'https://hooks.example.com/anchor', types: ['operation.succeeded', 'operation.failed'] }],
}));

export const WebhookChanges = component('WebhookChanges', Type.Object({
  url: Type.Optional(Type.String(url)),
  types: Type.Optional(Type.Unsafe<Static<typeof typeList> | null>({
    anyOf: [typeList, noTypes], ...types('The types of event that are sent; null for all of them.'),
  })),
}, { ...STRICT, description: 'What to change.', examples: [{ types: null }] }));

const shown = {
  webhookId: WebhookId,
  projectId: ProjectId,
  url: Type.String({ description: 'Where events are sent.', examples: ['https://hooks.example.com/anchor'] }),
  types: Type.Unsafe<readonly string[] | null>({
    anyOf: [typeList, noTypes], ...types('The types of event that are sent; null for all of them.'),
  }),
  createdAt: time('When the webhook was created.'),
  updatedAt: time('When the webhook was changed last.'),
};

export const Webhook = component('Webhook', Type.Object(shown, {
  description: 'Where events of a project are sent. Its secret is not shown.',
}));

export const WebhookWithSecret = component('WebhookWithSecret', Type.Object({
  ...shown,
  // The example is no key that anybody has.
  secret: Type.Unsafe<string | null>({
    type: ['string', 'null'], examples: ['whsec_…'],
    description: 'What messages are signed with, by the Standard Webhooks specification. Told this once; null when the '
      + 'same request is sent again: if the first answer was lost, give the webhook a new secret.',
  }),
}, { description: 'A webhook with its newest secret.' }));

export const DeliveryAttempt = component('DeliveryAttempt', Type.Object({
  at: time('When it was sent.'),
  status: nullableInteger({ description: 'The HTTP status that was answered; null without an answer.', examples: [500] }),
  detail: Type.Unsafe<string | null>({
    type: ['string', 'null'], description: 'Why there was no answer.', examples: ['The receiver did not answer within 10000 ms.'],
  }),
}, { description: 'One attempt at a delivery.' }));

export const Delivery = component('Delivery', Type.Object({
  deliveryId: DeliveryId,
  webhookId: WebhookId,
  messageId: Type.String({
    description: 'The `webhook-id` header of every attempt: a receiver that has seen it has the message.',
    examples: ['prj_01k5hq3v7m9e8w_000000000000042'],
  }),
  type: oneOf(EVENT_TYPES, { title: 'EventType', description: 'The type of its event.', examples: ['operation.succeeded'] }),
  state: oneOf(['pending', 'delivered', 'failed'], {
    title: 'DeliveryState',
    description: '`pending`: it is tried until it succeeds. `failed`: it was given up after three days.', examples: ['delivered'],
  }),
  attempts: Type.Integer({ ...LONG, description: 'Since it was made, or sent again.', examples: [1] }),
  lastAttempt: Type.Unsafe<Static<typeof DeliveryAttempt> | null>({
    anyOf: [ref(DeliveryAttempt), { type: 'null' }], description: 'How the last attempt went; null before the first.',
    examples: [{ at: EXAMPLE_TIME, status: 200, detail: null }],
  }),
  nextAttemptAt: nullableInteger({
    description: 'When it is tried next; null when it is not. Milliseconds since the Unix epoch.', examples: [EXAMPLE_TIME],
  }),
  createdAt: time('When it was made.'),
  deliveredAt: nullableInteger({
    description: 'When the receiver had it. Milliseconds since the Unix epoch.', examples: [EXAMPLE_TIME],
  }),
}, { description: 'One event on its way to one webhook.' }));

export const WEBHOOK_COMPONENTS = [
  Webhook, WebhookInput, WebhookChanges, WebhookWithSecret, Delivery, DeliveryAttempt,
];

export const WebhookParams = Type.Object({ projectId: ProjectId, webhookId: WebhookId });
export const DeliveryParams = Type.Object({ projectId: ProjectId, webhookId: WebhookId, deliveryId: DeliveryId });
export const DeliveryQuery = pageQueryWith({
  state: Type.Optional(oneOf(['pending', 'delivered', 'failed'], {
    title: 'DeliveryState', description: 'Only deliveries in this state.', examples: ['failed'],
  })),
});

export const WEBHOOK_EXAMPLE: Static<typeof Webhook> = {
  webhookId: 'whk_01k5hq8s5f1c9a', projectId: 'prj_01k5hq3v7m9e8w', url: 'https://hooks.example.com/anchor',
  types: ['operation.succeeded', 'operation.failed'], createdAt: EXAMPLE_TIME, updatedAt: EXAMPLE_TIME,
};
export const WITH_SECRET_EXAMPLE = { ...WEBHOOK_EXAMPLE, secret: 'whsec_…' };
export const DELIVERY_EXAMPLE: Static<typeof Delivery> = {
  deliveryId: '000000000000042', webhookId: 'whk_01k5hq8s5f1c9a', messageId: 'prj_01k5hq3v7m9e8w_000000000000042',
  type: 'operation.succeeded', state: 'delivered', attempts: 1,
  lastAttempt: { at: EXAMPLE_TIME, status: 200, detail: null }, nextAttemptAt: null, createdAt: EXAMPLE_TIME,
  deliveredAt: EXAMPLE_TIME,
};

export function webhookView({ webhookId, projectId, url: to, types: wanted, createdAt, updatedAt }: WebhookRecord): Static<typeof Webhook> {
  return { webhookId, projectId, url: to, types: wanted ?? null, createdAt, updatedAt };
}

export function deliveryView(delivery: DeliveryRecord, messageId: string): Static<typeof Delivery> {
  const { deliveryId, webhookId, type, state, attempts, lastAttempt, dueAt, createdAt, deliveredAt } = delivery;
  return {
    deliveryId, webhookId, messageId, type, state, attempts, createdAt,
    lastAttempt: lastAttempt ? { at: lastAttempt.at, status: lastAttempt.status ?? null, detail: lastAttempt.detail ?? null } : null,
    nextAttemptAt: dueAt ?? null,
    deliveredAt: deliveredAt ?? null,
  };
}
