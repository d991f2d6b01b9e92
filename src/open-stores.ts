import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { AwsClientOptions } from './adapters/aws/aws-clients.ts';
import { dynamoClient } from './adapters/dynamodb/dynamo-client.ts';
import { openDynamoStores } from './adapters/dynamodb/dynamodb-stores.ts';
import { openSqliteStores } from './adapters/sqlite/sqlite-stores.ts';
import type { Config } from './config.ts';
import type { Stores } from './ports/stores.ts';

export interface OpenStores {
  readonly stores: Stores;
  /** Rejects when the store cannot be used. */
  check(): Promise<void>;
  close(): void;
}

/** The stores the configuration names. SQLite's file and folder are made; DynamoDB's tables must exist. */
export function openStores(
  config: Pick<Config, 'store' | 'dataDir' | 'dynamodb' | 'tableNames'>, now: () => number,
  calls: Pick<AwsClientOptions, 'onCall' | 'tracing'> = {},
): OpenStores {
  if (config.store === 'sqlite') {
    mkdirSync(config.dataDir, { recursive: true });
    return openSqliteStores({ file: join(config.dataDir, 'anchor.sqlite'), now });
  }
  const client = dynamoClient(config.dynamodb, calls);
  return { ...openDynamoStores({ client, tableNames: config.tableNames, now }), close: () => client.destroy() };
}
