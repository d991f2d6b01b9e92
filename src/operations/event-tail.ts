import type { Event } from '../domain/event.ts';
import type { Clock } from '../ports/clock.ts';
import type { Stores } from '../ports/stores.ts';

export interface TailDeps {
  readonly stores: Pick<Stores, 'events'>;
  readonly clock: Clock;
}

/** Events that are kept for those who are a little behind; whoever is further behind asks the table. */
const MOST_KEPT = 256;
const PAGE = 100;

/**
 * The end of one project's record, watched for as long as anybody listens: one look at the table tells all of
 * them. Listeners ask for what comes next when they are ready for it, so a slow one holds up nobody and
 * nothing is piled up for it.
 */
export class EventTail {
  readonly #deps: TailDeps;
  readonly #projectId: string;
  readonly #pollMs: number;
  /** In order, and without a gap after `#since`. */
  #recent: readonly Event[] = [];
  #since: string;
  #last: string;
  #listeners = 0;
  readonly #waiting = new Set<() => void>();
  #pause = new AbortController();
  #isLooking = false;

  /** `last`: the id of the last event when the watch begins. */
  constructor(deps: TailDeps, { projectId, last, pollMs }: {
    readonly projectId: string; readonly last: string; readonly pollMs: number;
  }) {
    this.#deps = deps;
    this.#projectId = projectId;
    this.#pollMs = pollMs;
    this.#since = last;
    this.#last = last;
  }

  join(): void {
    this.#listeners++;
    if (!this.#isLooking) void this.#watch();
  }

  /** True when nobody listens any more; then the watch is over. */
  leave(): boolean {
    this.#listeners--;
    if (this.#listeners === 0) this.look();
    return this.#listeners === 0;
  }

  /** Does not wait for the next look. */
  look(): void {
    this.#pause.abort();
  }

  /** The next events after `known`, in order; none when there were none for so long, or `signal` is aborted. */
  async after(known: string, longestMs: number, signal: AbortSignal): Promise<readonly Event[]> {
    if (known < this.#since) {
      const page = await this.#read(known);
      if (page.length > 0) return page;
    }
    const there = this.#recentAfter(known);
    if (there.length > 0 || signal.aborted) return there;
    await this.#change(longestMs, signal);
    // What came while nobody looked may be more than is kept.
    return known < this.#since ? this.#read(known) : this.#recentAfter(known);
  }

  async #watch(): Promise<void> {
    this.#isLooking = true;
    while (this.#listeners > 0) {
      this.#pause = new AbortController();
      // A look that failed is made again: the store's troubles are told elsewhere.
      const page = await this.#read(this.#last).catch(() => []);
      this.#keep(page);
      if (page.length < PAGE && this.#listeners > 0) await this.#deps.clock.sleep(this.#pollMs, this.#pause.signal);
    }
    this.#isLooking = false;
  }

  #keep(page: readonly Event[]): void {
    if (page.length === 0) return;
    const all = [...this.#recent, ...page];
    const dropped = all.length - MOST_KEPT;
    this.#since = all[dropped - 1]?.eventId ?? this.#since;
    this.#recent = dropped > 0 ? all.slice(dropped) : all;
    this.#last = page.at(-1)?.eventId ?? this.#last;
    for (const wake of [...this.#waiting]) wake();
  }

  #recentAfter(known: string): readonly Event[] {
    return this.#recent.filter(({ eventId }) => eventId > known).slice(0, PAGE);
  }

  #read(above: string): Promise<Event[]> {
    return this.#deps.stores.events.query({ hash: this.#projectId, range: { above }, order: 'ascending', limit: PAGE });
  }

  async #change(longestMs: number, signal: AbortSignal): Promise<void> {
    const ending = new AbortController();
    const wake = () => ending.abort();
    this.#waiting.add(wake);
    signal.addEventListener('abort', wake, { once: true });
    await this.#deps.clock.sleep(longestMs, ending.signal);
    this.#waiting.delete(wake);
    signal.removeEventListener('abort', wake);
  }
}
