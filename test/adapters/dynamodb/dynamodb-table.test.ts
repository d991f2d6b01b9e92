import { randomUUID } from 'node:crypto';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DeleteTableCommand, DescribeTableCommand, DescribeTimeToLiveCommand } from '@aws-sdk/client-dynamodb';
import type { Test } from 'tap';
import t from 'tap';
import type { AwsClientSettings } from '../../../src/adapters/aws/client-settings.ts';
import { documentOf } from '../../../src/adapters/dynamodb/attribute-values.ts';
import { createTable, createTables } from '../../../src/adapters/dynamodb/create-tables.ts';
import { dynamoClient } from '../../../src/adapters/dynamodb/dynamo-client.ts';
import { documentClient, openDynamoStores } from '../../../src/adapters/dynamodb/dynamodb-stores.ts';
import { DynamoTable } from '../../../src/adapters/dynamodb/dynamodb-table.ts';
import type { StoreName } from '../../../src/ports/stores.ts';
import { TABLES } from '../../../src/ports/stores.ts';
import type { TableDefinition } from '../../../src/ports/table.ts';
import { eventRecordContract } from '../../ports/event-record-contract.ts';
import { tableContract } from '../../ports/table-contract.ts';
import type { Thing } from '../../ports/things.ts';
import { SINGLES, THINGS } from '../../ports/things.ts';
import { startDynalite } from '../../support/dynalite.ts';
import { conditionFailed, failure, FaultyWire, NO_ITEM, ok } from '../../support/faulty-dynamo-wire.ts';

/**
 * `DYNAMODB_ENDPOINT` names another server to test against instead of dynalite, with tables of
 * unique names; `DYNAMODB_NO_RACES_BECAUSE` is the reason not to race on it.
 */
const external = process.env['DYNAMODB_ENDPOINT'];
/** DynamoDB does ("EQ is supported for all data types, including lists and maps"). */
const noDeepEqualityBecause = external === undefined ? 'dynalite compares no lists and maps' : undefined;
const noRacesBecause = process.env['DYNAMODB_NO_RACES_BECAUSE'];
const run = external === undefined ? '' : `-${randomUUID()}`;
const server = external === undefined ? await startDynalite() : { endpoint: external, close: async () => undefined };

const now = () => 1_800_000_000_000;
const SETTINGS: AwsClientSettings = {
  region: 'eu-central-1', endpoint: server.endpoint, connectTimeoutMs: 5_000, requestTimeoutMs: 10_000, maxAttempts: 3,
};
const client = dynamoClient(SETTINGS);
const tableNames = Object.fromEntries(
  Object.keys(TABLES).map((name) => [name, `anchor-${name}${run}`]),
) as Record<StoreName, string>;
const THINGS_TABLE = `things${run}`;
const SINGLES_TABLE = `singles${run}`;

t.teardown(async () => {
  if (external !== undefined) {
    for (const name of [...Object.values(tableNames), THINGS_TABLE, SINGLES_TABLE]) {
      await client.send(new DeleteTableCommand({ TableName: name })).catch(() => undefined);
    }
  }
  client.destroy();
  await server.close();
});

await t.test('createTables', async (t) => {
  await t.test('creates what is missing, with its indexes, to be paid per request', async (t) => {
    await createTable(client, tableNames.domains, { ...SINGLES, hash: { name: 'id', type: 'string' } });
    const result = await createTables(client, tableNames);
    t.same(result.existing, [tableNames.domains]);
    t.same(result.created, Object.values(tableNames).filter((name) => name !== tableNames.domains).sort());
    const { Table } = await client.send(new DescribeTableCommand({ TableName: tableNames.projects }));
    t.equal(Table?.TableStatus, 'ACTIVE');
    t.equal(Table?.BillingModeSummary?.BillingMode, 'PAY_PER_REQUEST');
    t.same(Table?.GlobalSecondaryIndexes?.map((index) => [index.IndexName, index.Projection?.ProjectionType]).sort(), [
      ['byCreation', 'ALL'], ['byDue', 'ALL'],
    ]);
  });
  await t.test('is harmless when repeated, and when two do it at once', async (t) => {
    t.same((await createTables(client, tableNames)).created, []);
    const both = await Promise.all([
      createTable(client, THINGS_TABLE, THINGS), createTable(client, THINGS_TABLE, THINGS),
    ]);
    t.ok(both.includes(true));
    await createTable(client, SINGLES_TABLE, SINGLES);
  });
});

await t.test('keeps the table contract', async (t) => {
  const clock = { nowMs: now() };
  await tableContract(t, {
    things: table(client, THINGS_TABLE, THINGS, clock), singles: table(client, SINGLES_TABLE, SINGLES, clock),
    clock, noRacesBecause, noDeepEqualityBecause,
  });
});

await t.test('keeps the record of events', { skip: noRacesBecause ?? false }, async (t) => {
  const clock = { nowMs: now() };
  const { stores } = openDynamoStores({ client, tableNames, now: () => clock.nowMs });
  await eventRecordContract(t, stores, clock);
});

await t.test('a write that took effect while its answer was lost', async (t) => {
  const wire = new FaultyWire();
  const faulty = withWire(t, wire);
  const key = { owner: 'lost', thingId: 'a' };
  await t.test('is recognised by create when the SDK repeats it', async (t) => {
    wire.loseAnswers = 1;
    t.same(await faulty.create({ ...key, revision: 1, tags: ['x'] }), { created: true });
    t.equal(wire.calls.filter((call) => call === 'PutItem').length, 2, 'it was sent twice');
    t.same(await faulty.create({ ...key, revision: 9 }), {
      created: false, existing: { ...key, revision: 1, tags: ['x'] },
    }, 'somebody else\'s item is not');
  });
  await t.test('is recognised by replace', async (t) => {
    wire.loseAnswers = 1;
    const item = { ...key, revision: 2 };
    t.same(await faulty.replace(item, { equals: { revision: 1 } }), { updated: true, item });
  });
  await t.test('is refused by a conditional update, with its own effect as what is there', async (t) => {
    wire.loseAnswers = 1;
    const change = { set: { name: 'mine' }, add: { revision: 1 } } as const;
    t.same(await faulty.update(key, change, { equals: { revision: 2 } }), {
      updated: false, current: { ...key, revision: 3, name: 'mine' },
    });
  });
  await t.test('is of unknown outcome when no attempt was answered', async (t) => {
    wire.loseAnswers = 3;
    await t.rejects(faulty.remove(key), { name: 'CloudError', service: 'dynamodb', kind: 'unknown_outcome' });
    t.equal(await faulty.get(key), undefined, 'it had taken effect');
  });
});

await t.test('a refusal that carries the item', async (t) => {
  const wire = new FaultyWire();
  const faulty = withWire(t, wire);
  const key = { owner: 'refused', thingId: 'a' };
  const Item = {
    owner: { S: 'refused' }, thingId: { S: 'a' }, revision: { N: '4' }, done: { BOOL: false }, nothing: { NULL: true },
    tags: { L: [{ S: 'x' }] }, details: { M: { deep: { M: { n: { N: '1.5' } } } } },
  };
  await t.test('needs no further read', async (t) => {
    wire.answers.push(conditionFailed(Item));
    const current = { ...key, revision: 4, done: false, nothing: null, tags: ['x'], details: { deep: { n: 1.5 } } };
    const refused = await faulty.update(key, { add: { revision: 1 } }, { equals: { revision: 3 } });
    t.strictSame(refused, { updated: false, current });
    t.same(wire.calls, ['UpdateItem']);
  });
  await t.test('is no item when that is expired', async (t) => {
    wire.answers.push(conditionFailed({ ...Item, expiresAt: { N: String(now() / 1000) } }));
    t.same(await faulty.remove(key), { removed: false, current: undefined });
  });
  t.throws(() => documentOf({ bytes: { B: new Uint8Array(1) } }), { name: 'TypeError', message: /B$/ }, 'only JSON');
});

await t.test('a create refused by an item that is gone when it is read', async (t) => {
  const wire = new FaultyWire();
  const faulty = withWire(t, wire);
  const item = { owner: 'gone', thingId: 'a', revision: 1 };
  await t.test('is sent again', async (t) => {
    wire.answers.push(conditionFailed());
    t.same(await faulty.create(item), { created: true });
    t.same(wire.calls, ['PutItem', 'GetItem', 'PutItem']);
  });
  await t.test('gives up when that goes on', async (t) => {
    wire.answers.push(conditionFailed(), NO_ITEM, conditionFailed(), NO_ITEM, conditionFailed(), NO_ITEM);
    await t.rejects(faulty.create(item), { name: 'CloudError', kind: 'unavailable' });
  });
});

await t.test('an answer without items is an empty one, and a check reads a key of the right type', async (t) => {
  const wire = new FaultyWire();
  wire.answers.push(NO_ITEM, NO_ITEM);
  t.same(await withWire(t, wire).query({ hash: 'o', order: 'ascending', limit: 1 }), []);
  const numbered = { name: 'numbered', hash: { name: 'number', type: 'number' }, indexes: {} } as const;
  await table<{ number: number }>(wireClient(t, wire), 'numbered', numbered, { nowMs: 0 }).check();
  t.match(wire.bodies[1], { TableName: 'numbered', Key: { number: { N: /^-?\d+$/ } } });
});

await t.test('errors leave as CloudErrors', async (t) => {
  const missing = table(client, `missing${run}`, THINGS, { nowMs: now() });
  const notFound = { name: 'CloudError', service: 'dynamodb', kind: 'not_found', awsName: 'ResourceNotFoundException' };
  const item = { owner: 'o', thingId: 'a', revision: 1 };
  await t.rejects(missing.get(item), { ...notFound, operation: 'GetItem' });
  await t.rejects(missing.create(item), { ...notFound, operation: 'PutItem' });
  await t.rejects(missing.update(item, {}), { ...notFound, operation: 'UpdateItem' });
  await t.rejects(missing.remove(item), { ...notFound, operation: 'DeleteItem' });
  await t.rejects(missing.query({ hash: 'o', order: 'ascending', limit: 1 }), { ...notFound, operation: 'Query' });

  for (const name of ['ProvisionedThroughputExceededException', 'RequestLimitExceeded', 'ThrottlingException']) {
    const wire = new FaultyWire();
    wire.answers.push(failure(400, name));
    const throttled = table(wireClient(t, wire, { maxAttempts: 1 }), THINGS_TABLE, THINGS, { nowMs: now() });
    await t.rejects(throttled.get(item), { name: 'CloudError', kind: 'throttled', awsName: name });
  }

  const unreachable = dynamoClient({ ...SETTINGS, endpoint: 'http://127.0.0.1:1', maxAttempts: 1 });
  t.teardown(() => { unreachable.destroy(); });
  await t.rejects(table(unreachable, 'x', THINGS, { nowMs: 0 }).get(item), { name: 'CloudError', kind: 'unavailable' });
  await t.rejects(createTables(unreachable, tableNames), { name: 'CloudError', kind: 'unavailable' });
});

await t.test('createTable', async (t) => {
  await t.test('takes a table that somebody else has just created for existing', async (t) => {
    const wire = new FaultyWire();
    wire.answers.push(failure(400, 'ResourceNotFoundException'));
    t.equal(await createTable(wireClient(t, wire), SINGLES_TABLE, SINGLES), false);
    t.same(wire.calls, ['DescribeTable', 'CreateTable', 'DescribeTable']);
  });
  await t.test('says why it cannot', async (t) => {
    const wire = new FaultyWire();
    wire.answers.push(failure(400, 'ResourceNotFoundException'), failure(400, 'AccessDeniedException'));
    await t.rejects(createTable(wireClient(t, wire), SINGLES_TABLE, SINGLES), { name: 'CloudError', kind: 'denied' });
  });
  await t.test('switches the expiry on where it is off', async (t) => {
    const wire = new FaultyWire();
    const active = { Table: { TableStatus: 'ACTIVE' } };
    const off = { TimeToLiveDescription: { TimeToLiveStatus: 'DISABLED' } };
    wire.answers.push(ok(active), ok(active), ok(off), ok({ TimeToLiveSpecification: {} }));
    t.equal(await createTable(wireClient(t, wire), THINGS_TABLE, THINGS), false);
    t.same(wire.calls, ['DescribeTable', 'DescribeTable', 'DescribeTimeToLive', 'UpdateTimeToLive']);
    t.match(wire.bodies[3], { TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true } });
  });
  await t.test('leaves it where it is on, and reports what else goes wrong', async (t) => {
    const wire = new FaultyWire();
    const active = { Table: { TableStatus: 'ACTIVE' } };
    const on = { TimeToLiveDescription: { TimeToLiveStatus: 'ENABLED' } };
    wire.answers.push(ok(active), ok(active), ok(on));
    t.equal(await createTable(wireClient(t, wire), THINGS_TABLE, THINGS), false);
    t.equal(wire.calls.includes('UpdateTimeToLive'), false);
    wire.answers.push(ok(active), ok(active), failure(400, 'AccessDeniedException'));
    await t.rejects(createTable(wireClient(t, wire), THINGS_TABLE, THINGS), { name: 'CloudError', kind: 'denied' });
  });
  await t.test('switches it on for real where the server can', { skip: external === undefined && 'dynalite cannot' },
    async (t) => {
      const { TimeToLiveDescription } = await client.send(new DescribeTimeToLiveCommand({ TableName: THINGS_TABLE }));
      t.equal(TimeToLiveDescription?.TimeToLiveStatus, 'ENABLED');
    });
});

await t.test('the stores', async (t) => {
  const names = { ...tableNames, domains: `anchor-domains-anew${run}` };
  const { stores, check } = openDynamoStores({ client, tableNames: names, now });
  await t.rejects(check(), { name: 'CloudError', kind: 'not_found' }, 'check tells of a missing table');
  await createTables(client, names);
  t.teardown(() => client.send(new DeleteTableCommand({ TableName: names.domains })).catch(() => undefined));
  await check();
  t.same(await stores.projects.query({ index: 'byDue', hash: 1, order: 'ascending', limit: 1 }), []);
  t.same(await stores.projects.query({ index: 'byCreation', hash: 'project', order: 'descending', limit: 1 }), []);
  t.same(await stores.deployments.query({ hash: 'p', order: 'descending', limit: 1 }), []);
  t.same(await stores.operations.query({ hash: 'p', order: 'descending', limit: 1 }), []);
  t.same(await stores.domains.query({ index: 'byProject', hash: 'p', order: 'descending', limit: 1 }), []);
  t.same(await stores.hostnames.query({ hash: 'h', order: 'descending', limit: 1 }), []);
  t.same(await stores.edges.query({ index: 'byDue', hash: 1, order: 'ascending', limit: 1 }), []);
});

function wireClient(t: Test, wire: FaultyWire, settings: Partial<AwsClientSettings> = {}): DynamoDBClient {
  const itsClient = dynamoClient({ ...SETTINGS, ...settings }, { requestHandler: wire });
  t.teardown(() => { itsClient.destroy(); });
  return itsClient;
}

function withWire(t: Test, wire: FaultyWire): DynamoTable<Thing> {
  return table(wireClient(t, wire), THINGS_TABLE, THINGS, { nowMs: now() });
}

function table<T extends object>(
  itsClient: DynamoDBClient, tableName: string, definition: TableDefinition<T>, clock: { nowMs: number },
): DynamoTable<T> {
  return new DynamoTable({ client: documentClient(itsClient), tableName, definition, now: () => clock.nowMs });
}
