import type {
  AttributeDefinition, DynamoDBClient, GlobalSecondaryIndex, KeySchemaElement,
} from '@aws-sdk/client-dynamodb';
import {
  CreateTableCommand, DescribeTableCommand, DescribeTimeToLiveCommand, UpdateTimeToLiveCommand, waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { isCloudError } from '../../ports/cloud-error.ts';
import type { StoreName } from '../../ports/stores.ts';
import { TABLES } from '../../ports/stores.ts';
import type { KeyAttribute, TableDefinition } from '../../ports/table.ts';
import { toCloudError } from '../aws/aws-error.ts';
import { keyAttributes } from '../tables/document.ts';
import { dynamoCall } from './dynamo-call.ts';

/** How long to wait for a new table; AWS usually takes about ten seconds. */
const MAX_WAIT_SECONDS = 180;

export interface CreatedTables {
  /** Physical names. */
  readonly created: string[];
  readonly existing: string[];
}

/** Creates every table that is missing and waits until all can be used; may be repeated. Rejects with `CloudError`. */
export async function createTables(
  client: DynamoDBClient, tableNames: Readonly<Record<StoreName, string>>,
): Promise<CreatedTables> {
  const created: string[] = [];
  const existing: string[] = [];
  await Promise.all([
    ensure(TABLES.projects, tableNames.projects),
    ensure(TABLES.deployments, tableNames.deployments),
    ensure(TABLES.operations, tableNames.operations),
    ensure(TABLES.domains, tableNames.domains),
    ensure(TABLES.hostnames, tableNames.hostnames),
    ensure(TABLES.edges, tableNames.edges),
    ensure(TABLES.idempotency, tableNames.idempotency),
    ensure(TABLES.budgets, tableNames.budgets),
    ensure(TABLES.tokens, tableNames.tokens),
    ensure(TABLES.events, tableNames.events),
    ensure(TABLES.feeds, tableNames.feeds),
    ensure(TABLES.webhooks, tableNames.webhooks),
    ensure(TABLES.deliveries, tableNames.deliveries),
  ]);
  return { created: created.sort(), existing: existing.sort() };

  async function ensure<T extends object>(definition: TableDefinition<T>, tableName: string): Promise<void> {
    const isNew = await createTable(client, tableName, definition);
    (isNew ? created : existing).push(tableName);
  }
}

/** Creates one table unless it exists, waits until it is active, switches its expiry on. True when it was created. */
export async function createTable<T extends object>(
  client: DynamoDBClient, tableName: string, definition: TableDefinition<T>,
): Promise<boolean> {
  const isNew = !await exists(client, tableName) && await createUnlessRaced(client, tableName, definition);
  await dynamoCall('DescribeTable', () => waitUntilTableExists(
    { client, maxWaitTime: MAX_WAIT_SECONDS, minDelay: 1, maxDelay: 2 }, { TableName: tableName },
  ));
  if (definition.expiresAtSeconds !== undefined) await enableExpiry(client, tableName, definition.expiresAtSeconds);
  return isNew;
}

async function exists(client: DynamoDBClient, tableName: string): Promise<boolean> {
  try {
    await dynamoCall('DescribeTable', () => client.send(new DescribeTableCommand({ TableName: tableName })));
    return true;
  } catch (error) {
    if (isCloudError(error, 'not_found')) return false;
    throw error;
  }
}

/** False when somebody else has just created it. */
async function createUnlessRaced<T extends object>(
  client: DynamoDBClient, tableName: string, definition: TableDefinition<T>,
): Promise<boolean> {
  const indexes = indexesOf(definition);
  try {
    await dynamoCall('CreateTable', () => client.send(new CreateTableCommand({
      TableName: tableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: attributesOf(definition),
      KeySchema: keySchemaOf(definition.hash, definition.range),
      ...(indexes.length > 0 && { GlobalSecondaryIndexes: indexes }),
    })));
    return true;
  } catch (error) {
    if (isCloudError(error, 'conflict')) return false;
    throw error;
  }
}

/** Expired items are filtered out on reading, so a store that cannot delete them by itself only grows. */
async function enableExpiry(client: DynamoDBClient, tableName: string, attribute: string): Promise<void> {
  try {
    const { TimeToLiveDescription } = await client.send(new DescribeTimeToLiveCommand({ TableName: tableName }));
    const status = TimeToLiveDescription?.TimeToLiveStatus;
    if (status === 'ENABLED' || status === 'ENABLING') return;
    await client.send(new UpdateTimeToLiveCommand({
      TableName: tableName, TimeToLiveSpecification: { AttributeName: attribute, Enabled: true },
    }));
  } catch (error) {
    const cloudError = toCloudError(error, 'dynamodb', 'UpdateTimeToLive');
    if (cloudError.awsName !== 'UnknownOperationException') throw cloudError;
  }
}

function attributesOf<T extends object>(definition: TableDefinition<T>): AttributeDefinition[] {
  const ofIndexes = Object.values(definition.indexes).flatMap((index) => [index.hash, index.range]);
  const types = new Map([...keyAttributes(definition), ...ofIndexes].map(({ name, type }) => [name, type]));
  return [...types].map(([name, type]) => ({ AttributeName: name, AttributeType: type === 'string' ? 'S' : 'N' }));
}

function indexesOf<T extends object>(definition: TableDefinition<T>): GlobalSecondaryIndex[] {
  return Object.entries(definition.indexes).map(([name, { hash, range }]) => ({
    IndexName: name, KeySchema: keySchemaOf(hash, range), Projection: { ProjectionType: 'ALL' },
  }));
}

function keySchemaOf<T>(hash: KeyAttribute<T>, range: KeyAttribute<T> | undefined): KeySchemaElement[] {
  const schema: KeySchemaElement[] = [{ AttributeName: hash.name, KeyType: 'HASH' }];
  if (range !== undefined) schema.push({ AttributeName: range.name, KeyType: 'RANGE' });
  return schema;
}
