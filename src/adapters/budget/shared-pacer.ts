import type { CallSlots, SpentCalls } from '../../domain/call-rates.ts';
import { nextSlots } from '../../domain/call-rates.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Table } from '../../ports/table.ts';

export interface SharedPacerParts {
  readonly budgetId: string;
  readonly perSecond: number;
  /** Unlike that of any other replica. */
  readonly replicaId: string;
  readonly table: Table<SpentCalls>;
  readonly clock: Clock;
  /** Told when the store cannot be asked; calls go on at a rate of this process alone. */
  readonly onStoreError: (error: unknown) => void;
}

/** `waitMs`: until the call may be sent, or, where it is not granted, how long one would have to wait. */
export interface Turn {
  readonly granted: boolean;
  readonly waitMs: number;
}

/** Replicas that race for the same item; who loses so often goes on alone for a while. */
const MOST_TRIES = 8;
/** Without the store nobody knows how many replicas there are: each takes a quarter of the rate. */
const TIMES_SLOWER_ALONE = 4;
const LOCAL_FOR_MS = 5_000;
/** Busy is who comes back within this time; each time it takes twice as many slots, a second's worth at most. */
const BUSY_MS = 2_000;

/**
 * Spaces calls so that all replicas together keep a rate. Slots are reserved in the store, by one
 * conditional write for as many calls as this process is about to make; one that is idle writes nothing.
 * Slots that are not used in time lapse. The replicas' clocks should agree within a second.
 */
export class SharedPacer {
  readonly #parts: SharedPacerParts;
  readonly #intervalMs: number;
  readonly #most: number;
  #slots: CallSlots = { from: 0, count: 0 };
  /** As last seen in the store; it only ever grows, so what is spent by it is spent. */
  #freeAt: number | undefined;
  #chunk = 1;
  #reservedAt = -Infinity;
  #localUntil = -Infinity;
  #aloneAt = -Infinity;
  #last: Promise<unknown> = Promise.resolve();

  constructor(parts: SharedPacerParts) {
    this.#parts = parts;
    this.#intervalMs = Math.ceil(1_000 / parts.perSecond);
    this.#most = Math.max(1, Math.floor(parts.perSecond));
  }

  /** One after another, so that a chunk is reserved once for all that wait. Never rejects. */
  take(mostWaitMs: number): Promise<Turn> {
    const turn = this.#last.then(() => this.#claim(mostWaitMs));
    this.#last = turn;
    return turn;
  }

  async #claim(mostWaitMs: number): Promise<Turn> {
    this.#dropLapsed();
    if (this.#slots.count === 0) {
      const reserved = await this.#reserve(mostWaitMs);
      if (!reserved.granted) return reserved;
    }
    const { from, count } = this.#slots;
    const waitMs = Math.max(0, from - this.#parts.clock.now());
    if (waitMs > mostWaitMs) return { granted: false, waitMs };
    this.#slots = { from: from + this.#intervalMs, count: count - 1 };
    return { granted: true, waitMs };
  }

  #dropLapsed(): void {
    const { from, count } = this.#slots;
    const oldest = this.#parts.clock.now() - 1_000;
    const lapsed = Math.min(count, Math.max(0, Math.ceil((oldest - from) / this.#intervalMs)));
    this.#slots = { from: from + lapsed * this.#intervalMs, count: count - lapsed };
  }

  async #reserve(mostWaitMs: number): Promise<Turn> {
    const now = this.#parts.clock.now();
    const busy = now - this.#reservedAt <= BUSY_MS;
    this.#chunk = busy ? Math.min(this.#chunk * 2, this.#most) : 1;
    if (now < this.#localUntil) return this.#reserveAlone(mostWaitMs);
    try {
      for (let tries = 0; tries < MOST_TRIES; tries++) {
        const slots = nextSlots(this.#freeAt, now, this.#intervalMs, this.#chunk);
        const waitMs = Math.max(0, slots.from - now);
        if (waitMs > mostWaitMs) return { granted: false, waitMs };
        if (await this.#write(slots.from + slots.count * this.#intervalMs)) return this.#got(slots, now);
      }
    } catch (error) {
      this.#parts.onStoreError(error);
    }
    this.#localUntil = now + LOCAL_FOR_MS;
    return this.#reserveAlone(mostWaitMs);
  }

  /** False when another replica was faster; what it wrote is known then. */
  async #write(freeAt: number): Promise<boolean> {
    const { table, budgetId, replicaId } = this.#parts;
    if (this.#freeAt === undefined) {
      const made = await table.create({ budgetId, freeAt, madeBy: replicaId });
      this.#freeAt = made.created ? freeAt : made.existing.freeAt;
      return made.created;
    }
    const spent = await table.update({ budgetId }, { set: { freeAt } }, { equals: { freeAt: this.#freeAt } });
    this.#freeAt = spent.updated ? freeAt : spent.current?.freeAt;
    return spent.updated;
  }

  #reserveAlone(mostWaitMs: number): Turn {
    const now = this.#parts.clock.now();
    const from = Math.max(now, this.#aloneAt);
    if (from - now > mostWaitMs) return { granted: false, waitMs: from - now };
    this.#aloneAt = from + this.#intervalMs * TIMES_SLOWER_ALONE;
    return this.#got({ from, count: 1 }, now);
  }

  #got(slots: CallSlots, now: number): Turn {
    this.#slots = slots;
    this.#reservedAt = now;
    return { granted: true, waitMs: 0 };
  }
}
