import { AnchorError } from '../domain/errors.ts';
import type { Event } from '../domain/event.ts';
import { messageBody, signedHeaders } from '../domain/sign-webhook.ts';
import {
  DELIVERY_TIME_MS, MOST_WEBHOOKS, messageId, retryDelayMs, standingSecrets, wants, type Delivery, type DeliveryAttempt, type Webhook,
} from '../domain/webhook.ts';
import { dueShardOf } from '../ports/stores.ts';
import { findWebhook } from './find-webhook.ts';
import type { Operations } from './operations.ts';
import { readPage } from './read-page.ts';
import type { WebhookDeps } from './webhook-deps.ts';

const PAGE = 50;
/** How long deliveries can be listed and sent again, after their time is over. */
const KEPT_MS = 7 * 86_400_000;

/**
 * Makes a delivery of every new event for every webhook that wants it. Each is made once, because its key is the
 * event's id; how far a webhook has come is noted after that.
 */
export async function dispatchEvents(deps: WebhookDeps, projectId: string): Promise<'again' | 'later'> {
  const { stores } = deps;
  const feed = await stores.feeds.get({ projectId });
  if (!feed) return 'later';
  const webhooks = await stores.webhooks.query({ hash: projectId, order: 'ascending', limit: MOST_WEBHOOKS * 2 });
  for (const webhook of webhooks) await dispatchTo(deps, webhook, feed.last);
  const rested = await stores.feeds.update(
    { projectId }, { remove: ['dueShard', 'dueAt'] }, { equals: { last: feed.last } },
  );
  return rested.updated ? 'later' : 'again';
}

async function dispatchTo(deps: WebhookDeps, webhook: Webhook, last: string): Promise<void> {
  const { stores } = deps;
  const { projectId, webhookId } = webhook;
  let { through } = webhook;
  while (through < last) {
    const page = await stores.events.query({ hash: projectId, range: { above: through }, order: 'ascending', limit: PAGE });
    for (const event of page) {
      if (wants(webhook, event.type)) await stores.deliveries.create(deliveryOf(webhookId, event, deps.clock.now()));
    }
    // Whatever is missing has expired.
    const next = page.at(-1)?.eventId ?? last;
    const noted = await stores.webhooks.update({ projectId, webhookId }, { set: { through: next } }, { equals: { through } });
    if (!noted.updated) return;
    through = next;
  }
}

function deliveryOf(webhookId: string, event: Event, now: number): Delivery {
  const { eventId: deliveryId, projectId, type } = event;
  return {
    webhookId, deliveryId, projectId, type, body: messageBody(event), state: 'pending', attempts: 0, revision: 1,
    createdAt: now, deadline: now + DELIVERY_TIME_MS, ...due(webhookId, deliveryId, now), expiresAtSeconds: expiry(now),
  };
}

/**
 * One attempt at one delivery, which must not be due for others meanwhile. An attempt whose end is not written down is
 * made again, so a receiver may get a message twice; its id is the same.
 */
export async function deliver(deps: WebhookDeps, key: Pick<Delivery, 'webhookId' | 'deliveryId'>): Promise<'later' | 'gone'> {
  const { stores, clock } = deps;
  const delivery = await stores.deliveries.get({ webhookId: key.webhookId, deliveryId: key.deliveryId });
  if (!delivery || delivery.state !== 'pending') return 'gone';
  const { projectId, webhookId } = delivery;
  const webhook = await stores.webhooks.get({ projectId, webhookId });
  if (!webhook) {
    await stores.deliveries.remove({ webhookId, deliveryId: delivery.deliveryId });
    return 'gone';
  }
  const at = clock.now();
  const message = { id: messageId(delivery), timestampSeconds: Math.floor(at / 1000), body: delivery.body };
  const secrets = standingSecrets(webhook, at).map(({ secret }) => secret);
  const answer = await deps.sender.send(webhook.url, signedHeaders(message, secrets), message.body);
  const attempt = { at, ...(answer.kind === 'answered' ? { status: answer.status } : { detail: answer.detail }) };
  await note(deps, delivery, attempt);
  return 'later';
}

async function note({ stores, clock, random, metrics }: WebhookDeps, delivery: Delivery, attempt: DeliveryAttempt): Promise<void> {
  const { webhookId, deliveryId, revision } = delivery;
  const now = clock.now();
  const attempts = delivery.attempts + 1;
  const delivered = attempt.status !== undefined && attempt.status >= 200 && attempt.status < 300;
  const set = { attempts, lastAttempt: attempt };
  const outcome = delivered ? 'delivered' : now >= delivery.deadline ? 'failed' : 'retried';
  metrics?.deliveryTried({ outcome, durationMs: now - attempt.at });
  const change = outcome !== 'retried'
    ? { set: { ...set, ...(delivered ? { state: 'delivered', deliveredAt: now } as const : { state: 'failed' } as const) },
      remove: ['dueShard', 'dueAt'] as const }
    : { set: { ...set, dueAt: now + retryDelayMs(delivery.attempts, random()) } };
  await stores.deliveries.update({ webhookId, deliveryId }, { ...change, add: { revision: 1 } }, { equals: { revision } });
}

/** Newest first. Throws `webhook_not_found` and `project_not_found`. */
export function listDeliveries({ stores }: Pick<WebhookDeps, 'stores'>): Operations['listDeliveries'] {
  return async (projectId, webhookId, { state }, page) => {
    await findWebhook(stores, projectId, webhookId);
    const where = state === undefined ? {} : { state };
    return readPage(stores.deliveries, { query: { hash: webhookId, where }, key: 'deliveryId' }, page);
  };
}

/** Sends it as soon as can be, whatever has become of it before. Throws `delivery_not_found` as well. */
export function resendDelivery({ stores, clock }: Pick<WebhookDeps, 'stores' | 'clock'>): Operations['resendDelivery'] {
  return async (projectId, webhookId, deliveryId) => {
    await findWebhook(stores, projectId, webhookId);
    const now = clock.now();
    const asked = await stores.deliveries.update(
      { webhookId, deliveryId },
      {
        set: {
          state: 'pending', attempts: 0, deadline: now + DELIVERY_TIME_MS, ...due(webhookId, deliveryId, now),
          expiresAtSeconds: expiry(now),
        },
        remove: ['deliveredAt'], add: { revision: 1 },
      },
    );
    if (asked.updated) return asked.item;
    throw new AnchorError('delivery_not_found', `The webhook has no delivery ${deliveryId}.`);
  };
}

function due(webhookId: string, deliveryId: string, now: number): Required<Pick<Delivery, 'dueShard' | 'dueAt'>> {
  return { dueShard: dueShardOf(`${webhookId}${deliveryId}`), dueAt: now };
}

function expiry(now: number): number {
  return Math.ceil((now + DELIVERY_TIME_MS + KEPT_MS) / 1000);
}
