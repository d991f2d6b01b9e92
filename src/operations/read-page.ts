import { AnchorError } from '../domain/errors.ts';
import type { Query, Table } from '../ports/table.ts';
import type { Page, PageRequest } from './operations.ts';

export interface Listing<T extends object> {
  readonly query: Pick<Query<T>, 'index' | 'hash' | 'where'>;
  /** The range key that orders the list. */
  readonly key: keyof T & string;
  /** Items that belong to the list and may not be in the table yet; they take the place of a row with the same key. */
  readonly owed?: readonly T[];
}

/** One page, newest first. Throws `invalid_request` naming `query/cursor` for a cursor it did not make. */
export async function readPage<T extends object>(
  table: Table<T>, listing: Listing<T>, page: PageRequest,
): Promise<Page<T>> {
  const below = page.cursor === undefined ? undefined : keyFromCursor(page.cursor);
  const rows = await table.query({
    ...listing.query,
    ...(below === undefined ? {} : { range: { below } }),
    order: 'descending',
    limit: page.limit + 1,
  });
  return pageOf([...rows, ...listing.owed ?? []], listing.key, page);
}

/** The page that begins below the cursor, of items in any order. Throws as `readPage` does. */
export function pageOf<T extends object>(all: readonly T[], key: keyof T & string, page: PageRequest): Page<T> {
  const below = page.cursor === undefined ? undefined : keyFromCursor(page.cursor);
  const keyOf = (item: T): string => String(item[key]);
  const items = newestFirst(all.filter((item) => below === undefined || keyOf(item) < below), keyOf);
  const shown = items.slice(0, page.limit);
  const last = shown.at(-1);
  const more = items.length > shown.length && last !== undefined;
  return more ? { items: shown, nextCursor: cursorFromKey(keyOf(last)) } : { items: shown };
}

function newestFirst<T>(items: readonly T[], keyOf: (item: T) => string): T[] {
  const byKey = new Map(items.map((item) => [keyOf(item), item]));
  return [...byKey].sort(([a], [b]) => (a < b ? 1 : -1)).map(([, item]) => item);
}

function cursorFromKey(key: string): string {
  return Buffer.from(key).toString('base64url');
}

function keyFromCursor(cursor: string): string {
  const key = Buffer.from(cursor, 'base64url').toString();
  // Our own keys are printable ASCII; anything else did not come from us.
  if (!/^[\x21-\x7e]{1,200}$/.test(key) || cursorFromKey(key) !== cursor) throw brokenCursor();
  return key;
}

function brokenCursor(): AnchorError {
  const message = 'is not a cursor of this list; take it from the next link of the page before';
  return new AnchorError('invalid_request', `The cursor ${message}.`, { errors: [{ field: 'query/cursor', message }] });
}
