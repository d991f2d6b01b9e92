import type { AccessToken } from '../domain/access-token.ts';
import type { SpentCalls } from '../domain/call-rates.ts';
import type { CustomDomain } from '../domain/custom-domain.ts';
import type { Deployment } from '../domain/deployment.ts';
import type { Edge } from '../domain/edge.ts';
import type { Event, Feed } from '../domain/event.ts';
import type { HostnameClaim } from '../domain/hostname-claim.ts';
import type { IdempotencyRecord } from '../domain/idempotency.ts';
import type { Operation } from '../domain/operation.ts';
import type { Project } from '../domain/project.ts';
import type { Delivery, Webhook } from '../domain/webhook.ts';
import type { Table, TableDefinition } from './table.ts';

/** Everything Anchor stores. Both adapters build this from `TABLES`. */
export interface Stores {
  readonly projects: Table<Project>;
  readonly deployments: Table<Deployment>;
  readonly operations: Table<Operation>;
  readonly domains: Table<CustomDomain>;
  readonly hostnames: Table<HostnameClaim>;
  readonly edges: Table<Edge>;
  readonly idempotency: Table<IdempotencyRecord>;
  readonly budgets: Table<SpentCalls>;
  readonly tokens: Table<AccessToken>;
  readonly events: Table<Event>;
  readonly feeds: Table<Feed>;
  readonly webhooks: Table<Webhook>;
  readonly deliveries: Table<Delivery>;
}

export type StoreName = keyof Stores;

const byDue = {
  hash: { name: 'dueShard', type: 'number' },
  range: { name: 'dueAt', type: 'number' },
} as const;

type Definitions = { readonly [K in StoreName]: Stores[K] extends Table<infer T> ? TableDefinition<T> : never };

export const TABLES: Definitions = {
  projects: {
    name: 'projects',
    hash: { name: 'projectId', type: 'string' },
    indexes: {
      byCreation: { hash: { name: 'collection', type: 'string' }, range: { name: 'createdKey', type: 'string' } },
      byDue,
    },
  },
  deployments: {
    name: 'deployments',
    hash: { name: 'projectId', type: 'string' },
    range: { name: 'deploymentId', type: 'string' },
    indexes: { byDue },
  },
  operations: {
    name: 'operations',
    hash: { name: 'projectId', type: 'string' },
    range: { name: 'operationId', type: 'string' },
    indexes: { byDue },
  },
  domains: {
    name: 'domains',
    hash: { name: 'domainId', type: 'string' },
    indexes: {
      byProject: { hash: { name: 'projectId', type: 'string' }, range: { name: 'domainId', type: 'string' } },
      byDue,
    },
  },
  hostnames: {
    name: 'hostnames',
    hash: { name: 'hostname', type: 'string' },
    indexes: {},
  },
  edges: {
    name: 'edges',
    hash: { name: 'distributionId', type: 'string' },
    indexes: { byDue },
  },
  idempotency: {
    name: 'idempotency',
    hash: { name: 'keyId', type: 'string' },
    indexes: {},
    expiresAtSeconds: 'expiresAtSeconds',
  },
  budgets: {
    name: 'budgets',
    hash: { name: 'budgetId', type: 'string' },
    indexes: {},
  },
  tokens: {
    name: 'tokens',
    hash: { name: 'tokenId', type: 'string' },
    indexes: { byCreation: { hash: { name: 'collection', type: 'string' }, range: { name: 'tokenId', type: 'string' } } },
    expiresAtSeconds: 'goneAtSeconds',
  },
  events: {
    name: 'events',
    hash: { name: 'projectId', type: 'string' },
    range: { name: 'eventId', type: 'string' },
    indexes: {},
    expiresAtSeconds: 'expiresAtSeconds',
  },
  feeds: {
    name: 'feeds',
    hash: { name: 'projectId', type: 'string' },
    indexes: { byDue },
  },
  webhooks: {
    name: 'webhooks',
    hash: { name: 'projectId', type: 'string' },
    range: { name: 'webhookId', type: 'string' },
    indexes: { byDue },
  },
  deliveries: {
    name: 'deliveries',
    hash: { name: 'webhookId', type: 'string' },
    range: { name: 'deliveryId', type: 'string' },
    indexes: { byDue },
    expiresAtSeconds: 'expiresAtSeconds',
  },
};

/**
 * Items with background work carry a shard, so that no index partition gets hot; a sweep asks each
 * shard for what is due and reads nothing else.
 */
export const DUE_SHARDS = 8;

export function dueShardOf(id: string): number {
  let hash = 0;
  for (let i = 0; i < id.length; i++) hash = (hash * 31 + id.charCodeAt(i)) % 65_521;
  return hash % DUE_SHARDS;
}
