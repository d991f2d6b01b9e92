import type { Query, TableDefinition } from '../../ports/table.ts';
import type { ConditionParts, Document } from '../tables/document.ts';
import { conditionParts, holds, keysQueried } from '../tables/document.ts';
import { conditionTerms, Expression } from './expression.ts';

type Bound = string | number;

/** How many items a request with a filter reads at least: most of them may be filtered out. */
const FILTERED_PAGE = 100;

/** One query as DynamoDB can ask it, and the rest that only the answer can be checked for. */
export interface QueryPlan {
  readonly request: Record<string, unknown>;
  /** How many items to read when `wanted` are still missing. */
  pageSize(wanted: number): number;
  keeps(document: Document): boolean;
}

/** Undefined when nothing can lie within the bounds: DynamoDB refuses such a BETWEEN. */
export function planOf<T extends object>(
  definition: TableDefinition<T>, query: Query<T>, nowSeconds: number,
): QueryPlan | undefined {
  const keys = keysQueried(definition, query.index);
  const range = rangeOf(definition, keys.range?.name, query.range);
  if (range === 'empty') return undefined;
  const expression = new Expression();
  const keyTerms = [`${expression.name(keys.hash.name)} = ${expression.value(query.hash)}`, ...range.terms(expression)];
  const { inFilter, onKeys } = splitWhere(query.where, [keys.hash.name, keys.range?.name]);
  const filterTerms = [...conditionTerms(expression, inFilter), ...aliveTerms(expression, definition, nowSeconds)];
  return {
    request: {
      ...(query.index === undefined ? { ConsistentRead: true } : { IndexName: query.index }),
      KeyConditionExpression: keyTerms.join(' AND '),
      ...(filterTerms.length > 0 && { FilterExpression: filterTerms.join(' AND ') }),
      ScanIndexForward: query.order === 'ascending',
      ...expression.fields(),
    },
    pageSize: (wanted) => (query.where === undefined ? wanted : Math.max(wanted, FILTERED_PAGE)),
    keeps: (document) => range.keeps(document) && holds(onKeys, document),
  };
}

/** Terms that leave expired items out; none for a table without expiry. */
export function aliveTerms<T extends object>(
  expression: Expression, definition: TableDefinition<T>, nowSeconds: number,
): string[] {
  if (definition.expiresAtSeconds === undefined) return [];
  const name = expression.name(definition.expiresAtSeconds);
  return [`(attribute_not_exists(${name}) OR ${name} > ${expression.value(nowSeconds)})`];
}

interface UpperBound {
  readonly bound: Bound;
  readonly inclusive: boolean;
}

interface RangePlan {
  terms(expression: Expression): string[];
  keeps(document: Document): boolean;
}

/** A key condition takes one comparison; two bounds become a BETWEEN, its excluded ends dropped from the answer. */
function rangeOf<T extends object>(
  definition: TableDefinition<T>, range: string | undefined, bounds: Query<T>['range'] = {},
): RangePlan | 'empty' {
  const { above } = bounds;
  const upper = tighter(bounds.below, bounds.atMost);
  if (above === undefined && upper === undefined) return { terms: () => [], keeps: () => true };
  if (range === undefined) throw new TypeError(`${definition.name} has no range key`);
  if (above !== undefined && upper !== undefined) {
    if (compare(above, upper.bound) >= 0) return 'empty';
    const excluded = [above, ...(upper.inclusive ? [] : [upper.bound])];
    return {
      terms: (expression) => [
        `${expression.name(range)} BETWEEN ${expression.value(above)} AND ${expression.value(upper.bound)}`,
      ],
      keeps: (document) => !excluded.includes(document[range] as Bound),
    };
  }
  const operator = upper === undefined ? '>' : upper.inclusive ? '<=' : '<';
  const bound = upper?.bound ?? above;
  return {
    terms: (expression) => [`${expression.name(range)} ${operator} ${expression.value(bound)}`],
    keeps: () => true,
  };
}

function tighter(below: Bound | undefined, atMost: Bound | undefined): UpperBound | undefined {
  const isBelowTighter = below !== undefined && (atMost === undefined || compare(below, atMost) <= 0);
  if (isBelowTighter) return { bound: below, inclusive: false };
  return atMost === undefined ? undefined : { bound: atMost, inclusive: true };
}

/** DynamoDB's order: numbers by value, texts by their UTF-8 bytes. */
function compare(one: Bound, other: Bound): number {
  if (typeof one === 'number' && typeof other === 'number') return one - other;
  return Buffer.compare(Buffer.from(String(one)), Buffer.from(String(other)));
}

/** A filter may not name the keys of what is queried. */
function splitWhere(
  where: object = {}, keys: (string | undefined)[],
): { inFilter: ConditionParts; onKeys: ConditionParts } {
  const pick = (onKeys: boolean) => conditionParts({
    equals: Object.fromEntries(Object.entries(where).filter(([name]) => keys.includes(name) === onKeys)),
  });
  return { inFilter: pick(false), onKeys: pick(true) };
}
