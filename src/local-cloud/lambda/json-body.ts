import { serialization } from './lambda-error.ts';

/** The body of a REST-JSON request. Null counts as left out; a member of another type is refused. */
export class JsonBody {
  readonly #members: Readonly<Record<string, unknown>>;

  constructor(members: Readonly<Record<string, unknown>>) {
    this.#members = members;
  }

  /** An empty body is an empty object. Throws SerializationException for what is no JSON object. */
  static parse(bytes: Uint8Array): JsonBody {
    if (bytes.length === 0) return new JsonBody({});
    let value: unknown;
    try {
      value = JSON.parse(Buffer.from(bytes).toString('utf8'));
    } catch (error) {
      throw serialization(`the body is not JSON: ${String(error)}`);
    }
    if (!isObject(value)) throw serialization('the body is not a JSON object');
    return new JsonBody(value);
  }

  text(name: string): string | undefined {
    return this.#member(name, 'a string', (value) => typeof value === 'string' ? value : undefined);
  }

  number(name: string): number | undefined {
    return this.#member(name, 'a number', (value) => typeof value === 'number' ? value : undefined);
  }

  flag(name: string): boolean {
    return this.#member(name, 'a boolean', (value) => typeof value === 'boolean' ? value : undefined) ?? false;
  }

  object(name: string): JsonBody | undefined {
    return this.#member(name, 'an object', (value) => isObject(value) ? new JsonBody(value) : undefined);
  }

  texts(name: string): string[] | undefined {
    return this.#member(name, 'a list of strings', (value) => (
      Array.isArray(value) && value.every((item) => typeof item === 'string') ? value : undefined));
  }

  /** All members that are not null, each of which must be a string. */
  textMap(): Record<string, string> {
    return this.#map((name) => this.text(name));
  }

  /** All members that are not null, each of which must be a number. */
  numberMap(): Record<string, number> {
    return this.#map((name) => this.number(name));
  }

  #map<T>(read: (name: string) => T | undefined): Record<string, T> {
    const map: Record<string, T> = {};
    for (const name of Object.keys(this.#members)) {
      const value = read(name);
      if (value !== undefined) map[name] = value;
    }
    return map;
  }

  #member<T>(name: string, wanted: string, read: (value: unknown) => T | undefined): T | undefined {
    const value = this.#members[name];
    if (value === undefined || value === null) return undefined;
    const found = read(value);
    if (found === undefined) throw serialization(`${name} is not ${wanted}`);
    return found;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The members that were given, for spreading over defaults. */
export function given<T extends object>(members: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(members).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> };
}
