import { AnchorError } from '../domain/errors.ts';
import type { Webhook } from '../domain/webhook.ts';
import type { Stores } from '../ports/stores.ts';
import { findProject } from './find-project.ts';

/** Throws `webhook_not_found` and `project_not_found`. */
export async function findWebhook(
  stores: Pick<Stores, 'projects' | 'webhooks'>, projectId: string, webhookId: string,
): Promise<Webhook> {
  const webhook = await stores.webhooks.get({ projectId, webhookId });
  if (webhook) return webhook;
  await findProject(stores, projectId);
  throw new AnchorError('webhook_not_found', `The project has no webhook ${webhookId}.`);
}
