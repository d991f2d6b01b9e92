import { CloudError } from '../../ports/cloud-error.ts';
import type {
  Change, Condition, Created, Query, Removed, Table, TableDefinition, Updated,
} from '../../ports/table.ts';
import type { ChangeParts, Document } from '../tables/document.ts';
import {
  canonicalJson, changeParts, conditionParts, holds, keyAttributes, keyOf, parseDocument,
} from '../tables/document.ts';
import type { Connection, Statement } from './sqlite-connection.ts';
import { immediately, translated } from './sqlite-connection.ts';
import type { Sql } from './sqlite-query.ts';
import { aliveTerms, selectOf } from './sqlite-query.ts';
import { DOCUMENT, ensureTable, quoted } from './sqlite-schema.ts';

/** Expired items are deleted when the table is opened and then once in so many writes. */
const WRITES_BETWEEN_PURGES = 500;

/**
 * A table in an SQLite file. Every answer is parsed from the stored text, so nothing a caller does
 * to it reaches the store.
 *
 * Statements are only ever run by `all()` (reads) and `run()` (writes): a statement of libsql that
 * was left before its last row keeps its snapshot, and the connection then neither sees other
 * processes' writes nor may write itself.
 */
export class SqliteTable<T extends object> implements Table<T> {
  readonly #connection: Connection;
  readonly #definition: TableDefinition<T>;
  readonly #now: () => number;
  readonly #statements = new Map<string, Statement>();
  readonly #whereKey: string;
  #writes = 0;

  /** Creates the table where it does not exist. `now` answers milliseconds since the epoch. */
  constructor(connection: Connection, definition: TableDefinition<T>, now: () => number) {
    this.#connection = connection;
    this.#definition = definition;
    this.#now = now;
    this.#whereKey = keyAttributes(definition).map((key) => `${quoted(key.name)} = ?`).join(' AND ');
    translated('Open', () => {
      ensureTable(connection, definition);
      this.#purge();
    });
  }

  async get(key: Partial<T>): Promise<T | undefined> {
    const json = translated('Get', () => this.#read(keyOf(this.#definition, key)));
    return json === undefined ? undefined : itemOf(json);
  }

  async create(item: T): Promise<Created<T>> {
    const json = canonicalJson(item);
    return this.#write('Create', item, (existing, key) => {
      // As on DynamoDB, where a repeated request cannot be told from the first: the same item again was created.
      if (existing !== undefined && existing !== json) return { created: false, existing: itemOf(existing) };
      this.#put(key, json);
      return { created: true };
    });
  }

  async replace(item: T, when: Condition<T>): Promise<Updated<T>> {
    const json = canonicalJson(item);
    return this.#write('Replace', item, (current, key) => {
      const allowed = current !== undefined && (current === json || meets(when, current));
      if (!allowed) return refusal(current);
      this.#put(key, json);
      return { updated: true, item: itemOf(json) };
    });
  }

  async update(key: Partial<T>, change: Change<T>, when?: Condition<T>): Promise<Updated<T>> {
    const parts = changeParts(change);
    return this.#write('Update', key, (current, itsKey) => {
      if (current === undefined || !meets(when, current)) return refusal(current);
      const json = canonicalJson(this.#changed(parseDocument(current), parts));
      this.#put(itsKey, json);
      return { updated: true, item: itemOf(json) };
    });
  }

  async remove(key: Partial<T>, when?: Condition<T>): Promise<Removed<T>> {
    return this.#write('Remove', key, (current, itsKey) => {
      if (current === undefined) return { removed: false, current: undefined };
      if (!meets(when, current)) return { removed: false, current: itemOf(current) };
      this.#run(`DELETE FROM ${quoted(this.#definition.name)} WHERE ${this.#whereKey}`, Object.values(itsKey));
      return { removed: true };
    });
  }

  async query(query: Query<T>): Promise<T[]> {
    const sql = selectOf(this.#definition, query, this.#nowSeconds());
    return translated('Query', () => this.#select(sql)).map(itemOf<T>);
  }

  #write<R>(operation: string, keyed: Partial<T>, decide: (current: string | undefined, key: Document) => R): R {
    const key = keyOf(this.#definition, keyed);
    return translated(operation, () => immediately(this.#connection, () => {
      const result = decide(this.#read(key), key);
      this.#writes += 1;
      if (this.#writes % WRITES_BETWEEN_PURGES === 0) this.#purge();
      return result;
    }));
  }

  #read(key: Document): string | undefined {
    const alive = aliveTerms(this.#definition, this.#nowSeconds());
    const terms = [this.#whereKey, ...alive.map(([text]) => text)];
    const [json] = this.#select({
      text: `SELECT ${DOCUMENT} AS document FROM ${quoted(this.#definition.name)} WHERE ${terms.join(' AND ')}`,
      parameters: [...Object.values(key) as (string | number)[], ...alive.flatMap(([, ...parameters]) => parameters)],
    });
    return json;
  }

  /** Also over an expired item that is still there. */
  #put(key: Document, json: string): void {
    const columns = [...Object.keys(key).map(quoted), DOCUMENT];
    this.#run(`INSERT INTO ${quoted(this.#definition.name)} (${columns.join(', ')})
      VALUES (${columns.map(() => '?').join(', ')})
      ON CONFLICT DO UPDATE SET ${DOCUMENT} = excluded.${DOCUMENT}`, [...Object.values(key), json]);
  }

  #purge(): void {
    const expiry = this.#definition.expiresAtSeconds;
    if (expiry === undefined) return;
    this.#run(`DELETE FROM ${quoted(this.#definition.name)} WHERE ${quoted(expiry)} <= ?`, [this.#nowSeconds()]);
  }

  #changed(document: Document, { set, remove, add }: ChangeParts): Document {
    const touched = [...set, ...add].map(([attribute]) => attribute).concat(remove);
    const key = keyAttributes(this.#definition).find(({ name }) => touched.includes(name));
    if (key !== undefined) throw refused(`${key.name} is part of the key`);
    for (const [attribute, value] of set) document[attribute] = value;
    for (const attribute of remove) delete document[attribute];
    for (const [attribute, amount] of add) {
      const before = document[attribute] ?? 0;
      if (typeof before !== 'number') throw refused(`${attribute} is not a number`);
      document[attribute] = before + amount;
    }
    return document;
  }

  #select({ text, parameters }: Sql): string[] {
    const rows = this.#prepared(text).all(...parameters) as { readonly document: string }[];
    return rows.map((row) => row.document);
  }

  #run(text: string, parameters: unknown[]): void {
    this.#prepared(text).run(...parameters);
  }

  #prepared(text: string): Statement {
    const statement = this.#statements.get(text) ?? this.#connection.prepare(text);
    this.#statements.set(text, statement);
    return statement;
  }

  #nowSeconds(): number {
    return this.#now() / 1000;
  }
}

function itemOf<T extends object>(json: string): T {
  return parseDocument(json) as T;
}

function meets<T extends object>(when: Condition<T> | undefined, json: string): boolean {
  return holds(conditionParts(when), parseDocument(json));
}

function refusal<T extends object>(current: string | undefined): Updated<T> {
  return { updated: false, current: current === undefined ? undefined : itemOf(current) };
}

/** DynamoDB refuses the same changes under the same name. */
function refused(reason: string): CloudError {
  return new CloudError({
    kind: 'refused', service: 'sqlite', operation: 'Update', awsName: 'ValidationException',
    message: `sqlite Update: ${reason}`,
  });
}
