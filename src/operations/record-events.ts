import { BEFORE_ALL, eventIdAt, type Event, type Feed, type OwedEvent } from '../domain/event.ts';
import type { Clock } from '../ports/clock.ts';
import { dueShardOf, type Stores } from '../ports/stores.ts';
import type { Place, SeenEvents, SeenEventsByProject } from './seen-events.ts';

export interface EventSettings {
  readonly retentionMs: number;
  /** Told when a project's record has come further, and which of its new events this process wrote. */
  readonly onRecorded: (projectId: string, written: readonly Event[]) => void;
  /** Left out: every writer reads the end of the record anew. */
  readonly seen?: SeenEventsByProject;
}

export interface EventDeps {
  readonly stores: Pick<Stores, 'events' | 'feeds'>;
  readonly clock: Clock;
  /** Left out: events are kept for 90 days, and nobody listens in this process. */
  readonly events?: EventSettings;
}

export const DEFAULT_EVENT_SETTINGS: EventSettings = { retentionMs: 90 * 86_400_000, onRecorded: () => undefined };

/** Clocks of replicas differ by less than this. */
const CLOCK_SKEW_MS = 300_000;
const PAGE = 50;

/**
 * Adds events to a project's record in this order, each exactly once: whoever owes them may call this as
 * often as it takes, on several replicas at the same time.
 *
 * A writer has seen every event before the one it writes, because it takes the next place only when that
 * is free; so it knows whether another writer has recorded the same event. It looks back to when the
 * oldest of its events happened, or to `notBefore` if that is earlier: before that nobody can have recorded
 * them. For the same reason readers that go on from a place miss nothing.
 */
export async function recordEvents(
  deps: EventDeps, projectId: string, owed: readonly OwedEvent[], notBefore = Infinity,
): Promise<void> {
  if (owed.length === 0) return;
  const since = Math.min(notBefore, ...owed.map(({ at }) => at));
  const { keys, last: before, since: seenSince } = await lookBack(deps, projectId, since - CLOCK_SKEW_MS);
  let last = before;
  const written: Event[] = [];
  for (const event of owed) {
    while (!keys.has(event.eventKey)) {
      const next = placed(deps, projectId, event, last);
      const made = await deps.stores.events.create(next);
      if (made.created) written.push(next);
      const there = made.created ? next : made.existing;
      keys.add(there.eventKey);
      last = there;
    }
  }
  await advanceFeed(deps, projectId, before.eventId, last.eventId);
  deps.events?.seen?.keep(projectId, { since: seenSince, keys, last });
  deps.events?.onRecorded(projectId, written);
}

/** No event expires before an earlier one, so that the last place that is known is the last one taken. */
function placed({ clock, events = DEFAULT_EVENT_SETTINGS }: EventDeps, projectId: string, event: OwedEvent, after: Place): Event {
  const recordedAt = Math.max(clock.now(), after.recordedAt);
  const expiresAtSeconds = Math.max(Math.ceil((recordedAt + events.retentionMs) / 1000), after.expiresAtSeconds);
  return { ...event, projectId, eventId: eventIdAt(Number(after.eventId) + 1), recordedAt, expiresAtSeconds };
}

/** The keys are a set of the caller's own. */
type Look = SeenEvents & { readonly keys: Set<string> };

async function lookBack(deps: EventDeps, projectId: string, since: number): Promise<Look> {
  const seen = deps.events?.seen?.get(projectId, since);
  if (seen) return lookOn(deps, projectId, seen);
  const known = await recordedSince(deps, projectId, since);
  if (known.last) return { since, keys: known.keys, last: known.last };
  // Nothing is there, or all of it has expired. The feed is read first: an event that is written after that is seen.
  const feed = await deps.stores.feeds.get({ projectId });
  const { keys, last } = await recordedSince(deps, projectId, since);
  return { since, keys, last: last ?? { eventId: feed?.last ?? BEFORE_ALL, recordedAt: 0, expiresAtSeconds: 0 } };
}

/** What others have recorded since this process looked last. */
async function lookOn({ stores }: EventDeps, projectId: string, { since, keys: before, last: from }: SeenEvents): Promise<Look> {
  const keys = new Set(before);
  let last = from;
  for (let full = true; full;) {
    const page = await stores.events.query({
      hash: projectId, order: 'ascending', limit: PAGE, range: { above: last.eventId },
    });
    for (const { eventKey } of page) keys.add(eventKey);
    last = page.at(-1) ?? last;
    full = page.length === PAGE;
  }
  return { since, keys, last };
}

async function recordedSince(
  { stores }: EventDeps, projectId: string, since: number,
): Promise<{ keys: Set<string>; last: Event | undefined }> {
  const found: Event[] = [];
  for (;;) {
    const below = found.at(-1)?.eventId;
    const page = await stores.events.query({
      hash: projectId, order: 'descending', limit: PAGE, ...(below !== undefined && { range: { below } }),
    });
    found.push(...page);
    const oldest = page.at(-1);
    if (!oldest || page.length < PAGE || oldest.recordedAt < since) break;
  }
  return { keys: new Set(found.map(({ eventKey }) => eventKey)), last: found[0] };
}

/**
 * Before the events may be forgotten by whoever owed them: from here on their places are known for good, and
 * webhooks are set about. Whoever dies in between does all of it again.
 */
async function advanceFeed(deps: EventDeps, projectId: string, before: string, last: string): Promise<void> {
  const feed = await advanced(deps, projectId, before, last);
  if (!feed.watched || feed.dueAt !== undefined) return;
  const due = { dueShard: dueShardOf(projectId), dueAt: deps.clock.now() };
  await deps.stores.feeds.update({ projectId }, { set: due });
}

async function advanced({ stores }: EventDeps, projectId: string, before: string, last: string): Promise<Feed> {
  let known: string | undefined = before;
  for (;;) {
    let feed: Feed | undefined;
    if (known === undefined) {
      const made = await stores.feeds.create({ projectId, last });
      if (made.created) return { projectId, last };
      feed = made.existing;
    } else {
      const moved = await stores.feeds.update({ projectId }, { set: { last } }, { equals: { last: known } });
      if (moved.updated) return moved.item;
      feed = moved.current;
    }
    if (feed && feed.last >= last) return feed;
    known = feed?.last;
  }
}
