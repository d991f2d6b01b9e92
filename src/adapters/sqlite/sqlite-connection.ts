import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'libsql';
import { CloudError } from '../../ports/cloud-error.ts';

export type Connection = Database.Database;
export type Statement = Database.Statement;

/** How long a write waits for another process's write; this process's event loop stands still meanwhile. */
const BUSY_TIMEOUT_MS = 5_000;

/**
 * Opens the file, and creates it and its folder when they do not exist.
 *
 * WAL, so that readers never wait for a writer. synchronous=FULL: in WAL mode NORMAL already
 * survives `kill -9`, because what was written is in the operating system's hands; but only FULL
 * syncs at each commit, and an acknowledged claim or journal entry must outlive a power cut too:
 * what Anchor did in AWS is repaired from it.
 */
export function openConnection(file: string, busyTimeoutMs = BUSY_TIMEOUT_MS): Connection {
  if (file !== ':memory:') mkdirSync(dirname(file), { recursive: true });
  const connection = new Database(file);
  // First of all, because the next pragma already takes locks.
  connection.pragma(`busy_timeout = ${busyTimeoutMs}`);
  connection.pragma('journal_mode = WAL');
  connection.pragma('synchronous = FULL');
  return connection;
}

/**
 * Runs `work` with the write lock taken before its first read, so that what it decides on cannot
 * change before it writes, whatever other processes do.
 */
export function immediately<R>(connection: Connection, work: () => R): R {
  connection.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    connection.exec('COMMIT');
    return result;
  } catch (error) {
    // SQLite has already rolled back by itself after some failures (disk full, I/O).
    if (connection.inTransaction) connection.exec('ROLLBACK');
    throw error;
  }
}

/** Runs `work`; what SQLite itself refuses (locked, disk full, I/O) is a `CloudError` of kind `unavailable`. */
export function translated<R>(operation: string, work: () => R): R {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof Database.SqliteError)) throw error;
    throw new CloudError({
      kind: 'unavailable', service: 'sqlite', operation, awsName: error.code, cause: error,
      message: `sqlite ${operation}: ${error.code}: ${error.message}`,
    });
  }
}
