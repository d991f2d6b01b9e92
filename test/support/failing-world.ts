/**
 * One place where the world can fail: wraps any port so that each call can be delayed, refused, lost
 * after its effect, or be the last thing its process ever does.
 */
export class Crash extends Error {
  override readonly name = 'Crash';
}

export interface CallSite {
  /** Counts from 1 over all wrapped ports of one gate. */
  readonly index: number;
  /** e.g. `functions.moveAlias`. */
  readonly name: string;
  readonly args: readonly unknown[];
}

/** Hooks may throw, wait, or end the process by `die()`. */
export interface Fault {
  /** Before the call is sent. */
  before?(call: CallSite, die: () => never): void | Promise<void>;
  /** After it took effect, before its answer is read. */
  after?(call: CallSite, die: () => never): void | Promise<void>;
}

export class Gate {
  readonly calls: string[] = [];
  #dead = false;
  readonly #fault: Fault;

  constructor(fault: Fault = {}) {
    this.#fault = fault;
  }

  /** The process ends: no later call of it is ever sent, no answer ever read. */
  readonly kill = (): never => {
    this.#dead = true;
    throw new Crash('the process died');
  };

  get dead(): boolean {
    return this.#dead;
  }

  async pass<T>(name: string, args: readonly unknown[], call: () => Promise<T>): Promise<T> {
    if (this.#dead) throw new Crash('the process is dead');
    const site = { index: this.calls.push(name), name, args };
    await this.#fault.before?.(site, this.kill);
    if (this.#dead) throw new Crash('the process is dead');
    const answer = await call();
    await this.#fault.after?.(site, this.kill);
    if (this.#dead) throw new Crash('the process is dead');
    return answer;
  }

  wrap<T extends object>(port: T, name: string): T {
    return new Proxy(port, {
      get: (target, property) => {
        const value: unknown = Reflect.get(target, property);
        if (typeof value !== 'function') return value;
        return (...args: unknown[]) =>
          this.pass(`${name}.${String(property)}`, args, () => Promise.resolve(Reflect.apply(value, target, args)));
      },
    });
  }

  /** Wraps each port of a record of ports, such as the stores. */
  wrapAll<T extends object>(ports: T, prefix: string): T {
    return Object.fromEntries(
      Object.entries(ports).map(([name, port]) => [name, this.wrap(port as object, `${prefix}.${name}`)]),
    ) as T;
  }
}

/** Ends the process just before call `index` is sent, or just after it took effect. */
export function crashAt(index: number, moment: 'before' | 'after'): Fault {
  return {
    [moment]: (call: CallSite, die: () => never) => {
      if (call.index === index) die();
    },
  };
}
