/**
 * A table of documents with conditional writes: the only thing Anchor asks of a store.
 *
 * There are no multi-item transactions. What must change together lives in one item and changes by
 * one conditional write; everything else is repaired from that item. The same suite
 * (`test/ports/table-contract.ts`) runs against every implementation.
 */
export interface Table<T extends object> {
  /** Reads one item, strongly consistent. */
  get(key: Partial<T>): Promise<T | undefined>;
  /** Writes the item when no item has its key. */
  create(item: T): Promise<Created<T>>;
  /** Replaces the whole item when one exists and `when` holds. */
  replace(item: T, when: Condition<T>): Promise<Updated<T>>;
  /** Changes top-level attributes of an existing item when `when` holds; answers the whole new item, in one round trip. */
  update(key: Partial<T>, change: Change<T>, when?: Condition<T>): Promise<Updated<T>>;
  /** Removes an existing item when `when` holds. */
  remove(key: Partial<T>, when?: Condition<T>): Promise<Removed<T>>;
  /**
   * Items of one hash value, ordered by the range key. Strongly consistent on the base table;
   * an index may lag behind, so nothing may be concluded from an item missing in one.
   */
  query(query: Query<T>): Promise<T[]>;
}

export type Created<T> = { readonly created: true } | { readonly created: false; readonly existing: T };
export type Updated<T> =
  | { readonly updated: true; readonly item: T }
  /** `current` is what refused the write; undefined when there is no such item. */
  | { readonly updated: false; readonly current: T | undefined };
export type Removed<T> = { readonly removed: true } | { readonly removed: false; readonly current: T | undefined };

/** Every part must hold. An item that does not exist meets no condition. */
export interface Condition<T> {
  readonly equals?: Partial<T>;
  readonly absent?: readonly (keyof T & string)[];
  readonly present?: readonly (keyof T & string)[];
}

export interface Change<T> {
  readonly set?: Partial<T>;
  readonly remove?: readonly (keyof T & string)[];
  /** Adds to numeric attributes; a missing one counts as 0. */
  readonly add?: Partial<Record<keyof T & string, number>>;
}

export interface Query<T> {
  /** Name of an index of the table's definition; the base table when left out. */
  readonly index?: string;
  readonly hash: string | number;
  /** Exclusive and inclusive bounds on the range key. */
  readonly range?: { readonly below?: string | number; readonly above?: string | number; readonly atMost?: string | number };
  /** Keeps only items whose attributes equal these; read items count against nothing but time. */
  readonly where?: Partial<T>;
  readonly order: 'ascending' | 'descending';
  readonly limit: number;
}

export interface KeyAttribute<T> {
  readonly name: keyof T & string;
  readonly type: 'string' | 'number';
}

/** What a table is: `npm run tables`, the SQLite schema and the infrastructure template all come from it. */
export interface TableDefinition<T extends object> {
  /** Short name; the physical name comes from the configuration. */
  readonly name: string;
  readonly hash: KeyAttribute<T>;
  readonly range?: KeyAttribute<T>;
  readonly indexes: Readonly<Record<string, { readonly hash: KeyAttribute<T>; readonly range: KeyAttribute<T> }>>;
  /** Attribute with the expiry in seconds since the epoch; expired items are never answered, and some time later gone. */
  readonly expiresAtSeconds?: keyof T & string;
}
