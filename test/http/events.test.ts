import t, { type Test } from 'tap';
import { systemClock } from '../../src/adapters/system/clock.ts';
import { eventFollower } from '../../src/operations/follow-events.ts';
import { listEvents } from '../../src/operations/list-events.ts';
import { recordEvents } from '../../src/operations/record-events.ts';
import type { Stores } from '../../src/ports/stores.ts';
import { owed } from '../ports/event-record-contract.ts';
import { EventReader } from '../support/event-reader.ts';
import { Gate } from '../support/failing-world.ts';
import { httpWorld, type HttpWorld } from '../support/http-world.ts';
import { memoryStores } from '../support/memory-table.ts';
import { waitUntil } from '../support/wait-until.ts';

const POLL_MS = 50;

interface Replica {
  readonly urlOf: (projectId: string) => string;
  readonly gate: Gate;
  readonly ask: HttpWorld['ask'];
  readonly record: (projectId: string, ...keys: string[]) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** One server process over the shared stores. */
async function replica(t: Test, stores: Stores, mostStreams = 10): Promise<Replica> {
  const gate = new Gate();
  const clock = systemClock();
  const deps = { stores: gate.wrapAll(stores, 'store'), clock };
  const follower = eventFollower(deps, { pollMs: POLL_MS, mostStreams, idleMs: 200, longestMs: 60_000 });
  const { app, ask } = await httpWorld(t, {
    listEvents: listEvents(deps), followEvents: follower.follow, endStreams: () => follower.close(),
  });
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  const events = { retentionMs: 86_400_000, onRecorded: (projectId: string) => follower.noted(projectId) };
  return {
    urlOf: (projectId) => `${url}/projects/${projectId}/events`, gate, ask, close: () => app.close(),
    record: (projectId, ...keys) => recordEvents({ stores, clock, events }, projectId, keys.map((key) => owed(key, clock.now()))),
  };
}

async function storesWith(...projectIds: readonly string[]): Promise<Stores> {
  const stores = memoryStores(() => Date.now());
  await Promise.all(projectIds.map((projectId) => stores.projects.create({
    projectId, collection: 'project', createdKey: '1', name: 'Site', createdAt: 1, updatedAt: 1, revision: 1, fence: 0,
  })));
  return stores;
}

/** Another process than those that answer. */
function recordElsewhere(stores: Stores, projectId: string, ...keys: readonly string[]): Promise<void> {
  const clock = systemClock();
  return recordEvents({ stores, clock }, projectId, keys.map((key) => owed(key, clock.now())));
}

const named = (reader: EventReader) => reader.events.map(({ data }) => data.data['name']);
const numbered = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => `e${from + index}`);

async function reads(reader: EventReader, count: number): Promise<void> {
  await waitUntil(`${count} events are read`, async () => reader.events.length >= count || undefined);
}

void t.test('the events of a project', async (t) => {
  const stores = await storesWith('listed', 'p', 'moving');
  // A server takes a second to build, so all of this shares one.
  const one = await replica(t, stores, 3);
  await t.test('as a list', (t) => listed(t, stores, one));
  await t.test('as a stream', (t) => streamed(t, stores, one));
  await t.test('as a stream that goes on at another replica', (t) => goesOn(t, stores, one));
});

async function listed(t: Test, stores: Stores, { ask }: Replica): Promise<void> {
  t.match(await ask('GET', '/projects/listed/events'), { status: 200, body: [] });
  await recordElsewhere(stores, 'listed', 'e1', 'e2', 'e3');
  const first = await ask('GET', '/projects/listed/events?limit=2');
  t.match(first, { status: 200, body: [
    { id: '000000000000003', type: 'project.created', projectId: 'listed', actor: null, data: { name: 'e3' } }, { data: { name: 'e2' } },
  ] });
  const next = await ask('GET', `/projects/listed/events?limit=2&cursor=${String(first.headers['x-next-cursor'])}`);
  t.match(next.body, [{ data: { name: 'e1' } }]);
  t.same((await ask('GET', '/projects/listed/events?type=project.changed')).body, []);
  t.match(await ask('GET', '/projects/listed/events?type=nonsense'), { status: 400, body: { code: 'invalid_request' } });
  t.match(await ask('GET', '/projects/q/events'), { status: 404, body: { code: 'project_not_found' } });
  await recordEvents({ stores, clock: systemClock() }, 'listed', [
    { type: 'drift.found', eventKey: 'gone', at: 1, data: { server: { expected: '1', weights: { 3: 0.2 } } } },
  ]);
  t.match((await ask('GET', '/projects/listed/events?limit=1')).body, [
    { data: { server: { expected: '1', found: null, weights: { 3: 0.2 } }, image: null } },
  ], 'what it does not know is null, inside too');
}

async function streamed(t: Test, stores: Stores, one: Replica): Promise<void> {
  const url = one.urlOf('p');
  await t.test('tells at once what its own process writes, and soon what others do', async (t) => {
    const reader = await EventReader.open(url);
    t.match(reader.contentType, /^text\/event-stream/);
    await one.record('p', 'e1');
    await reads(reader, 1);
    t.match(reader.events, [{ id: '000000000000001', type: 'project.created', data: { id: '000000000000001', projectId: 'p' } }]);
    await recordElsewhere(stores, 'p', 'e2');
    await reads(reader, 2);
    t.same(named(reader), ['e1', 'e2']);
    reader.close();
  });

  await t.test('goes on after the last event that is known, or begins with the first one kept', async (t) => {
    const all = await EventReader.open(url, '0');
    const some = await EventReader.open(url, '000000000000001');
    await Promise.all([reads(all, 2), reads(some, 1)]);
    t.same([named(all), named(some)], [['e1', 'e2'], ['e2']]);
    all.close();
    some.close();
    t.match(await one.ask('GET', '/projects/p/events'), { status: 200 });
    await t.rejects(EventReader.open(url, 'nonsense'), /answered 400/);
    await t.rejects(EventReader.open(one.urlOf('q')), /answered 404/);
  });

  await t.test('of one type says how far it has come all the same', async (t) => {
    const reader = await EventReader.open(`${url}?type=project.deleted`, '0');
    await waitUntil('it has passed by the others', async () => reader.lastEventId === '000000000000002' || undefined);
    t.same(reader.events, []);
    reader.close();
  });

  await t.test('shares its look at the table with others, and there are only so many', async (t) => {
    const before = () => one.gate.calls.filter((name) => name === 'store.events.query').length;
    await waitUntil('nobody looks any more', async () => {
      const count = before();
      await new Promise((resolve) => setTimeout(resolve, POLL_MS * 3));
      return before() === count || undefined;
    });
    const readers = await Promise.all([1, 2, 3].map(() => EventReader.open(url)));
    await t.rejects(EventReader.open(url), /answered 503/);
    const from = { count: before(), at: Date.now() };
    await new Promise((resolve) => setTimeout(resolve, POLL_MS * 10));
    const looks = before() - from.count;
    t.ok(looks <= (Date.now() - from.at) / POLL_MS + 1, `${looks} looks for three streams`);
    await one.record('p', 'e3');
    await Promise.all(readers.map((reader) => reads(reader, 1)));
    for (const reader of readers) reader.close();
    await waitUntil('their places are free', async () => EventReader.open(url).then((reader) => {
      reader.close();
      return true;
    }, () => undefined));
  });

  await t.test('piles nothing up for a slow reader, who misses nothing', async (t) => {
    const reader = await EventReader.open(url);
    const quick = await EventReader.open(url);
    reader.pause();
    // More than connections hold back, and than is kept for those who are a little behind.
    const keys = Array.from({ length: 400 }, (_, index) => `s${index}-${'x'.repeat(20_000)}`);
    await one.record('p', ...keys);
    await reads(quick, keys.length);
    t.ok(reader.events.length < keys.length, `the slow one has ${reader.events.length} of them`);
    reader.resume();
    await reads(reader, keys.length);
    t.same(named(reader), keys);
    reader.close();
    quick.close();
  });
}

/** It misses and repeats nothing, although its server ends and the next one begins only then. */
async function goesOn(t: Test, stores: Stores, first: Replica): Promise<void> {
  const write = async (from: number, to: number) => {
    for (let at = from; at <= to; at++) {
      await (at % 2 === 0 ? recordElsewhere(stores, 'moving', `e${at}`) : first.record('moving', `e${at}`));
      await new Promise(setImmediate);
    }
  };
  let reader = await EventReader.open(first.urlOf('moving'));
  await waitUntil('it knows where it is', async () => reader.lastEventId);
  await write(1, 10);
  await reads(reader, 5);
  const during = write(11, 20);
  // The server closes although its stream is open, and ends it.
  await first.close();
  await reader.ended;
  const seen = named(reader);
  await during;
  const second = await replica(t, stores);
  reader = await EventReader.open(second.urlOf('moving'), reader.lastEventId);
  await write(21, 30);
  await reads(reader, 5);
  reader.close();
  seen.push(...named(reader));
  reader = await EventReader.open(second.urlOf('moving'), reader.lastEventId);
  await write(31, 40);
  await reads(reader, 40 - seen.length);
  seen.push(...named(reader));
  t.same(seen, numbered(1, 40));
  reader.close();
}
