import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { exchange, type Answer } from './http-exchange.ts';

interface Target {
  readonly url: string;
  readonly agent: Agent;
  healthy: boolean;
}

const CHECK_EVERY_MS = 100;
const CHECK_LASTS_MS = 2_000;

/**
 * As a load balancer in front of several replicas does it: keeps connections open, sends to each in turn, and to none whose
 * `/readyz` does not say that it is ready. Nothing is tried twice.
 */
export class LoadBalancer {
  readonly #targets = new Map<string, Target>();
  readonly #stopped = new AbortController();
  readonly #checking: Promise<void>;
  #turn = 0;

  constructor() {
    this.#checking = this.#check();
  }

  add(name: string, url: string): void {
    this.#targets.set(name, { url, agent: new Agent({ keepAlive: true }), healthy: false });
  }

  remove(name: string): void {
    this.#targets.get(name)?.agent.destroy();
    this.#targets.delete(name);
  }

  get healthy(): number {
    return [...this.#targets.values()].filter((target) => target.healthy).length;
  }

  /** Rejects when nobody is ready, or the connection fails. */
  async ask(method: string, path: string, body?: object): Promise<Answer> {
    const { url, agent } = this.#next();
    return send(url + path, { method, body, agent });
  }

  /** Where to open a stream. */
  urlOf(path: string): string {
    return this.#next().url + path;
  }

  async close(): Promise<void> {
    this.#stopped.abort();
    await this.#checking;
    for (const name of [...this.#targets.keys()]) this.remove(name);
  }

  #next(): Target {
    const ready = [...this.#targets.values()].filter(({ healthy }) => healthy);
    const target = ready[this.#turn++ % Math.max(1, ready.length)];
    if (!target) throw new Error('no replica is ready');
    return target;
  }

  async #check(): Promise<void> {
    while (!this.#stopped.signal.aborted) {
      await Promise.all([...this.#targets.values()].map(async (target) => {
        const answer = exchange(`${target.url}/readyz`).then(({ status }) => status === 200, () => false);
        target.healthy = await Promise.race([answer, sleep(CHECK_LASTS_MS, false)]);
      }));
      await sleep(CHECK_EVERY_MS);
    }
  }
}

function send(url: string, { method, body, agent }: { method: string; body: object | undefined; agent: Agent }): Promise<Answer> {
  const payload = body && JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const asking = request(url, {
      method, agent, headers: { 'x-user-id': 'ada', ...(payload !== undefined && { 'content-type': 'application/json' }) },
    }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => { text += chunk; });
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
    });
    asking.on('error', reject);
    asking.end(payload);
  });
}
