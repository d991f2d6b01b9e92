import Database from 'libsql';
import type { Persistence } from './collection.ts';

interface Row {
  readonly key: string;
  readonly json: string;
}

/**
 * The embedded cloud's memory in one SQLite file. Write-ahead log with full synchronisation: a row
 * that was saved is there after `kill -9` and after a power cut.
 *
 * Throws the SQLite error when the file cannot be opened or is no database.
 */
export function openPersistence(file: string): Persistence & { close(): void } {
  const database = new Database(file);
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  database.exec(
    'CREATE TABLE IF NOT EXISTS item (collection TEXT NOT NULL, key TEXT NOT NULL, json TEXT NOT NULL, '
    + 'PRIMARY KEY (collection, key)) WITHOUT ROWID',
  );
  const select = database.prepare('SELECT key, json FROM item WHERE collection = ?');
  const upsert = database.prepare(
    'INSERT INTO item (collection, key, json) VALUES (?, ?, ?) '
    + 'ON CONFLICT (collection, key) DO UPDATE SET json = excluded.json',
  );
  const remove = database.prepare('DELETE FROM item WHERE collection = ? AND key = ?');
  return {
    load: (collection) => (select.all(collection) as Row[]).map(({ key, json }) => [key, JSON.parse(json)] as const),
    save: (collection, key, value) => void upsert.run(collection, key, JSON.stringify(value)),
    remove: (collection, key) => void remove.run(collection, key),
    close: () => void database.close(),
  };
}
