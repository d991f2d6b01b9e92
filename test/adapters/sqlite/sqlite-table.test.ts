import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import Database from 'libsql';
import type { Test } from 'tap';
import t from 'tap';
import { openConnection } from '../../../src/adapters/sqlite/sqlite-connection.ts';
import { openSqliteStores } from '../../../src/adapters/sqlite/sqlite-stores.ts';
import { SqliteTable } from '../../../src/adapters/sqlite/sqlite-table.ts';
import type { TableDefinition } from '../../../src/ports/table.ts';
import { tableContract } from '../../ports/table-contract.ts';
import type { Thing } from '../../ports/things.ts';
import { SINGLES, THINGS } from '../../ports/things.ts';

const SECOND_PROCESS = fileURLToPath(new URL('./second-process.ts', import.meta.url));
const now = () => 1_800_000_000_000;

void t.test('keeps the table contract in memory', async (t) => {
  await contract(t, ':memory:');
});

void t.test('keeps the table contract in a file', async (t) => {
  await contract(t, join(t.testdir(), 'made', 'on', 'demand', 'anchor.db'));
});

async function contract(t: Test, file: string): Promise<void> {
  const clock = { nowMs: now() };
  const connection = openConnection(file);
  t.teardown(() => { connection.close(); });
  const things = new SqliteTable(connection, THINGS, () => clock.nowMs);
  const singles = new SqliteTable(connection, SINGLES, () => clock.nowMs);
  await tableContract(t, { things, singles, clock });
}

void t.test('two connections to one file see each other\'s writes, whatever they did before', async (t) => {
  const file = join(t.testdir(), 'anchor.db');
  const [one, other] = [openThings(t, file), openThings(t, file)];
  let revision = 0;
  const seen = async (what: string) => {
    revision += 1;
    await other.create({ owner: 'o', thingId: `other-${revision}`, revision });
    t.same((await one.get({ owner: 'o', thingId: `other-${revision}` }))?.revision, revision, `read after ${what}`);
    const written = await one.update({ owner: 'o', thingId: `other-${revision}` }, { add: { revision: 100 } });
    t.equal(written.updated, true, `written after ${what}`);
    t.same((await other.get({ owner: 'o', thingId: `other-${revision}` }))?.revision, revision + 100);
  };
  await seen('nothing');
  await one.get({ owner: 'o', thingId: 'nobody' });
  await seen('a get of nothing');
  for (let i = 0; i < 120; i++) {
    await one.create({ owner: 'many', thingId: String(1000 + i), revision: i, shard: 1, dueAt: i });
  }
  await seen('creates');
  for (const limit of [1, 99, 100, 101, 200]) {
    await one.query({ hash: 'many', order: 'descending', limit });
    await one.query({ hash: 'many', where: { revision: 3 }, order: 'ascending', limit });
    await one.query({ index: 'byDue', hash: 1, range: { atMost: 50 }, order: 'ascending', limit });
    await seen(`queries for ${limit}`);
  }
  await one.create({ owner: 'many', thingId: '1000', revision: -1 });
  await one.update({ owner: 'many', thingId: '1000' }, { set: { count: 1 } }, { equals: { revision: -1 } });
  await one.remove({ owner: 'many', thingId: '1001' });
  await seen('refused and accepted writes');
  await t.rejects(one.update({ owner: 'many', thingId: '1000' }, { set: { owner: 'x' } }));
  await seen('a write that failed half-way');
});

void t.test('every write that was acknowledged outlives kill -9', async (t) => {
  const file = join(t.testdir(), 'anchor.db');
  const child = spawn(process.execPath, [...process.execArgv, SECOND_PROCESS, file, 'forever'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const acknowledged: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    acknowledged.push(line);
    if (acknowledged.length === 300) child.kill('SIGKILL');
  }
  t.equal(child.signalCode ?? (await once(child, 'exit'))[1], 'SIGKILL');
  t.ok(acknowledged.length >= 300, 'at least 300 writes were acknowledged');
  const table = openThings(t, file);
  const lost: string[] = [];
  for (const line of acknowledged) {
    const { thingId, revision } = JSON.parse(line) as { thingId: string; revision: number };
    const found = await table.get({ owner: 'child', thingId });
    // The write after the last acknowledged one may have been made as well.
    if (found === undefined || found.revision < revision) lost.push(line);
  }
  t.same(lost, []);
  t.same(await table.create({ owner: 'child', thingId: 'afterwards', revision: 1 }), { created: true });
});

void t.test('several processes may open one new file at once, and none loses a write', async (t) => {
  const file = join(t.testdir(), 'anchor.db');
  const children = Array.from({ length: 2 }, () => spawn(
    process.execPath, [...process.execArgv, SECOND_PROCESS, file, 'add', '50'],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  ));
  const table = openThings(t, file);
  const codes = await Promise.all(children.map(async (child) => (await once(child, 'exit') as unknown[])[0]));
  t.same(codes, [0, 0]);
  t.equal((await table.get({ owner: 'child', thingId: 'counter' }))?.count, 100);
});

void t.test('expired items are deleted on opening and now and then on writing', async (t) => {
  const file = join(t.testdir(), 'anchor.db');
  const clock = { nowMs: now() };
  const connection = openConnection(file);
  t.teardown(() => { connection.close(); });
  const table = new SqliteTable(connection, THINGS, () => clock.nowMs);
  const expiresAt = clock.nowMs / 1000 + 10;
  const rows = () => (connection.prepare('SELECT "thingId" FROM "things" ORDER BY 1').all() as { thingId: string }[])
    .map((row) => row.thingId);
  await table.create({ owner: 'o', thingId: 'expiring', revision: 1, expiresAt });
  await table.create({ owner: 'o', thingId: 'kept', revision: 1 });
  clock.nowMs += 10_000;
  t.same(rows(), ['expiring', 'kept']);
  for (let i = 0; i < 500; i++) await table.update({ owner: 'o', thingId: 'kept' }, { add: { count: 1 } });
  t.same(rows(), ['kept']);
  await table.create({ owner: 'o', thingId: 'expiring', revision: 1, expiresAt: expiresAt + 10 });
  clock.nowMs += 10_000;
  t.same(rows(), ['expiring', 'kept']);
  new SqliteTable(connection, THINGS, () => clock.nowMs);
  t.same(rows(), ['kept']);
});

void t.test('an index added to a definition finds the items written before', async (t) => {
  const file = join(t.testdir(), 'anchor.db');
  const before: TableDefinition<Thing> = {
    name: 'things', hash: THINGS.hash, range: { name: 'thingId', type: 'string' }, indexes: {},
  };
  const item = { owner: 'o', thingId: 'a', revision: 1, shard: 3, dueAt: 7 };
  const first = openConnection(file);
  await new SqliteTable(first, before, now).create(item);
  first.close();
  const after = openThings(t, file);
  t.same(await after.query({ index: 'byDue', hash: 3, order: 'ascending', limit: 1 }), [item]);
});

void t.test('queries use the indexes', async (t) => {
  const connection = openConnection(':memory:');
  t.teardown(() => { connection.close(); });
  new SqliteTable(connection, THINGS, now);
  const plan = (where: string, order: string) => (
    connection.prepare(`EXPLAIN QUERY PLAN SELECT "#document" FROM "things" WHERE ${where} ORDER BY ${order}`).all() as
      { detail: string }[]).map((row) => row.detail).join('; ');
  const due = '"shard" = 1 AND "dueAt" IS NOT NULL';
  t.match(plan(due, '"dueAt" ASC'), /^SEARCH things USING INDEX things\.byDue \(shard=\?/);
  t.notMatch(plan(due, '"dueAt" DESC'), /TEMP B-TREE/);
  const owned = '"owner" = 1 AND "thingId" IS NOT NULL';
  t.match(plan(owned, '"thingId" DESC'), /^SEARCH things USING INDEX sqlite_autoindex/);
});

void t.test('the stores', async (t) => {
  await t.test('are all there, and check passes', async (t) => {
    const { stores, check, close } = openSqliteStores({ file: join(t.testdir(), 'anchor.db'), now });
    t.teardown(close);
    await check();
    t.equal(await stores.projects.get({ projectId: 'p' }), undefined);
    t.same(await stores.projects.query({ index: 'byDue', hash: 1, order: 'ascending', limit: 1 }), []);
    t.same(await stores.deployments.query({ hash: 'p', order: 'descending', limit: 1 }), []);
    t.same(await stores.operations.query({ hash: 'p', order: 'descending', limit: 1 }), []);
    t.same(await stores.domains.query({ index: 'byProject', hash: 'p', order: 'descending', limit: 1 }), []);
    t.same(await stores.hostnames.query({ hash: 'h', order: 'descending', limit: 1 }), []);
    t.same(await stores.edges.query({ index: 'byDue', hash: 1, order: 'ascending', limit: 1 }), []);
  });

  await t.test('say unavailable when another process does not let go of the file', async (t) => {
    const file = join(t.testdir(), 'anchor.db');
    const { stores, check, close } = openSqliteStores({ file, now, busyTimeoutMs: 20 });
    t.teardown(close);
    const holder = new Database(file);
    t.teardown(() => { holder.close(); });
    holder.exec('BEGIN IMMEDIATE');
    const locked = { name: 'CloudError', kind: 'unavailable', service: 'sqlite', awsName: 'SQLITE_BUSY' };
    await t.rejects(check(), locked);
    t.equal(await stores.projects.get({ projectId: 'p' }), undefined, 'reads go on');
    holder.exec('ROLLBACK');
    await check();
  });
});

function openThings(t: Test, file: string): SqliteTable<Thing> {
  const connection = openConnection(file);
  t.teardown(() => { connection.close(); });
  return new SqliteTable(connection, THINGS, now);
}
