import type { Clock } from '../ports/clock.ts';
import { DUE_SHARDS } from '../ports/stores.ts';
import type { Table } from '../ports/table.ts';

/** A record with background work. */
export interface DueItem {
  readonly revision: number;
  readonly dueShard?: number;
  readonly dueAt?: number;
}

export interface WorkerLog {
  error(details: object, message: string): void;
}

/** One part of every pass of the worker. */
export interface SweepStep {
  readonly name: string;
  /** Does what is due and answers how many keys that were; stops early when the signal is aborted. */
  run(signal: AbortSignal): Promise<number>;
}

export interface DueSweepParts<T extends DueItem> {
  readonly name: string;
  readonly table: Table<T>;
  /** The item's key alone. */
  readonly keyOf: (item: T) => Partial<T>;
  /** One pass; `again` while more can be done at once. */
  readonly pass: (item: T) => Promise<'again' | 'later' | 'gone'>;
  /**
   * Before the work the item's due time is moved forward by so much, on condition of its revision,
   * so that of several replicas one does it. Left out where `pass` has a lease of its own.
   */
  readonly leaseMs?: number;
  readonly clock: Clock;
  readonly log: WorkerLog;
  /** Keys worked on at the same time. */
  readonly concurrency: number;
}

/** Items taken from one shard in one pass. */
const MOST_PER_SHARD = 100;
/** Passes over one key before others get their turn. */
const MOST_PASSES = 25;

/** Asks the due-time index for what is due and runs it; an item that fails never stops the others. */
export function dueSweep<T extends DueItem>(parts: DueSweepParts<T>): SweepStep {
  return {
    name: parts.name,
    run: async (signal) => {
      const due = (await Promise.all(shards().map((shard) => dueIn(parts, shard)))).flat();
      const waiting = [...due];
      const lanes = Array.from({ length: Math.min(parts.concurrency, due.length) }, async () => {
        for (let item = waiting.shift(); item && !signal.aborted; item = waiting.shift()) await workOn(parts, item, signal);
      });
      await Promise.all(lanes);
      return due.length;
    },
  };
}

function shards(): number[] {
  return Array.from({ length: DUE_SHARDS }, (_, shard) => shard);
}

async function dueIn<T extends DueItem>({ table, clock }: DueSweepParts<T>, shard: number): Promise<T[]> {
  return table.query({
    index: 'byDue', hash: shard, range: { atMost: clock.now() }, order: 'ascending', limit: MOST_PER_SHARD,
  });
}

async function workOn<T extends DueItem>(parts: DueSweepParts<T>, item: T, signal: AbortSignal): Promise<void> {
  try {
    if (parts.leaseMs !== undefined && !await take(parts, item, parts.leaseMs)) return;
    for (let passes = 0; passes < MOST_PASSES && !signal.aborted; passes++) {
      if (await parts.pass(item) !== 'again') return;
    }
  } catch (error) {
    parts.log.error({ step: parts.name, key: parts.keyOf(item), err: error }, 'background work failed; it is tried again');
  }
}

/** The index may lag: an item that was worked on since has another revision and is left alone. */
async function take<T extends DueItem>({ table, keyOf, clock }: DueSweepParts<T>, item: T, leaseMs: number): Promise<boolean> {
  const leased = { dueAt: clock.now() + leaseMs } as Partial<T>;
  const next = { revision: 1 } as Partial<Record<keyof T & string, number>>;
  const taken = await table.update(
    keyOf(item), { set: leased, add: next }, { equals: { revision: item.revision } as Partial<T> },
  );
  return taken.updated;
}
