import type { Document } from '../../src/adapters/tables/document.ts';
import {
  canonicalJson, conditionParts, holds, keyAttributes, keyOf, keysQueried, sameValue,
} from '../../src/adapters/tables/document.ts';
import { CloudError } from '../../src/ports/cloud-error.ts';
import { TABLES, type StoreName, type Stores } from '../../src/ports/stores.ts';
import type {
  Change, Condition, Created, Query, Removed, Table, TableDefinition, Updated,
} from '../../src/ports/table.ts';

/** A table in memory that keeps the table contract, for simulations that need thousands of stores. */
export class MemoryTable<T extends object> implements Table<T> {
  /** Nothing in it is ever changed, and nothing in it is shared with a caller. */
  readonly #items = new Map<string, Document>();
  readonly #definition: TableDefinition<T>;
  readonly #now: () => number;

  constructor(definition: TableDefinition<T>, now: () => number) {
    this.#definition = definition;
    this.#now = now;
  }

  async get(key: Partial<T>): Promise<T | undefined> {
    return answer(this.#read(this.#keyOf(key)));
  }

  async create(item: T): Promise<Created<T>> {
    const key = this.#keyOf(item);
    const document = copied(item);
    const existing = this.#read(key);
    if (existing && !sameValue(existing, document)) return { created: false, existing: copied(existing) as T };
    this.#items.set(key, document);
    return { created: true };
  }

  async replace(item: T, when: Condition<T>): Promise<Updated<T>> {
    const key = this.#keyOf(item);
    const document = copied(item);
    const current = this.#read(key);
    const allowed = current !== undefined && (sameValue(current, document) || holds(conditionParts(when), current));
    if (!allowed) return { updated: false, current: answer(current) };
    this.#items.set(key, document);
    return { updated: true, item: copied(document) as T };
  }

  async update(key: Partial<T>, change: Change<T>, when?: Condition<T>): Promise<Updated<T>> {
    const itsKey = this.#keyOf(key);
    const current = this.#read(itsKey);
    const allowed = current !== undefined && holds(conditionParts(when), current);
    if (!allowed) return { updated: false, current: answer(current) };
    const document = this.#changed(current, change);
    this.#items.set(itsKey, document);
    return { updated: true, item: copied(document) as T };
  }

  async remove(key: Partial<T>, when?: Condition<T>): Promise<Removed<T>> {
    const itsKey = this.#keyOf(key);
    const current = this.#read(itsKey);
    if (!current || !holds(conditionParts(when), current)) return { removed: false, current: answer(current) };
    this.#items.delete(itsKey);
    return { removed: true };
  }

  async query({ index, hash, range: bounds = {}, where = {}, order, limit }: Query<T>): Promise<T[]> {
    const keys = keysQueried(this.#definition, index);
    if (!keys.range && Object.keys(bounds).length > 0) throw new TypeError(`${this.#definition.name} has no range key`);
    const rangeName = keys.range?.name;
    const rangeOf = (item: Document) => (rangeName === undefined ? '' : item[rangeName]) as string | number | undefined;
    const wanted = conditionParts({ equals: where });
    const found = [...this.#items.keys()].map((key) => this.#read(key)).filter((item) => item !== undefined)
      .filter((item) => item[keys.hash.name] === hash && isWithin(rangeOf(item), bounds) && holds(wanted, item))
      .sort((one, other) => compare(rangeOf(one), rangeOf(other)));
    return (order === 'ascending' ? found : found.reverse()).slice(0, limit).map((item) => copied(item) as T);
  }

  #keyOf(from: Partial<T>): string {
    return canonicalJson(Object.values(keyOf(this.#definition, from)));
  }

  #read(key: string): Document | undefined {
    const item = this.#items.get(key);
    const { expiresAtSeconds } = this.#definition;
    const expiresAt = expiresAtSeconds === undefined ? undefined : item?.[expiresAtSeconds];
    return typeof expiresAt === 'number' && expiresAt <= this.#now() / 1000 ? undefined : item;
  }

  #changed(current: Document, { set = {}, remove = [], add = {} }: Change<T>): Document {
    const added = Object.entries(add) as [string, number][];
    const key = keyAttributes(this.#definition)
      .find(({ name }) => name in set || name in add || remove.includes(name));
    if (key) throw refused(`${key.name} is part of the key`);
    const document = { ...current };
    for (const [attribute, value] of Object.entries(set)) {
      if (value === undefined) delete document[attribute];
      else document[attribute] = copied(value);
    }
    for (const attribute of remove) delete document[attribute];
    for (const [attribute, amount] of added) {
      const before = document[attribute] ?? 0;
      if (typeof before !== 'number') throw refused(`${attribute} is not a number`);
      document[attribute] = copied(before + amount);
    }
    return document;
  }
}

function answer<T extends object>(item: Document | undefined): T | undefined {
  return item && copied(item) as T;
}

/** As the store would answer it: no attribute undefined, nothing shared with the caller. */
function copied<V>(value: V): V extends object ? Document : V;
function copied(value: unknown): unknown {
  if (typeof value === 'number' && !(Math.abs(value) <= Number.MAX_SAFE_INTEGER)) {
    throw new TypeError(`a document cannot carry ${value}`);
  }
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.filter((each) => each !== undefined).map((each: unknown) => copied(each));
  const document: Document = {};
  for (const [name, each] of Object.entries(value)) if (each !== undefined) document[name] = copied(each);
  return document;
}

/** All of Anchor's tables, in memory. */
export function memoryStores(now: () => number): Stores {
  const names = Object.keys(TABLES) as StoreName[];
  return Object.fromEntries(
    names.map((name) => [name, new MemoryTable(TABLES[name] as TableDefinition<object>, now)]),
  ) as unknown as Stores;
}

function isWithin(
  value: string | number | undefined, { below, above, atMost }: NonNullable<Query<object>['range']>,
): boolean {
  if (value === undefined) return false;
  return (below === undefined || compare(value, below) < 0)
    && (above === undefined || compare(value, above) > 0)
    && (atMost === undefined || compare(value, atMost) <= 0);
}

/** Texts by their UTF-8 bytes. */
function compare(one: string | number | undefined, other: string | number | undefined): number {
  if (typeof one === 'number' && typeof other === 'number') return one - other;
  return Buffer.compare(Buffer.from(String(one)), Buffer.from(String(other)));
}

function refused(reason: string): CloudError {
  return new CloudError({
    kind: 'refused', service: 'memory', operation: 'Update', awsName: 'ValidationException',
    message: `memory: ${reason}`,
  });
}
