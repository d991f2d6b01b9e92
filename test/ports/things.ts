import type { Table, TableDefinition } from '../../src/ports/table.ts';

/** An item with one attribute of every kind that Anchor stores. */
export interface Thing {
  readonly owner: string;
  readonly thingId: string;
  readonly revision: number;
  readonly name?: string;
  readonly done?: boolean;
  readonly nothing?: null;
  readonly tags?: readonly string[];
  readonly details?: { readonly [name: string]: unknown };
  readonly count?: number;
  readonly shard?: number;
  readonly dueAt?: number;
  readonly expiresAt?: number;
}

/** A base table with range, a sparse index with a number range, one with a text range, and expiry. */
export const THINGS: TableDefinition<Thing> = {
  name: 'things',
  hash: { name: 'owner', type: 'string' },
  range: { name: 'thingId', type: 'string' },
  indexes: {
    byDue: { hash: { name: 'shard', type: 'number' }, range: { name: 'dueAt', type: 'number' } },
    byName: { hash: { name: 'owner', type: 'string' }, range: { name: 'name', type: 'string' } },
  },
  expiresAtSeconds: 'expiresAt',
};

/** A table whose key is one attribute, and that keeps its items for good. */
export interface Single {
  readonly id: string;
  readonly holder: string;
}

export const SINGLES: TableDefinition<Single> = {
  name: 'singles', hash: { name: 'id', type: 'string' }, indexes: {},
};

export interface ContractSubject {
  readonly things: Table<Thing>;
  readonly singles: Table<Single>;
  /** The clock the tables were given, in milliseconds since the epoch. */
  readonly clock: { nowMs: number };
  /** Why the store under test cannot be asked for races; they are asked for when left out. */
  readonly noRacesBecause?: string | undefined;
  /** Why the store under test cannot compare lists and maps; it has to when left out. */
  readonly noDeepEqualityBecause?: string | undefined;
}

let owners = 0;

/** Every test takes an owner of its own, so that all can share the tables. */
export function newOwner(): string {
  return `owner-${++owners}`;
}

export async function createAll(things: Table<Thing>, ...items: readonly Thing[]): Promise<void> {
  for (const item of items) await things.create(item);
}

export function idsOf(found: readonly Thing[]): string[] {
  return found.map((thing) => thing.thingId);
}
