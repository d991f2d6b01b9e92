import { isDeepStrictEqual } from 'node:util';
import { AnchorError } from '../domain/errors.ts';
import { BEFORE_ALL, type EventData, type OwedEvent } from '../domain/event.ts';
import { MOST_WEBHOOKS, rotated, wrongWebhookUrl, type Webhook } from '../domain/webhook.ts';
import { dueShardOf } from '../ports/stores.ts';
import { findOpenProject, findProject } from './find-project.ts';
import { findWebhook } from './find-webhook.ts';
import type { Operations } from './operations.ts';
import { actorNow } from './origin.ts';
import { readPage } from './read-page.ts';
import { recordEvents } from './record-events.ts';
import type { WebhookDeps } from './webhook-deps.ts';

/** Writers that lose this often in a row meet a webhook under heavy change. */
const MAX_TRIES = 8;

/**
 * Answers the secret, for the only time. What happens from now on is sent. Throws `invalid_request` for a URL
 * that nothing can be sent to, and `too_many_webhooks`.
 */
export function createWebhook(deps: WebhookDeps): Operations['createWebhook'] {
  const { stores, clock, ids, newSecret } = deps;
  return async (projectId, { url, types }, run) => {
    await findOpenProject(stores, projectId);
    demandUrl(deps, url);
    const there = await stores.webhooks.query({ hash: projectId, order: 'ascending', limit: MOST_WEBHOOKS });
    if (there.length >= MOST_WEBHOOKS) throw tooMany();
    const [now, secret] = [clock.now(), newSecret()];
    const webhook: Webhook = {
      projectId, webhookId: run?.idOf('whk') ?? ids.next('whk'), url, ...(types && { types }), secrets: [{ secret }],
      through: await watched(deps, projectId), createdAt: now, updatedAt: now, revision: 1,
    };
    const made = await stores.webhooks.create({ ...webhook, ...owing(webhook, 'webhook.created', now) });
    await demandProjectStays(deps, webhook);
    if (made.created) return { webhook, secret };
    // Only an earlier run of the same request can have made it, and nobody was told the secret.
    const again = await rotateSecret(deps)(projectId, webhook.webhookId);
    return { webhook: made.existing, secret: again.secret };
  };
}

export function listWebhooks({ stores }: Pick<WebhookDeps, 'stores'>): Operations['listWebhooks'] {
  return async (projectId, page) => {
    await findProject(stores, projectId);
    return readPage(stores.webhooks, { query: { hash: projectId }, key: 'webhookId' }, page);
  };
}

export function getWebhook({ stores }: Pick<WebhookDeps, 'stores'>): Operations['getWebhook'] {
  return async (projectId, webhookId) => findWebhook(stores, projectId, webhookId);
}

/** Null `types`: every type. Throws as `createWebhook` does. */
export function changeWebhook(deps: WebhookDeps): Operations['changeWebhook'] {
  return async (projectId, webhookId, { url, types }) => {
    if (url !== undefined) demandUrl(deps, url);
    return change(deps, projectId, webhookId, (webhook) => {
      const { types: were, ...rest } = webhook;
      const wanted = types === undefined ? were : types ?? undefined;
      const next = { ...rest, ...(wanted && { types: wanted }), url: url ?? webhook.url };
      return isDeepStrictEqual(next, webhook) ? undefined : next;
    });
  };
}

/** The secret before it goes on signing for a day. Answers the new one, for the only time. */
export function rotateSecret(deps: WebhookDeps): Operations['rotateWebhookSecret'] {
  return async (projectId, webhookId) => {
    const secret = deps.newSecret();
    const now = deps.clock.now();
    const webhook = await change(deps, projectId, webhookId, (before) => ({ ...before, secrets: rotated(before, secret, now) }));
    return { webhook, secret };
  };
}

/** Harmless when it is gone. Deliveries that are on their way are dropped. */
export function deleteWebhook(deps: WebhookDeps): Operations['deleteWebhook'] {
  return async (projectId, webhookId) => {
    const webhook = await findWebhook(deps.stores, projectId, webhookId);
    const [gone] = owing(webhook, 'webhook.deleted', deps.clock.now()).owedEvents.slice(-1);
    // Recorded before it goes, since nobody would owe its events any more.
    const owed = [...webhook.owedEvents ?? [], ...(gone ? [{ ...gone, eventKey: `${webhookId}:deleted` }] : [])];
    await recordEvents(deps, projectId, owed, webhook.updatedAt);
    await deps.stores.webhooks.remove({ projectId, webhookId });
  };
}

/** The project may have begun to close since it was read; the webhook must not outlive it. */
async function demandProjectStays({ stores }: WebhookDeps, { projectId, webhookId }: Webhook): Promise<void> {
  try {
    await findOpenProject(stores, projectId);
  } catch (error) {
    if (error instanceof AnchorError) await stores.webhooks.remove({ projectId, webhookId });
    throw error;
  }
}

function demandUrl({ sender }: WebhookDeps, url: string): void {
  const message = wrongWebhookUrl(url) ?? sender.refusal(url);
  if (message === undefined) return;
  throw new AnchorError('invalid_request', `The URL ${message}.`, { errors: [{ field: 'body/url', message }] });
}

/** From here on whoever records events of the project sees to it that they are sent. Answers the last one before that. */
async function watched({ stores }: WebhookDeps, projectId: string): Promise<string> {
  const made = await stores.feeds.create({ projectId, last: BEFORE_ALL, watched: true });
  if (made.created) return BEFORE_ALL;
  const noted = await stores.feeds.update({ projectId }, { set: { watched: true } });
  return noted.updated ? noted.item.last : made.existing.last;
}

async function change(
  { stores, clock }: WebhookDeps, projectId: string, webhookId: string, by: (webhook: Webhook) => Webhook | undefined,
): Promise<Webhook> {
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const before = await findWebhook(stores, projectId, webhookId);
    const wanted = by(before);
    if (!wanted) return before;
    const now = clock.now();
    const next = { ...wanted, updatedAt: now, revision: before.revision + 1 };
    const saved = await stores.webhooks.replace(
      { ...next, ...owing(next, 'webhook.changed', now) }, { equals: { revision: before.revision } },
    );
    if (saved.updated) return saved.item;
  }
  throw new AnchorError('project_busy', 'The webhook was changed by others at the same time. Try again.',
    { retryAfterSeconds: 1 });
}

type WebhookEventType = `webhook.${string}` & keyof EventData;

/** What the webhook owes for a change. Of its URL the host is told: the rest may be a secret of the receiver's. */
function owing(
  { webhookId, url, revision, owedEvents = [] }: Webhook, type: WebhookEventType, at: number,
): { readonly owedEvents: readonly OwedEvent[]; readonly dueShard: number; readonly dueAt: number } {
  const actor = actorNow();
  const event: OwedEvent = {
    type, eventKey: `${webhookId}:${revision}`, at, data: { webhookId, host: new URL(url).host }, ...(actor && { actor }),
  };
  return { owedEvents: [...owedEvents, event], dueShard: dueShardOf(webhookId), dueAt: at };
}

function tooMany(): AnchorError {
  return new AnchorError('too_many_webhooks', `A project has ${MOST_WEBHOOKS} webhooks at most. Delete one first.`);
}
