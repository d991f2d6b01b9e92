import type { Change, Condition, KeyAttribute, TableDefinition } from '../../ports/table.ts';

/** An item as every store keeps it: JSON, no attribute undefined. */
export type Document = Record<string, unknown>;

/**
 * JSON with sorted keys and nothing undefined, so that equal documents are equal texts.
 *
 * @throws TypeError for what some store could not give back: NaN, numbers beyond ±(2^53 - 1), bigint, cycles.
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, canonical);
}

/** A deep copy as the store would answer it: no undefined attributes, nothing shared with the caller. */
export function plainCopy(value: object): Document {
  return parseDocument(canonicalJson(value));
}

export function parseDocument(json: string): Document {
  return JSON.parse(json) as Document;
}

export function sameValue(one: unknown, other: unknown): boolean {
  return canonicalJson(one) === canonicalJson(other);
}

/** The key attributes of `from`, checked, because a store asked with half a key answers with something else. */
export function keyOf<T extends object>(definition: TableDefinition<T>, from: Partial<T>): Document {
  const key: Document = {};
  for (const attribute of keyAttributes(definition)) {
    const value = (from as Document)[attribute.name];
    if (typeof value !== attribute.type) {
      throw new TypeError(`${definition.name}: the key needs ${attribute.name}, a ${attribute.type}`);
    }
    key[attribute.name] = value;
  }
  return key;
}

export function keyAttributes<T extends object>(definition: TableDefinition<T>): KeyAttribute<T>[] {
  return definition.range === undefined ? [definition.hash] : [definition.hash, definition.range];
}

/** The key attributes of the named index, or of the table itself. */
export function keysQueried<T extends object>(
  definition: TableDefinition<T>, index: string | undefined,
): { hash: KeyAttribute<T>; range: KeyAttribute<T> | undefined } {
  if (index === undefined) return { hash: definition.hash, range: definition.range };
  const keys = definition.indexes[index];
  if (keys === undefined) throw new TypeError(`${definition.name} has no index ${index}`);
  return keys;
}

export interface ConditionParts {
  readonly equals: [attribute: string, value: unknown][];
  readonly absent: string[];
  readonly present: string[];
}

/** An attribute that has to equal undefined has to be absent: left out, it would be a condition that silently holds. */
export function conditionParts<T extends object>(when: Condition<T> = {}): ConditionParts {
  const { given, missing } = split(when.equals);
  return { equals: given, absent: [...missing, ...when.absent ?? []], present: [...when.present ?? []] };
}

export interface ChangeParts {
  readonly set: [attribute: string, value: unknown][];
  readonly remove: string[];
  readonly add: [attribute: string, amount: number][];
}

/** Setting an attribute to undefined removes it, as an assignment to an object would for everybody who reads it. */
export function changeParts<T extends object>(change: Change<T>): ChangeParts {
  const { given, missing } = split(change.set);
  const add = split(change.add).given as [string, number][];
  return { set: given, remove: [...missing, ...change.remove ?? []], add };
}

export function holds({ equals, absent, present }: ConditionParts, document: Document): boolean {
  return equals.every(([attribute, value]) => sameValue(document[attribute], value))
    && absent.every((attribute) => !Object.hasOwn(document, attribute))
    && present.every((attribute) => Object.hasOwn(document, attribute));
}

function split(attributes: object = {}): { given: [string, unknown][]; missing: string[] } {
  return {
    given: Object.entries(plainCopy(attributes)),
    missing: Object.entries(attributes).filter(([, value]) => value === undefined).map(([attribute]) => attribute),
  };
}

function canonical(_key: string, value: unknown): unknown {
  if (typeof value === 'number') return storable(value);
  if (Array.isArray(value)) return value.filter((element) => element !== undefined);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
}

function storable(value: number): number {
  // Negated, so that NaN is caught as well.
  if (!(Math.abs(value) <= Number.MAX_SAFE_INTEGER)) throw new TypeError(`a document cannot carry ${value}`);
  return value;
}
