import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

type Handlers = Readonly<Record<string, (value: unknown) => unknown>>;

interface Question { readonly id: number; readonly name: string; readonly value: unknown }
interface Reply { readonly id: number; readonly value: unknown }

/** In a child: answers what the parent asks for, and ends with it. To `ready` it answers what its start has made. */
export function answerParent(handlers: Handlers): void {
  process.on('disconnect', () => process.exit());
  process.on('message', ({ id, name, value }: Question) => {
    void Promise.resolve(handlers[name]?.(value)).then((answer) => process.send?.({ id, value: answer }));
  });
}

/** A program of the benchmark in a process of its own. */
export class BenchChild {
  readonly #process: ChildProcess;
  readonly #waiting = new Map<number, (value: unknown) => void>();
  #asked = 0;

  /** `file` is compiled and lies beside this one. */
  constructor(file: string, env: Readonly<Record<string, string>> = {}) {
    this.#process = fork(fileURLToPath(new URL(file, import.meta.url)), { env: { PATH: process.env['PATH'], ...env } });
    this.#process.on('message', ({ id, value }: Reply) => {
      this.#waiting.get(id)?.(value);
      this.#waiting.delete(id);
    });
    this.#process.on('exit', (code, signal) => {
      if (this.#waiting.size > 0) throw new Error(`${file} ended with ${code ?? signal} before it had answered`);
    });
  }

  ask<T>(name: string, value?: unknown): Promise<T> {
    const id = ++this.#asked;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve as (answer: unknown) => void);
      this.#process.send({ id, name, value });
    });
  }

  end(): void {
    this.#waiting.clear();
    this.#process.kill('SIGTERM');
  }
}
