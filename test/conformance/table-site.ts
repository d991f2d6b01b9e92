import { CreateTableCommand, DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import { PutCommand, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { PutCommandInput, QueryCommandInput, UpdateCommandInput } from '@aws-sdk/lib-dynamodb';
import type { World } from './rule.ts';

const TABLE = 'conformance';

/** Of the forms that the server's tables have: a composite key, and an index over two numbers. */
export function createTable({ dynamo }: World, TableName: string) {
  return dynamo.send(new CreateTableCommand({
    TableName, BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [
      { AttributeName: 'owner', AttributeType: 'S' }, { AttributeName: 'thing', AttributeType: 'S' },
      { AttributeName: 'shard', AttributeType: 'N' }, { AttributeName: 'dueAt', AttributeType: 'N' },
    ],
    KeySchema: [{ AttributeName: 'owner', KeyType: 'HASH' }, { AttributeName: 'thing', KeyType: 'RANGE' }],
    GlobalSecondaryIndexes: [{
      IndexName: 'byDue', Projection: { ProjectionType: 'ALL' },
      KeySchema: [{ AttributeName: 'shard', KeyType: 'HASH' }, { AttributeName: 'dueAt', KeyType: 'RANGE' }],
    }],
  }));
}

export async function activeTable(world: World, TableName: string): Promise<void> {
  await createTable(world, TableName);
  await world.until(async () => {
    const { Table } = await world.dynamo.send(new DescribeTableCommand({ TableName }));
    return Table?.TableStatus === 'ACTIVE';
  });
}

/** The one table of all rules about items, each of which has an `owner` of its own. */
export async function table(world: World): Promise<string> {
  await world.shared('table', () => activeTable(world, TABLE));
  return TABLE;
}

export async function put(
  world: World, item: Record<string, unknown> = {}, more: Partial<PutCommandInput> = {},
) {
  const Item = { owner: world.id, thing: 'a', ...item };
  return world.documents.send(new PutCommand({ TableName: await table(world), Item, ...more }));
}

export async function update(world: World, more: Partial<UpdateCommandInput>) {
  const Key = { owner: world.id, thing: 'a' };
  return world.documents.send(new UpdateCommand({ TableName: await table(world), Key, ...more }));
}

export async function query(world: World, more: Partial<QueryCommandInput> = {}) {
  return world.documents.send(new QueryCommand({
    TableName: await table(world), KeyConditionExpression: '#h = :h', ExpressionAttributeNames: { '#h': 'owner' },
    ExpressionAttributeValues: { ':h': world.id }, ...more,
  }));
}

/** A number of its own for each rule: the index has one order for all rules of a shard. */
export function shardOf({ id }: World): number {
  return [...id].reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), 7) % 1_000_000_007;
}
