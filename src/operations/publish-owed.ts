import type { CustomDomain } from '../domain/custom-domain.ts';
import type { Deployment } from '../domain/deployment.ts';
import type { Outbox } from '../domain/event.ts';
import type { Operation } from '../domain/operation.ts';
import type { Project } from '../domain/project.ts';
import type { Webhook } from '../domain/webhook.ts';
import type { Stores } from '../ports/stores.ts';
import type { Table } from '../ports/table.ts';
import { recordEvents, type EventDeps } from './record-events.ts';
import { scheduleOf } from './schedule-project.ts';

/**
 * Records what an item owes, then takes it off the item: in this order, so that whoever dies in between
 * leaves it to the next, who finds it recorded. An item that changed meanwhile keeps what it owes.
 */
export async function publishProject(
  deps: EventDeps & { readonly stores: Pick<Stores, 'projects'> }, project: Project,
): Promise<Project | undefined> {
  const { owedEvents, ...rest } = project;
  if (!owedEvents) return project;
  await recordEvents(deps, project.projectId, owedEvents);
  const { set, remove } = scheduleOf(rest);
  const cleared = await deps.stores.projects.update(
    { projectId: project.projectId }, { set, remove: ['owedEvents', ...remove], add: { revision: 1 } },
    { equals: { revision: project.revision } },
  );
  return cleared.updated ? cleared.item : undefined;
}

/** When the domain is looked at next is what its last pass said. */
export async function publishDomain(
  deps: EventDeps & { readonly stores: Pick<Stores, 'domains'> }, record: CustomDomain, dueAt: number | undefined,
): Promise<CustomDomain | undefined> {
  const { owedEvents, domainId, revision } = record;
  if (!owedEvents) return record;
  await recordEvents(deps, record.projectId, owedEvents);
  const cleared = await deps.stores.domains.update(
    { domainId },
    {
      ...(dueAt !== undefined && { set: { dueAt } }),
      remove: dueAt === undefined ? ['owedEvents', 'dueShard', 'dueAt'] : ['owedEvents'], add: { revision: 1 },
    },
    { equals: { revision } },
  );
  return cleared.updated ? cleared.item : undefined;
}

export async function publishOperation(
  deps: EventDeps & { readonly stores: Pick<Stores, 'operations'> },
  { projectId, operationId }: Pick<Operation, 'projectId' | 'operationId'>,
): Promise<void> {
  const { operations } = deps.stores;
  const record = await operations.get({ projectId, operationId });
  if (record) await publishRecord(deps, operations, { projectId, operationId }, record);
}

export async function publishDeployment(
  deps: EventDeps & { readonly stores: Pick<Stores, 'deployments'> },
  { projectId, deploymentId }: Pick<Deployment, 'projectId' | 'deploymentId'>,
): Promise<void> {
  const { deployments } = deps.stores;
  const record = await deployments.get({ projectId, deploymentId });
  if (record) await publishRecord(deps, deployments, { projectId, deploymentId }, record);
}

export async function publishWebhook(
  deps: EventDeps & { readonly stores: Pick<Stores, 'webhooks'> },
  { projectId, webhookId }: Pick<Webhook, 'projectId' | 'webhookId'>,
): Promise<void> {
  const { webhooks } = deps.stores;
  const record = await webhooks.get({ projectId, webhookId });
  if (record) await publishRecord(deps, webhooks, { projectId, webhookId }, record);
}

/** For records that are due for nothing else. */
async function publishRecord<T extends Outbox & { readonly projectId: string }>(
  deps: EventDeps, table: Table<T>, key: Partial<T>, record: T,
): Promise<void> {
  const { owedEvents, projectId, revision } = record as T & Outbox;
  if (!owedEvents) return;
  await recordEvents(deps, projectId, owedEvents);
  await table.update(key, { remove: ['owedEvents', 'dueShard', 'dueAt'] }, { equals: { revision } as Partial<T> });
}
