import type { Event } from '../domain/event.ts';

/** Where an event is in its project's record; what comes after it is never earlier, and never expires earlier. */
export type Place = Pick<Event, 'eventId' | 'recordedAt' | 'expiresAtSeconds'>;

/** Every event of a project that was recorded from `since` (milliseconds) up to `last`. */
export interface SeenEvents {
  readonly since: number;
  readonly keys: ReadonlySet<string>;
  readonly last: Place;
}

const MOST_PROJECTS = 500;
const MOST_EVENTS = 2_000;

/**
 * The ends of records as this process saw them last. A record only grows and what is in it never changes, so whoever has
 * seen its end needs to read only what has come since: without this a project that changes often reads the same events
 * again with each change.
 */
export class SeenEventsByProject {
  readonly #seen = new Map<string, SeenEvents>();

  /** Undefined when it does not reach back to `since`. */
  get(projectId: string, since: number): SeenEvents | undefined {
    const seen = this.#seen.get(projectId);
    return seen && seen.since <= since ? seen : undefined;
  }

  /** The projects longest unused are forgotten first, and so is the past of one in which very much happens. */
  keep(projectId: string, seen: SeenEvents): void {
    this.#seen.delete(projectId);
    if (seen.keys.size > MOST_EVENTS) return;
    this.#seen.set(projectId, seen);
    const [oldest] = this.#seen.keys();
    if (this.#seen.size > MOST_PROJECTS && oldest !== undefined) this.#seen.delete(oldest);
  }
}
