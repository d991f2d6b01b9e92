import type { Stores } from '../../ports/stores.ts';
import { TABLES } from '../../ports/stores.ts';
import type { Table, TableDefinition } from '../../ports/table.ts';
import { immediately, openConnection, translated } from './sqlite-connection.ts';
import { SqliteTable } from './sqlite-table.ts';

export interface SqliteStoresOptions {
  /** Path of the database file, or `:memory:`. Several processes may share one file. */
  readonly file: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** How long a write waits for another process's write before it is `unavailable`; 5 seconds when left out. */
  readonly busyTimeoutMs?: number;
}

export interface SqliteStores {
  readonly stores: Stores;
  readonly close: () => void;
  /** Rejects when the file cannot be written to (gone, read-only, locked for seconds). */
  readonly check: () => Promise<void>;
}

/** Opens the stores, and creates file and tables where they do not exist. */
export function openSqliteStores({ file, now, busyTimeoutMs }: SqliteStoresOptions): SqliteStores {
  const connection = openConnection(file, busyTimeoutMs);
  const table = <T extends object>(definition: TableDefinition<T>): Table<T> => (
    new SqliteTable(connection, definition, now)
  );
  return {
    stores: {
      projects: table(TABLES.projects),
      deployments: table(TABLES.deployments),
      operations: table(TABLES.operations),
      domains: table(TABLES.domains),
      hostnames: table(TABLES.hostnames),
      edges: table(TABLES.edges),
      idempotency: table(TABLES.idempotency),
      budgets: table(TABLES.budgets),
      tokens: table(TABLES.tokens),
      events: table(TABLES.events),
      feeds: table(TABLES.feeds),
      webhooks: table(TABLES.webhooks),
      deliveries: table(TABLES.deliveries),
    },
    close: () => { connection.close(); },
    check: async () => translated('Check', () => immediately(connection, () => undefined)),
  };
}
