import { Type } from 'typebox';
import type { Static, TEnum, TSchema, TUnsafe } from 'typebox';

/** A schema with a name of its own: `#/components/schemas/<name>` in the document. */
export type Component<T extends TSchema = TSchema> = T & { readonly $id: string };

export function component<T extends TSchema>(name: string, schema: T): Component<T> {
  return { ...schema, $id: name };
}

/** Keeps the type, and emits `$ref`; the component must be registered with `addSchema`. */
export function ref<T extends TSchema>(target: Component<T>): TUnsafe<Static<T>> {
  return Type.Unsafe<Static<T>>(Type.Ref(target.$id));
}

/**
 * The component written out, or null: one schema rather than a union, so that what is wrong is said of the field that
 * is wrong. The document refers to the component all the same.
 */
export function orNull<T extends TSchema>({ $id, ...schema }: Component<T>, options: object): TUnsafe<Static<T> | null> {
  return Type.Unsafe<Static<T> | null>({ ...schema, title: $id, type: ['object', 'null'], ...options });
}

/** Generated clients make 32 bits of an integer that does not say so, which a time in milliseconds does not fit. */
export const LONG = { format: 'int64' } as const;

/** A string that may be null, as one schema: reads better in generated clients than a union. */
export function nullable(options: object): TUnsafe<string | null> {
  return Type.Unsafe<string | null>({ type: ['string', 'null'], ...options });
}

export function nullableInteger(options: object): TUnsafe<number | null> {
  return Type.Unsafe<number | null>({ type: ['integer', 'null'], ...LONG, ...options });
}

/** One of several words. The option `title` names their component in the document; the same words have the same one. */
export function oneOf<V extends string[]>(values: readonly [...V], options: object): TEnum<V> {
  return Type.Enum(values, { type: 'string', ...options });
}
