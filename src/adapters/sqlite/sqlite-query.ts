import type { Query, TableDefinition } from '../../ports/table.ts';
import { canonicalJson, conditionParts, keysQueried } from '../tables/document.ts';
import { DOCUMENT, pathOf, quoted } from './sqlite-schema.ts';

export interface Sql {
  readonly text: string;
  readonly parameters: (string | number)[];
}

/** Comparing as bytes of UTF-8, SQLite's own order of texts, is also DynamoDB's. */
export function selectOf<T extends object>(definition: TableDefinition<T>, query: Query<T>, nowSeconds: number): Sql {
  const { hash, range } = keysQueried(definition, query.index);
  const terms: [text: string, ...parameters: (string | number)[]][] = [[`${quoted(hash.name)} = ?`, query.hash]];
  // Without a bound only this tells SQLite that the partial index has every row asked for.
  if (range !== undefined) terms.push([`${quoted(range.name)} IS NOT NULL`]);
  terms.push(...boundsOf(definition, range?.name, query.range), ...aliveTerms(definition, nowSeconds));
  const { equals, absent } = conditionParts({ equals: query.where ?? {} });
  for (const [attribute, value] of equals) {
    terms.push([`${DOCUMENT} -> ? = ?`, pathOf(attribute), canonicalJson(value)]);
  }
  for (const attribute of absent) terms.push([`${DOCUMENT} -> ? IS NULL`, pathOf(attribute)]);
  const order = query.order === 'ascending' ? 'ASC' : 'DESC';
  return {
    text: `SELECT ${DOCUMENT} AS document FROM ${quoted(definition.name)}
      WHERE ${terms.map(([text]) => text).join(' AND ')}
      ORDER BY ${quoted((range ?? hash).name)} ${order} LIMIT ?`,
    parameters: [...terms.flatMap(([, ...parameters]) => parameters), query.limit],
  };
}

/** Terms that leave expired items out; none for a table without expiry. */
export function aliveTerms<T extends object>(
  definition: TableDefinition<T>, nowSeconds: number,
): [text: string, ...parameters: number[]][] {
  if (definition.expiresAtSeconds === undefined) return [];
  const column = quoted(definition.expiresAtSeconds);
  return [[`(${column} IS NULL OR ${column} > ?)`, nowSeconds]];
}

function boundsOf<T extends object>(
  definition: TableDefinition<T>, range: string | undefined, bounds: Query<T>['range'] = {},
): [text: string, parameter: string | number][] {
  const { below, above, atMost } = bounds;
  const given: [operator: string, bound: string | number | undefined][] = [['<', below], ['>', above], ['<=', atMost]];
  return given.flatMap(([operator, bound]): [string, string | number][] => {
    if (bound === undefined) return [];
    if (range === undefined) throw new TypeError(`${definition.name} has no range key`);
    return [[`${quoted(range)} ${operator} ?`, bound]];
  });
}
