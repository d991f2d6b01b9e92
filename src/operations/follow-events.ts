import { AnchorError } from '../domain/errors.ts';
import { BEFORE_ALL, type Event } from '../domain/event.ts';
import type { Clock } from '../ports/clock.ts';
import type { Stores } from '../ports/stores.ts';
import { EventTail } from './event-tail.ts';
import { findProject } from './find-project.ts';
import type { Followed, Operations } from './operations.ts';

export interface FollowDeps {
  readonly stores: Pick<Stores, 'projects' | 'events' | 'feeds'>;
  readonly clock: Clock;
}

export interface FollowSettings {
  /** Between two looks for what other replicas wrote. */
  readonly pollMs: number;
  /** Most streams at the same time. */
  readonly mostStreams: number;
  /** A stream that has nothing to tell says so this often. */
  readonly idleMs: number;
  /** A stream ends after this, so that its caller asks anew and is checked anew. */
  readonly longestMs: number;
}

export const FOLLOW_SETTINGS = { idleMs: 15_000, longestMs: 15 * 60_000 } as const;

export interface EventFollower {
  readonly follow: Operations['followEvents'];
  /** This process has written events: whoever listens is told at once. */
  noted(projectId: string): void;
  /** Ends all streams, and every later one as soon as it begins. */
  close(): void;
}

/** The streams of one process. All that follow the same project share one look at the table. */
export function eventFollower(deps: FollowDeps, settings: FollowSettings): EventFollower {
  const tails = new Map<string, EventTail>();
  const closing = new AbortController();
  let streams = 0;

  const joined = (projectId: string, last: string): EventTail => {
    const tail = tails.get(projectId) ?? new EventTail(deps, { projectId, last, pollMs: settings.pollMs });
    tails.set(projectId, tail);
    tail.join();
    return tail;
  };

  const follow: Operations['followEvents'] = async (projectId, { type, after, signal }) => {
    if (streams >= settings.mostStreams) throw tooManyStreams(settings.mostStreams);
    streams++;
    try {
      const last = await lastOf(deps, projectId);
      // Whoever has gone meanwhile would never be told to have gone.
      signal.throwIfAborted();
      const tail = joined(projectId, last);
      signal.addEventListener('abort', () => {
        streams--;
        if (tail.leave()) tails.delete(projectId);
      }, { once: true });
      const ending = AbortSignal.any([signal, closing.signal]);
      return followed(tail, { type, known: after ?? last, ending, endsAt: deps.clock.now() + settings.longestMs });
    } catch (error) {
      streams--;
      throw error;
    }
  };

  async function* followed(tail: EventTail, { type, known: from, ending, endsAt }: {
    readonly type: Event['type'] | undefined; readonly known: string;
    readonly ending: AbortSignal; readonly endsAt: number;
  }): AsyncGenerator<Followed> {
    let known = from;
    // Whoever is cut off before the first event knows from here where to go on.
    yield { kind: 'idle', through: known };
    while (!ending.aborted && deps.clock.now() < endsAt) {
      const page = await tail.after(known, settings.idleMs, ending);
      for (const event of page) {
        if (ending.aborted) return;
        known = event.eventId;
        if (type === undefined || event.type === type) yield { kind: 'event', event };
      }
      if (page.length === 0 && !ending.aborted) yield { kind: 'idle', through: known };
    }
  }

  return {
    follow,
    noted: (projectId) => tails.get(projectId)?.look(),
    close: () => closing.abort(),
  };
}

/** The id of the last event, be it expired. Throws `project_not_found`. */
async function lastOf({ stores }: FollowDeps, projectId: string): Promise<string> {
  const [last] = await stores.events.query({ hash: projectId, order: 'descending', limit: 1 });
  if (last) return last.eventId;
  await findProject(stores, projectId);
  return (await stores.feeds.get({ projectId }))?.last ?? BEFORE_ALL;
}

function tooManyStreams(most: number): AnchorError {
  return new AnchorError('too_many_streams',
    `This server keeps ${most} event streams open and takes no more. Try again shortly, or read the events as a list.`,
    { retryAfterSeconds: 5 });
}
