import { AcmError } from './acm-error.ts';

/** What a member of a request may be, as the service's API model says. */
export type Shape =
  | { readonly kind: 'string'; readonly min?: number; readonly max?: number; readonly pattern?: RegExp;
      readonly oneOf?: readonly string[] }
  | { readonly kind: 'integer'; readonly min: number; readonly max: number }
  | { readonly kind: 'list'; readonly of: Shape; readonly min?: number; readonly max?: number }
  | { readonly kind: 'structure'; readonly members: Readonly<Record<string, Shape>>;
      readonly required?: readonly string[] };

/**
 * Checks a request against the model, as AWS does before anything else. Unknown members are
 * ignored, as AWS does. Throws `SerializationException` for a wrong JSON type and
 * `ValidationException` listing every broken constraint.
 */
export function checkInput(shape: Shape, input: unknown): void {
  const broken = [...violations(shape, input, '')];
  if (broken.length === 0) return;
  const count = `${broken.length} validation error${broken.length === 1 ? '' : 's'} detected: `;
  throw new AcmError('ValidationException', count + broken.join('; '));
}

function* violations(shape: Shape, value: unknown, path: string): Generator<string> {
  switch (shape.kind) {
    case 'string':
      yield* stringViolations(shape, typed(value, 'string', path), path);
      break;
    case 'integer': {
      const number = typed(value, 'number', path);
      yield* rangeViolations('value', shape, number, path, String(number));
      break;
    }
    case 'list': {
      const items = typed(value, 'array', path);
      yield* rangeViolations('length', shape, items.length, path, JSON.stringify(items));
      for (const [index, item] of items.entries()) yield* violations(shape.of, item, `${path}.${index + 1}.member`);
      break;
    }
    case 'structure': {
      const structure = typed(value, 'object', path);
      for (const [name, member] of Object.entries(shape.members)) {
        const at = path === '' ? camel(name) : `${path}.${camel(name)}`;
        const given = structure[name] ?? undefined;
        if (given !== undefined) yield* violations(member, given, at);
        else if (shape.required?.includes(name)) yield violation('null', at, 'Member must not be null');
      }
    }
  }
}

function* stringViolations(shape: Shape & { kind: 'string' }, value: string, path: string): Generator<string> {
  const quoted = `'${value}'`;
  if (shape.oneOf && !shape.oneOf.includes(value)) {
    yield violation(quoted, path, `Member must satisfy enum value set: [${shape.oneOf.join(', ')}]`);
  }
  yield* rangeViolations('length', shape, value.length, path, value);
  if (shape.pattern && !shape.pattern.test(value)) {
    const pattern = shape.pattern.source.replace(/^\^(?:\(\?:)?/, '').replace(/\)?\$$/, '');
    yield violation(quoted, path, `Member must satisfy regular expression pattern: ${pattern}`);
  }
}

function* rangeViolations(
  what: 'length' | 'value', range: { readonly min?: number; readonly max?: number }, size: number, path: string,
  shown: string,
): Generator<string> {
  if (range.min !== undefined && size < range.min) {
    yield violation(`'${shown}'`, path, `Member must have ${what} greater than or equal to ${range.min}`);
  }
  if (range.max !== undefined && size > range.max) {
    yield violation(`'${shown}'`, path, `Member must have ${what} less than or equal to ${range.max}`);
  }
}

function violation(value: string, path: string, constraint: string): string {
  return `Value ${value} at '${path}' failed to satisfy constraint: ${constraint}`;
}

interface JsonTypes {
  string: string;
  number: number;
  array: readonly unknown[];
  object: Readonly<Record<string, unknown>>;
}

function typed<K extends keyof JsonTypes>(value: unknown, type: K, path: string): JsonTypes[K] {
  const actual = Array.isArray(value) ? 'array' : value === null ? 'null' : typeof value;
  if (actual === type && (type !== 'number' || Number.isInteger(value))) return value as JsonTypes[K];
  throw new AcmError('SerializationException', `${path || 'The body'} must be of type ${type}, not ${actual}`);
}

function camel(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}
