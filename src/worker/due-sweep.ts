import { whileLeased } from '../operations/while-leased.ts';
import type { Clock } from '../ports/clock.ts';
import type { Metrics } from '../ports/metrics.ts';
import { DUE_SHARDS } from '../ports/stores.ts';
import type { Table, Updated } from '../ports/table.ts';
import { NO_TRACING, type SpanAttributes, type Tracing } from '../ports/tracing.ts';

/** A record with background work. */
export interface DueItem {
  readonly revision?: number;
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
  /** Told what is due before any of it is begun, so that one call to AWS can look at all of it. */
  readonly prepare?: (due: readonly T[], signal: AbortSignal) => Promise<void>;
  /**
   * What can be done with no call to AWS needs no lease: one write on condition of the revision.
   * Undefined: the item needs a pass; `lost`: another replica was faster.
   */
  readonly settle?: (item: T) => Promise<'settled' | 'lost' | undefined>;
  /** One pass; `again` while more can be done at once. */
  readonly pass: (item: T) => Promise<'again' | 'later' | 'gone' | void>;
  /**
   * Before the work the item's due time is moved forward by so much, on condition of its revision,
   * so that of several replicas one does it. Left out where `pass` has a lease of its own.
   */
  readonly leaseMs?: number;
  readonly clock: Clock;
  readonly log: WorkerLog;
  readonly metrics?: Pick<Metrics, 'workerPassed' | 'leaseTaken' | 'leaseEnded'> | undefined;
  /** Each item that needs a pass is a span of its own. */
  readonly tracing?: Tracing | undefined;
  /** Keys worked on at the same time. */
  readonly concurrency: number;
  /** 0 to 1: where in what is due this replica begins, so that several do not all try the same items. */
  readonly place?: number;
}

/** Items taken from one shard in one pass: what a replica holds in memory at a time. */
const MOST_PER_SHARD = 100;
/** Passes over one key before others get their turn. */
const MOST_PASSES = 25;
/**
 * A store in this process answers within one turn of the event loop. After so many items everything else
 * gets a turn: requests are served, and SQLite's binding frees what it read.
 */
const ITEMS_A_TURN = 20;
/** Items in a row that another replica took first: it is working through these, so look anew what is due. */
const MOST_LOST = 10;

/** Asks the due-time index for what is due and runs it; an item that fails never stops the others. */
export function dueSweep<T extends DueItem>(parts: DueSweepParts<T>): SweepStep {
  return {
    name: parts.name,
    run: async (signal) => {
      const due = (await Promise.all(shards().map((shard) => dueIn(parts, shard)))).flat();
      parts.metrics?.workerPassed({ step: parts.name, due: due.length, lagMs: lagOf(due, parts.clock.now()) });
      if (due.length > 0) await parts.prepare?.(due, signal);
      const waiting = inOrder(due, parts.place ?? 0);
      let begun = 0;
      let lost = 0;
      const lanes = Array.from({ length: Math.min(parts.concurrency, due.length) }, async () => {
        while (begun < waiting.length && lost < MOST_LOST && !signal.aborted) {
          const item = waiting[begun++] as T;
          lost = await workOn(parts, item, signal) === 'lost' ? lost + 1 : 0;
          if (begun % ITEMS_A_TURN === 0) await parts.clock.sleep(0);
        }
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

function lagOf(due: readonly DueItem[], now: number): number {
  return due.reduce((most, { dueAt = now }) => Math.max(most, now - dueAt), 0);
}

/** Longest due first, whatever its shard, and from this replica's place on. */
function inOrder<T extends DueItem>(due: readonly T[], place: number): T[] {
  const sorted = [...due].sort((one, other) => (one.dueAt ?? 0) - (other.dueAt ?? 0));
  const first = Math.floor(sorted.length * place);
  return [...sorted.slice(first), ...sorted.slice(0, first)];
}

async function workOn<T extends DueItem>(
  parts: DueSweepParts<T>, item: T, signal: AbortSignal,
): Promise<'done' | 'lost'> {
  try {
    const settled = await parts.settle?.(item);
    if (settled) return settled === 'lost' ? 'lost' : 'done';
    if (parts.leaseMs === undefined) await makePasses(parts, item, signal);
    else {
      const leased = await take(parts, item, parts.leaseMs);
      if (leased === 'lost') return 'lost';
      await whileLeased(parts.metrics, parts.name, async () => {
        if (signal.aborted) await giveBack(parts, leased, item);
        await makePasses(parts, item, signal);
      });
    }
  } catch (error) {
    parts.log.error({ step: parts.name, key: parts.keyOf(item), err: error }, 'background work failed; it is tried again');
  }
  return 'done';
}

async function makePasses<T extends DueItem>(parts: DueSweepParts<T>, item: T, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const described = { name: `worker ${parts.name}`, attributes: attributesOf(parts.keyOf(item)) };
  await (parts.tracing ?? NO_TRACING).span(described, async () => {
    for (let passes = 0; passes < MOST_PASSES && !signal.aborted; passes++) {
      if (await parts.pass(item) !== 'again') break;
    }
  });
}

function attributesOf(key: object): SpanAttributes {
  return Object.fromEntries(Object.entries(key).map(([name, value]) => [`anchor.${name}`, value as string]));
}

/** The index may lag: an item that was worked on since has another revision and is left alone. */
async function take<T extends DueItem>(parts: DueSweepParts<T>, item: T, leaseMs: number): Promise<T | 'lost'> {
  const taken = await setDue(parts, item, parts.clock.now() + leaseMs);
  return taken.updated ? taken.item : 'lost';
}

/** A process that is stopping keeps nothing from the others. */
async function giveBack<T extends DueItem>(parts: DueSweepParts<T>, leased: T, { dueAt }: T): Promise<void> {
  await setDue(parts, leased, dueAt ?? parts.clock.now());
}

function setDue<T extends DueItem>({ table, keyOf }: DueSweepParts<T>, item: T, dueAt: number): Promise<Updated<T>> {
  const next = { revision: 1 } as Partial<Record<keyof T & string, number>>;
  return table.update(
    keyOf(item), { set: { dueAt } as Partial<T>, add: next }, { equals: { revision: item.revision } as Partial<T> },
  );
}
