import { answerTo } from './rule.ts';
import type { Chapter, World } from './rule.ts';
import { put, query, shardOf } from './table-site.ts';

const INVALID = 'ValidationException 400';
const things = ({ Items = [] }: { Items?: Record<string, unknown>[] | undefined }) =>
  Items.map(({ thing }) => `${thing as string}`).join(' ');

async function some(world: World, ...names: readonly string[]): Promise<void> {
  for (const [index, thing] of names.entries()) {
    await put(world, { thing, shard: shardOf(world), dueAt: 10 ** index, even: index % 2 === 0 });
  }
}

const byDue = (world: World) => ({
  IndexName: 'byDue', ExpressionAttributeNames: { '#h': 'shard' }, ExpressionAttributeValues: { ':h': shardOf(world) },
});

function ranged(world: World, condition: string, bounds: Record<string, string>) {
  return query(world, {
    KeyConditionExpression: `#h = :h AND ${condition}`, ExpressionAttributeNames: { '#h': 'owner', '#t': 'thing' },
    ExpressionAttributeValues: { ':h': world.id, ...bounds },
  });
}

export const QUERY_RULES: Chapter = { title: 'DynamoDB queries', service: 'dynamodb', rules: [
  {
    name: 'query-order', says: 'Texts are in the order of their UTF-8 bytes.',
    operation: 'Query', expected: 'B a ä 中 😀',
    probe: async (world) => {
      await some(world, 'ä', '😀', 'a', '中', 'B');
      return answerTo(query(world), things);
    },
  },
  {
    name: 'query-descending', says: 'The order can be turned round.',
    operation: 'Query', expected: 'c b a',
    probe: async (world) => {
      await some(world, 'a', 'b', 'c');
      return answerTo(query(world, { ScanIndexForward: false }), things);
    },
  },
  {
    name: 'query-consistent', says: 'A consistent query of the table reads what was just written.',
    operation: 'Query', expected: 'a',
    probe: async (world) => {
      await some(world, 'a');
      return answerTo(query(world, { ConsistentRead: true }), things);
    },
  },
  {
    name: 'query-pages', says: 'A page ends with a key, and the next one goes on after it.',
    operation: 'Query', expected: 'a b, then c, the last',
    probe: async (world) => {
      await some(world, 'a', 'b', 'c');
      const first = await query(world, { Limit: 2 });
      const next = await query(world, { Limit: 2, ExclusiveStartKey: first.LastEvaluatedKey });
      const isLast = next.LastEvaluatedKey === undefined;
      return `${things(first)}, then ${things(next)}, ${isLast ? 'the last' : 'not the last'}`;
    },
  },
  {
    name: 'query-filtered-page', says: 'A limit counts what is read, before the filter.',
    operation: 'Query', expected: 'nothing yet, but more to come',
    probe: async (world) => {
      await some(world, 'a', 'b');
      return answerTo(query(world, {
        Limit: 1, FilterExpression: '#e = :e', ExpressionAttributeNames: { '#h': 'owner', '#e': 'even' },
        ExpressionAttributeValues: { ':h': world.id, ':e': false },
      }), (page) => `${things(page) || 'nothing'} yet, ${page.LastEvaluatedKey ? 'but more to come' : 'and no more'}`);
    },
  },
  {
    name: 'query-between', says: 'BETWEEN includes both ends.',
    operation: 'Query', expected: 'a b c',
    probe: async (world) => {
      await some(world, 'a', 'b', 'c', 'd');
      return answerTo(ranged(world, '#t BETWEEN :a AND :c', { ':a': 'a', ':c': 'c' }), things);
    },
  },
  {
    name: 'query-between-reversed', says: 'A BETWEEN that nothing can lie in is refused.',
    operation: 'Query', expected: INVALID, document: 'dynamodb errors',
    probe: (world) => answerTo(ranged(world, '#t BETWEEN :a AND :c', { ':a': 'c', ':c': 'a' })),
  },
  {
    name: 'query-two-bounds', says: 'The range key has one comparison.',
    operation: 'Query', expected: INVALID, document: 'dynamodb errors',
    probe: (world) => answerTo(ranged(world, '#t > :a AND #t < :c', { ':a': 'a', ':c': 'c' })),
  },
  {
    name: 'query-filter-key', says: 'A filter names no attribute of the key.',
    operation: 'Query', expected: INVALID, document: 'dynamodb errors',
    probe: (world) => answerTo(query(world, {
      FilterExpression: '#t = :t', ExpressionAttributeNames: { '#h': 'owner', '#t': 'thing' },
      ExpressionAttributeValues: { ':h': world.id, ':t': 'a' },
    })),
  },
  {
    name: 'query-no-table', says: 'A table that is not there.',
    operation: 'Query', expected: 'ResourceNotFoundException 400',
    probe: (world) => answerTo(query(world, { TableName: world.id })),
  },
  {
    name: 'index-order', says: 'Numbers of an index are in the order of their values.',
    operation: 'Query', expected: 'c b a',
    probe: async (world) => {
      await some(world, 'c', 'b', 'a');
      return answerTo(query(world, byDue(world)), things);
    },
  },
  {
    name: 'index-pages', says: 'An index is read by pages too.',
    operation: 'Query', expected: 'c, then b',
    probe: async (world) => {
      await some(world, 'c', 'b', 'a');
      const first = await query(world, { ...byDue(world), Limit: 1 });
      const next = await query(world, { ...byDue(world), Limit: 1, ExclusiveStartKey: first.LastEvaluatedKey });
      return `${things(first)}, then ${things(next)}`;
    },
  },
  {
    name: 'index-sparse', says: 'An item without the attributes of an index is not in it.',
    operation: 'Query', expected: 'a', document: 'global indexes',
    probe: async (world) => {
      await some(world, 'a');
      await put(world, { thing: 'b', shard: shardOf(world) });
      return answerTo(query(world, byDue(world)), things);
    },
  },
  {
    name: 'index-left', says: 'An item that loses them leaves it.',
    operation: 'Query', expected: 'nothing', document: 'global indexes',
    probe: async (world) => {
      await some(world, 'a');
      await put(world, { thing: 'a' });
      return answerTo(query(world, byDue(world)), (page) => things(page) || 'nothing');
    },
  },
  {
    name: 'index-consistent', says: 'An index is not read consistently.',
    operation: 'Query', expected: INVALID, document: 'global indexes',
    probe: (world) => answerTo(query(world, { ...byDue(world), ConsistentRead: true })),
  },
  {
    name: 'index-missing', says: 'An index that is not there.',
    operation: 'Query', expected: INVALID, document: 'dynamodb errors',
    probe: (world) => answerTo(query(world, { ...byDue(world), IndexName: 'byNothing' })),
  },
  {
    name: 'index-key-type', says: 'An item whose attribute has not the type of the index is refused.',
    operation: 'PutItem', expected: INVALID, document: 'global indexes',
    probe: (world) => answerTo(put(world, { shard: 'text', dueAt: 1 })),
  },
] };
