import { isDeepStrictEqual } from 'node:util';

type Json = Readonly<Record<string, unknown>>;

interface Described {
  readonly components: { readonly schemas: Json };
  readonly paths: object;
}

/** Values, not schemas: a `title` in them is somebody's data. */
const SAMPLES: ReadonlySet<string> = new Set(['example', 'examples', 'default', 'enum']);

/**
 * Moves every schema with a `title` to the components, where it is written once under that name, and leaves a
 * reference where it was. Generated clients are given names to read for what the routes write out in place.
 *
 * Throws when two different schemas have the same title: clients could only have one of them.
 */
export function nameSchemas<T extends Described>(document: T): T {
  const named = new Map<string, Json>();
  const moved = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(moved);
    if (!isObject(value)) return value;
    const inside = Object.fromEntries(Object.entries(value)
      .map(([key, each]) => [key, SAMPLES.has(key) ? each : moved(each)]));
    return typeof inside['title'] === 'string' ? reference(named, inside['title'], inside) : inside;
  };
  // First, since what describes a property describes it better than what describes a filter.
  const own = moved(document.components.schemas) as Json;
  const paths = moved(document.paths) as T['paths'];
  return { ...document, paths, components: { ...document.components, schemas: withNamed(own, named) } };
}

function reference(named: Map<string, Json>, name: string, { title: _, ...schema }: Json): Json {
  const { description, examples } = schema;
  const { mayBeNull, schema: target } = withoutNull(schema);
  const known = named.get(name) ?? target;
  refuseOther(name, known, target);
  named.set(name, known);
  const $ref = `#/components/schemas/${name}`;
  return {
    ...(mayBeNull ? { anyOf: [{ $ref }, { type: 'null' }] } : { $ref }),
    ...(description === undefined ? {} : { description }),
    ...(examples === undefined ? {} : { examples }),
  };
}

function withNamed(own: Json, named: ReadonlyMap<string, Json>): Json {
  for (const [name, schema] of named) refuseOther(name, own[name] ?? schema, schema);
  return { ...Object.fromEntries(named), ...own };
}

/** What may be null is that, or null. */
function withoutNull(schema: Json): { readonly mayBeNull: boolean; readonly schema: Json } {
  const { type, enum: values } = schema;
  if (!Array.isArray(type) || !type.includes('null')) return { mayBeNull: false, schema };
  const words = Array.isArray(values) ? { enum: values.filter((value) => value !== null) } : {};
  return { mayBeNull: true, schema: { ...schema, type: type.find((each) => each !== 'null') as string, ...words } };
}

function refuseOther(name: string, known: unknown, found: unknown): void {
  if (!isDeepStrictEqual(withoutWords(known), withoutWords(found))) {
    throw new Error(`Two different schemas have the name ${name}: give one of them another title.`);
  }
}

/** Descriptions and examples say what is particular to a place. */
function withoutWords(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutWords);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value)
    .filter(([key, each]) => !((key === 'description' && typeof each === 'string') || (key === 'examples' && Array.isArray(each))))
    .map(([key, each]) => [key, withoutWords(each)]));
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null;
}
