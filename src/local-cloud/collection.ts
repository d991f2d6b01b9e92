/** Where the embedded cloud remembers things; written through at once, so that nothing is lost by `kill -9`. */
export interface Persistence {
  load(collection: string): Iterable<readonly [key: string, value: unknown]>;
  save(collection: string, key: string, value: unknown): void;
  remove(collection: string, key: string): void;
}

/** A map of plain JSON values, in memory for reading and written through for keeping. */
export class Collection<T> {
  readonly #items = new Map<string, T>();
  readonly #persistence: Persistence;
  readonly #name: string;

  constructor(persistence: Persistence, name: string) {
    this.#persistence = persistence;
    this.#name = name;
    for (const [key, value] of persistence.load(name)) this.#items.set(key, value as T);
  }

  get(key: string): T | undefined {
    return this.#items.get(key);
  }

  set(key: string, value: T): void {
    this.#persistence.save(this.#name, key, value);
    this.#items.set(key, value);
  }

  delete(key: string): void {
    this.#persistence.remove(this.#name, key);
    this.#items.delete(key);
  }

  values(): IterableIterator<T> {
    return this.#items.values();
  }
}

export function memoryPersistence(): Persistence {
  return { load: () => [], save: () => undefined, remove: () => undefined };
}
