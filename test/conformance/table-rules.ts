import {
  DescribeTableCommand, DescribeTimeToLiveCommand, UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { answerTo } from './rule.ts';
import type { Chapter, World } from './rule.ts';
import { activeTable, createTable } from './table-site.ts';

const EXPIRY = { AttributeName: 'expiresAt', Enabled: true };

function expire({ dynamo, id: TableName }: World) {
  return dynamo.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification: EXPIRY }));
}

function expiry({ dynamo, id: TableName }: World) {
  return dynamo.send(new DescribeTimeToLiveCommand({ TableName }));
}

export const TABLE_RULES: Chapter = { title: 'DynamoDB tables', service: 'dynamodb', rules: [
  {
    name: 'table-made', says: 'A table becomes active, paid per request, with its index over all attributes.',
    operation: 'DescribeTable', expected: 'ACTIVE, PAY_PER_REQUEST, byDue: ALL',
    probe: async (world) => {
      await activeTable(world, world.id);
      return answerTo(world.dynamo.send(new DescribeTableCommand({ TableName: world.id })), ({ Table: made }) => {
        const [index] = made?.GlobalSecondaryIndexes ?? [];
        return [made?.TableStatus, made?.BillingModeSummary?.BillingMode,
          `${index?.IndexName}: ${index?.Projection?.ProjectionType}`].join(', ');
      });
    },
  },
  {
    name: 'table-missing', says: 'A table that is not there.',
    operation: 'DescribeTable', expected: 'ResourceNotFoundException 400',
    probe: ({ dynamo, id }) => answerTo(dynamo.send(new DescribeTableCommand({ TableName: id }))),
  },
  {
    name: 'table-twice', says: 'A table is not made over another.',
    operation: 'CreateTable', expected: 'ResourceInUseException 400',
    probe: async (world) => {
      await activeTable(world, world.id);
      return answerTo(createTable(world, world.id));
    },
  },
  {
    name: 'expiry-off', says: 'Expiry is off at first.',
    operation: 'DescribeTimeToLive', expected: 'DISABLED',
    probe: async (world) => {
      await activeTable(world, world.id);
      return answerTo(expiry(world), ({ TimeToLiveDescription: found }) => `${found?.TimeToLiveStatus}`);
    },
  },
  {
    name: 'expiry-on', says: 'Switched on, it is ENABLING or ENABLED.',
    operation: 'UpdateTimeToLive', expected: 'on: expiresAt',
    probe: async (world) => {
      await activeTable(world, world.id);
      await expire(world);
      return answerTo(expiry(world), ({ TimeToLiveDescription: found }) =>
        `${found?.TimeToLiveStatus?.startsWith('ENABL') ? 'on' : 'off'}: ${found?.AttributeName}`);
    },
  },
  {
    name: 'expiry-twice', says: 'It is not switched on twice.',
    operation: 'UpdateTimeToLive', expected: 'ValidationException 400', document: 'dynamodb errors',
    probe: async (world) => {
      await activeTable(world, world.id);
      await expire(world);
      return answerTo(expire(world));
    },
  },
  {
    name: 'expiry-late', says: 'An item that has just expired may still be read.',
    operation: 'UpdateTimeToLive', expected: 'still read',
    probe: async (world) => {
      const TableName = world.id;
      await activeTable(world, TableName);
      await expire(world);
      const key = { owner: 'a', thing: 'a' };
      const expiresAt = Math.floor(Date.now() / 1000) - 60;
      await world.documents.send(new PutCommand({ TableName, Item: { ...key, expiresAt } }));
      return answerTo(world.documents.send(new GetCommand({ TableName, Key: key, ConsistentRead: true })),
        ({ Item }) => (Item === undefined ? 'gone' : 'still read'));
    },
  },
] };
