import { setTimeout as sleep } from 'node:timers/promises';
import { EventReader, type ReadEvent } from './event-reader.ts';

/** Follows a stream for as long as it takes, going on after the last event wherever it is cut off. */
export class FollowedEvents {
  readonly events: ReadEvent[] = [];
  reconnects = -1;
  readonly failures: string[] = [];
  #reader: EventReader | undefined;
  #stopped = false;
  readonly #following: Promise<void>;

  constructor(urlNow: () => string) {
    this.#following = this.#follow(urlNow);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#reader?.close();
    await this.#following;
  }

  async #follow(urlNow: () => string): Promise<void> {
    let lastEventId = '0';
    while (!this.#stopped) {
      const reader = await this.#open(urlNow, lastEventId);
      if (!reader) continue;
      this.reconnects += 1;
      this.#reader = reader;
      if (this.#stopped) reader.close();
      await reader.ended;
      this.events.push(...reader.events);
      lastEventId = reader.lastEventId ?? lastEventId;
    }
  }

  /** As browsers do it: after a moment, if nobody is there. */
  async #open(urlNow: () => string, lastEventId: string): Promise<EventReader | undefined> {
    try {
      return await EventReader.open(urlNow(), lastEventId);
    } catch (error) {
      this.failures.push(String(error));
      await sleep(200);
      return undefined;
    }
  }

  /** Those of the connection that is open included. */
  get seen(): readonly ReadEvent[] {
    const open = this.#reader?.events ?? [];
    return open.length > 0 && this.events.at(-1) === open.at(-1) ? this.events : [...this.events, ...open];
  }
}
