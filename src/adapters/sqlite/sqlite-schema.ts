import type { KeyAttribute, TableDefinition } from '../../ports/table.ts';
import { keyAttributes } from '../tables/document.ts';
import type { Connection } from './sqlite-connection.ts';
import { immediately } from './sqlite-connection.ts';

/** Holds the item as canonical JSON; the only truth besides the key. */
export const DOCUMENT = '"#document"';

export function quoted(identifier: string): string {
  return `"${identifier.replaceAll('"', '""')}"`;
}

/** JSON path of a top-level attribute. */
export function pathOf(attribute: string): string {
  return `$."${attribute}"`;
}

/**
 * Creates what the definition asks for and the file lacks. The key is stored; index and expiry
 * attributes are columns generated from the document, so that they cannot disagree with it and an
 * index added to a definition later also finds the items written before.
 */
export function ensureTable<T extends object>(connection: Connection, definition: TableDefinition<T>): void {
  // One transaction: several processes may open a new file at the same time.
  immediately(connection, () => {
    const table = quoted(definition.name);
    const keys = keyAttributes(definition);
    const columns = keys.map((key) => `${quoted(key.name)} ${affinity(key)} NOT NULL`);
    connection.exec(`CREATE TABLE IF NOT EXISTS ${table} (${columns.join(', ')}, ${DOCUMENT} TEXT NOT NULL,
      PRIMARY KEY (${keys.map((key) => quoted(key.name)).join(', ')}))`);
    addGeneratedColumns(connection, definition);
    addIndexes(connection, definition);
  });
}

function addGeneratedColumns<T extends object>(connection: Connection, definition: TableDefinition<T>): void {
  const existing = new Set(columnNames(connection, definition.name));
  for (const attribute of generatedAttributes(definition)) {
    if (existing.has(attribute.name)) continue;
    existing.add(attribute.name);
    connection.exec(`ALTER TABLE ${quoted(definition.name)} ADD COLUMN ${quoted(attribute.name)} ${affinity(attribute)}
      GENERATED ALWAYS AS (${DOCUMENT} ->> '${pathOf(attribute.name)}') VIRTUAL`);
  }
}

/** Partial, because an item without both attributes is not in the index. */
function addIndexes<T extends object>(connection: Connection, definition: TableDefinition<T>): void {
  const create = (name: string, attributes: readonly string[]) => {
    const columns = attributes.map(quoted);
    connection.exec(`CREATE INDEX IF NOT EXISTS ${quoted(`${definition.name}.${name}`)} ON ${quoted(definition.name)}
      (${columns.join(', ')}) WHERE ${columns.map((column) => `${column} IS NOT NULL`).join(' AND ')}`);
  };
  for (const [name, index] of Object.entries(definition.indexes)) create(name, [index.hash.name, index.range.name]);
  if (definition.expiresAtSeconds !== undefined) create('#expiry', [definition.expiresAtSeconds]);
}

function generatedAttributes<T extends object>(definition: TableDefinition<T>): KeyAttribute<T>[] {
  const attributes = Object.values(definition.indexes).flatMap((index) => [index.hash, index.range]);
  if (definition.expiresAtSeconds !== undefined) attributes.push({ name: definition.expiresAtSeconds, type: 'number' });
  return attributes;
}

/** `table_info` would leave generated columns out. */
function columnNames(connection: Connection, table: string): string[] {
  const rows = connection.pragma(`table_xinfo(${quoted(table)})`) as { readonly name: string }[];
  return rows.map((row) => row.name);
}

function affinity<T>(attribute: KeyAttribute<T>): string {
  return attribute.type === 'string' ? 'TEXT' : 'REAL';
}
