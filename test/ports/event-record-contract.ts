import type { Test } from 'tap';
import type { Event, OwedEvent } from '../../src/domain/event.ts';
import { recordEvents } from '../../src/operations/record-events.ts';
import type { SeenEventsByProject } from '../../src/operations/seen-events.ts';
import type { Stores } from '../../src/ports/stores.ts';

export function owed(eventKey: string, at: number): OwedEvent {
  return { type: 'project.created', eventKey, at, data: { name: eventKey } };
}

export function recorded(stores: Pick<Stores, 'events'>, projectId: string): Promise<Event[]> {
  return stores.events.query({ hash: projectId, order: 'ascending', limit: 1_000 });
}

/** Without a gap from the first on, each key once. */
export function checkRecord(t: Test, events: readonly Event[]): void {
  const first = Number(events[0]?.eventId);
  t.same(events.map(({ eventId }) => Number(eventId)), events.map((_, index) => first + index), 'no place is left out');
  const keys = events.map(({ eventKey }) => eventKey);
  t.equal(new Set(keys).size, keys.length, 'nothing is told twice');
  const times = events.map(({ recordedAt }) => recordedAt);
  t.same(times, [...times].sort((one, other) => one - other), 'they are in the order in which they were recorded');
}

/** What a project's record is on every store. `clock` is what the store takes the time from as well. */
export async function eventRecordContract(
  t: Test, stores: Pick<Stores, 'events' | 'feeds'>, clock: { nowMs: number }, seen?: SeenEventsByProject,
): Promise<void> {
  const RETENTION_MS = 60_000;
  const told: string[] = [];
  const deps = {
    stores, clock: { now: () => clock.nowMs, sleep: async () => undefined },
    events: {
      retentionMs: RETENTION_MS, ...(seen && { seen }),
      onRecorded: (_projectId: string, written: readonly Event[]) => { told.push(...written.map(({ eventKey }) => eventKey)); },
    },
  };

  await t.test('several writers at the same time leave one order, and each event once', async (t) => {
    const mine = (writer: number) => Array.from({ length: 4 }, (_, index) => owed(`w${writer}-${index}`, clock.nowMs));
    const shared = [owed('shared-1', clock.nowMs), owed('shared-2', clock.nowMs)];
    await Promise.all([0, 1, 2, 3, 4].flatMap((writer) => [
      recordEvents(deps, 'busy', mine(writer)), recordEvents(deps, 'busy', shared), recordEvents(deps, 'other', mine(writer)),
    ]));
    const events = await recorded(stores, 'busy');
    t.equal(events.length, 22);
    checkRecord(t, events);
    const own = (eventKeys: readonly string[]) => eventKeys.filter((eventKey) => eventKey.startsWith('w')).sort();
    t.same(own(told), own([...events, ...await recorded(stores, 'other')].map(({ eventKey }) => eventKey)),
      'whoever recorded an event is told so');
    for (const writer of [0, 1, 2, 3, 4]) {
      const those = events.filter(({ eventKey }) => eventKey.startsWith(`w${writer}-`)).map(({ eventKey }) => eventKey);
      t.same(those, mine(writer).map(({ eventKey }) => eventKey), 'what one writer told is in its order');
    }
    t.same(await stores.feeds.get({ projectId: 'busy' }), { projectId: 'busy', last: events.at(-1)?.eventId });
    checkRecord(t, await recorded(stores, 'other'));
  });

  await t.test('an event that was recorded long before many others is found again', async (t) => {
    const old = owed('old', clock.nowMs);
    await recordEvents(deps, 'long', [old]);
    const others = Array.from({ length: 120 }, (_, index) => owed(`n${index}`, clock.nowMs));
    await recordEvents(deps, 'long', others);
    await recordEvents(deps, 'long', [old]);
    const events = await recorded(stores, 'long');
    t.equal(events.length, 121);
    checkRecord(t, events);
  });

  await t.test('places go on when all events have expired', async (t) => {
    await recordEvents(deps, 'quiet', [owed('a', clock.nowMs), owed('b', clock.nowMs)]);
    const [, last] = await recorded(stores, 'quiet');
    clock.nowMs += RETENTION_MS + 1_000;
    t.same(await recorded(stores, 'quiet'), [], 'they have');
    await Promise.all(['c', 'd'].map((key) => recordEvents(deps, 'quiet', [owed(key, clock.nowMs)])));
    const events = await recorded(stores, 'quiet');
    t.equal(events.length, 2);
    t.equal(Number(events[0]?.eventId), Number(last?.eventId) + 1);
    checkRecord(t, events);
  });
}
