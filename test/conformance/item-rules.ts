import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { DeleteCommand, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { answerTo } from './rule.ts';
import type { Chapter, World } from './rule.ts';
import { put, table, update } from './table-site.ts';

const REFUSED = 'ConditionalCheckFailedException 400';
const INVALID = 'ValidationException 400';
const revision = (value: number) => ({
  ExpressionAttributeNames: { '#r': 'revision' }, ExpressionAttributeValues: { ':r': value },
  ConditionExpression: '#r = :r',
});

async function get(world: World): Promise<Record<string, unknown> | undefined> {
  const Key = { owner: world.id, thing: 'a' };
  const command = new GetCommand({ TableName: await table(world), Key, ConsistentRead: true });
  return (await world.documents.send(command)).Item;
}

async function remove(world: World, more: object = {}) {
  const Key = { owner: world.id, thing: 'a' };
  return world.documents.send(new DeleteCommand({ TableName: await table(world), Key, ...more }));
}

/** What a refusal says of the item that refused. */
async function carried(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'not refused';
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    return error.Item === undefined ? 'no item' : `revision ${error.Item['revision']?.N}`;
  }
}

const absent = { ConditionExpression: 'attribute_not_exists(#o)', ExpressionAttributeNames: { '#o': 'owner' } };
const present = { ConditionExpression: 'attribute_exists(#o)', ExpressionAttributeNames: { '#o': 'owner' } };

export const ITEM_RULES: Chapter = { title: 'DynamoDB items', service: 'dynamodb', rules: [
  {
    name: 'item-absent', says: 'A key that no item has.',
    operation: 'GetItem', expected: 'no item',
    probe: async (world) => (await get(world) === undefined ? 'no item' : 'an item'),
  },
  {
    name: 'item-read', says: 'What was written is read at once, lists, maps, booleans, nulls and numbers as they were.',
    operation: 'GetItem', expected: 'the same',
    probe: async (world) => {
      const content = { list: [1, 'two', { three: true }], map: { deep: { n: 1.5 } }, off: false, none: null,
        time: 1_800_000_000_123 };
      await put(world, content);
      const { owner: _, thing: __, ...read } = await get(world) ?? {};
      const sorted = (of: object) => JSON.stringify(Object.entries(of).toSorted());
      return sorted(read) === sorted(content) ? 'the same' : JSON.stringify(read);
    },
  },
  {
    name: 'item-no-table', says: 'A table that is not there.',
    operation: 'GetItem', expected: 'ResourceNotFoundException 400',
    probe: ({ documents, id }) =>
      answerTo(documents.send(new GetCommand({ TableName: id, Key: { owner: 'a', thing: 'a' } }))),
  },
  {
    name: 'put-absent', says: 'An item is put on condition that there is none.',
    operation: 'PutItem', expected: 'ok',
    probe: (world) => answerTo(put(world, {}, absent)),
  },
  {
    name: 'put-present', says: 'It is refused when there is one.',
    operation: 'PutItem', expected: REFUSED,
    probe: async (world) => {
      await put(world);
      return answerTo(put(world, {}, absent));
    },
  },
  {
    name: 'put-refused-item', says: 'The refusal carries the item that is there.',
    operation: 'PutItem', expected: 'revision 4',
    probe: async (world) => {
      await put(world, { revision: 4 });
      return carried(put(world, {}, { ...absent, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' }));
    },
  },
  {
    name: 'put-replaces', says: 'An item that is put replaces the whole item.',
    operation: 'PutItem', expected: 'replaced',
    probe: async (world) => {
      await put(world, { first: 1 });
      await put(world, { second: 2 });
      return (await get(world))?.['first'] === undefined ? 'replaced' : 'merged';
    },
  },
  {
    name: 'update-all-new', says: 'An update answers the whole item as it is then.',
    operation: 'UpdateItem', expected: 'revision 5, name b, kept',
    probe: async (world) => {
      await put(world, { revision: 4, name: 'a', other: 'kept' });
      return answerTo(update(world, {
        UpdateExpression: 'SET #n = :n ADD #r :one', ReturnValues: 'ALL_NEW', ...revision(4),
        ExpressionAttributeNames: { '#r': 'revision', '#n': 'name' },
        ExpressionAttributeValues: { ':r': 4, ':n': 'b', ':one': 1 },
      }), ({ Attributes: now = {} }) => `revision ${now['revision']}, name ${now['name']}, ${now['other']}`);
    },
  },
  {
    name: 'update-refused', says: 'An update whose condition does not hold is refused.',
    operation: 'UpdateItem', expected: REFUSED,
    probe: async (world) => {
      await put(world, { revision: 4 });
      return answerTo(update(world, { UpdateExpression: 'SET #r = :r', ...revision(3) }));
    },
  },
  {
    name: 'update-refused-item', says: 'The refusal carries the item that is there.',
    operation: 'UpdateItem', expected: 'revision 4',
    probe: async (world) => {
      await put(world, { revision: 4 });
      return carried(update(world, {
        UpdateExpression: 'SET #r = :r', ...revision(3), ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }));
    },
  },
  {
    name: 'update-missing-attribute', says: 'A comparison with an attribute that is missing does not hold.',
    operation: 'UpdateItem', expected: REFUSED,
    probe: async (world) => {
      await put(world);
      return answerTo(update(world, { UpdateExpression: 'SET #r = :r', ...revision(3) }));
    },
  },
  {
    name: 'update-equal-map', says: 'Maps and lists are compared by what is in them.',
    operation: 'UpdateItem', expected: 'ok', document: 'expressions',
    probe: async (world) => {
      await put(world, { map: { a: [1, 2], b: 'x' } });
      return answerTo(update(world, {
        UpdateExpression: 'SET #n = :n', ConditionExpression: '#m = :m',
        ExpressionAttributeNames: { '#n': 'n', '#m': 'map' },
        ExpressionAttributeValues: { ':n': 1, ':m': { b: 'x', a: [1, 2] } },
      }));
    },
  },
  {
    name: 'update-absent', says: 'An update on condition that there is an item makes none.',
    operation: 'UpdateItem', expected: `${REFUSED}, and no item`,
    probe: async (world) => {
      const outcome = await answerTo(update(world, {
        UpdateExpression: 'SET #n = :n', ...present, ExpressionAttributeNames: { '#o': 'owner', '#n': 'n' },
        ExpressionAttributeValues: { ':n': 1 },
      }));
      return `${outcome}, and ${await get(world) === undefined ? 'no' : 'an'} item`;
    },
  },
  {
    name: 'update-add-nothing', says: 'Adding to an attribute that is missing begins at 0.',
    operation: 'UpdateItem', expected: '3',
    probe: async (world) => {
      await put(world);
      return answerTo(update(world, {
        UpdateExpression: 'ADD #n :n', ExpressionAttributeNames: { '#n': 'n' }, ExpressionAttributeValues: { ':n': 3 },
        ReturnValues: 'ALL_NEW',
      }), ({ Attributes: now = {} }) => `${now['n']}`);
    },
  },
  {
    name: 'update-remove-nothing', says: 'Removing an attribute that no item has changes nothing.',
    operation: 'UpdateItem', expected: 'ok', document: 'expressions',
    probe: async (world) => {
      await put(world);
      return answerTo(update(world, { UpdateExpression: 'REMOVE #n', ExpressionAttributeNames: { '#n': '#none' } }));
    },
  },
  {
    name: 'update-empty', says: 'An empty expression is refused.',
    operation: 'UpdateItem', expected: INVALID, document: 'dynamodb errors',
    probe: (world) => answerTo(update(world, { UpdateExpression: '' })),
  },
  {
    name: 'update-empty-values', says: 'An empty map of values is refused.',
    operation: 'UpdateItem', expected: INVALID, document: 'dynamodb errors',
    probe: (world) => answerTo(update(world, {
      UpdateExpression: 'REMOVE #n', ExpressionAttributeNames: { '#n': 'n' }, ExpressionAttributeValues: {},
    })),
  },
  {
    name: 'update-unused-name', says: 'A name that no expression uses is refused.',
    operation: 'UpdateItem', expected: INVALID, document: 'expressions',
    probe: (world) => answerTo(update(world, {
      UpdateExpression: 'REMOVE #n', ExpressionAttributeNames: { '#n': 'n', '#m': 'm' },
    })),
  },
  {
    name: 'update-key', says: 'An attribute of the key does not change.',
    operation: 'UpdateItem', expected: INVALID, document: 'dynamodb errors',
    probe: (world) => answerTo(update(world, {
      UpdateExpression: 'SET #t = :t', ExpressionAttributeNames: { '#t': 'thing' },
      ExpressionAttributeValues: { ':t': 'b' },
    })),
  },
  {
    name: 'reserved-word', says: 'A reserved word needs a placeholder.',
    operation: 'UpdateItem', expected: INVALID, document: 'expressions',
    probe: (world) => answerTo(update(world, {
      UpdateExpression: 'SET status = :s', ExpressionAttributeValues: { ':s': 'x' },
    })),
  },
  {
    name: 'key-empty', says: 'A text of a key is not empty.',
    operation: 'PutItem', expected: INVALID, document: 'dynamodb errors',
    probe: (world) => answerTo(put(world, { thing: '' })),
  },
  {
    name: 'key-type', says: 'A key has the type that the table was made with.',
    operation: 'PutItem', expected: INVALID, document: 'dynamodb errors',
    probe: (world) => answerTo(put(world, { thing: 7 })),
  },
  {
    name: 'item-size', says: 'An item has 400 KB at most.',
    operation: 'PutItem', expected: INVALID, document: 'dynamodb errors',
    probe: (world) => answerTo(put(world, { text: 'x'.repeat(410 * 1024) })),
  },
  {
    name: 'put-no-table', says: 'Nothing is put into a table that is not there.',
    operation: 'PutItem', expected: 'ResourceNotFoundException 400',
    probe: ({ documents, id }) =>
      answerTo(documents.send(new PutCommand({ TableName: id, Item: { owner: 'a', thing: 'a' } }))),
  },
  {
    name: 'delete-stale', says: 'A delete whose condition does not hold is refused.',
    operation: 'DeleteItem', expected: REFUSED,
    probe: async (world) => {
      await put(world, { revision: 4 });
      return answerTo(remove(world, revision(3)));
    },
  },
  {
    name: 'delete-held', says: 'One whose condition holds deletes.',
    operation: 'DeleteItem', expected: 'no item',
    probe: async (world) => {
      await put(world, { revision: 4 });
      await remove(world, revision(4));
      return await get(world) === undefined ? 'no item' : 'an item';
    },
  },
  {
    name: 'delete-absent', says: 'A delete on condition that there is an item is refused when there is none.',
    operation: 'DeleteItem', expected: REFUSED,
    probe: (world) => answerTo(remove(world, present)),
  },
] };
