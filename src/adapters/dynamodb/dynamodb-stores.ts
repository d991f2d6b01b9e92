import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { StoreName, Stores } from '../../ports/stores.ts';
import { TABLES } from '../../ports/stores.ts';
import { DynamoTable } from './dynamodb-table.ts';

export interface DynamoStoresOptions {
  /** Stays the caller's, who destroys it. */
  readonly client: DynamoDBClient;
  readonly tableNames: Readonly<Record<StoreName, string>>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

export interface DynamoStores {
  readonly stores: Stores;
  /** Rejects when a table is missing or cannot be read; asks for nothing that serving does not ask for. */
  readonly check: () => Promise<void>;
}

/** The stores in tables that exist already; see `createTables`. Connects at the first call. */
export function openDynamoStores({ client, tableNames, now }: DynamoStoresOptions): DynamoStores {
  const common = { client: documentClient(client), now };
  const tables = {
    projects: new DynamoTable({ ...common, tableName: tableNames.projects, definition: TABLES.projects }),
    deployments: new DynamoTable({ ...common, tableName: tableNames.deployments, definition: TABLES.deployments }),
    operations: new DynamoTable({ ...common, tableName: tableNames.operations, definition: TABLES.operations }),
    domains: new DynamoTable({ ...common, tableName: tableNames.domains, definition: TABLES.domains }),
    hostnames: new DynamoTable({ ...common, tableName: tableNames.hostnames, definition: TABLES.hostnames }),
    edges: new DynamoTable({ ...common, tableName: tableNames.edges, definition: TABLES.edges }),
    idempotency: new DynamoTable({ ...common, tableName: tableNames.idempotency, definition: TABLES.idempotency }),
    budgets: new DynamoTable({ ...common, tableName: tableNames.budgets, definition: TABLES.budgets }),
    tokens: new DynamoTable({ ...common, tableName: tableNames.tokens, definition: TABLES.tokens }),
    events: new DynamoTable({ ...common, tableName: tableNames.events, definition: TABLES.events }),
    feeds: new DynamoTable({ ...common, tableName: tableNames.feeds, definition: TABLES.feeds }),
    webhooks: new DynamoTable({ ...common, tableName: tableNames.webhooks, definition: TABLES.webhooks }),
    deliveries: new DynamoTable({ ...common, tableName: tableNames.deliveries, definition: TABLES.deliveries }),
  };
  return {
    stores: tables,
    check: async () => { await Promise.all(Object.values(tables).map((table) => table.check())); },
  };
}

/** Documents are plain when they get here; `convertClassInstanceToMap` lets a map have a key named `constructor`. */
export function documentClient(client: DynamoDBClient): DynamoDBDocumentClient {
  return DynamoDBDocumentClient.from(client, {
    marshallOptions: { removeUndefinedValues: true, convertClassInstanceToMap: true },
  });
}
