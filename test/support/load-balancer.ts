import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { exchange, type Answer } from './http-exchange.ts';

interface Target {
  readonly url: string;
  readonly agent: Agent;
  /** `silent`: it was ready and does not answer its checks. */
  state: 'away' | 'ready' | 'silent';
  /** Checks in a row without an answer. */
  unanswered: number;
}

const CHECK_EVERY_MS = 100;
const CHECK_LASTS_MS = 2_000;
/** One that is late for once, on a machine that does other work, is no reason to do without a replica. */
const MOST_UNANSWERED = 2;

/**
 * As a load balancer in front of several replicas does it: keeps connections open, sends to each in turn, and to none whose
 * `/readyz` does not say that it is ready. Nothing is tried twice.
 */
export class LoadBalancer {
  /** What the replicas said that were ready no more. */
  readonly turnedAway: string[] = [];
  readonly #targets = new Map<string, Target>();
  readonly #stopped = new AbortController();
  readonly #checking: Promise<void>;
  #turn = 0;

  constructor() {
    this.#checking = this.#check();
  }

  add(name: string, url: string): void {
    this.#targets.set(name, { url, agent: new Agent({ keepAlive: true }), state: 'away', unanswered: 0 });
  }

  remove(name: string): void {
    this.#targets.get(name)?.agent.destroy();
    this.#targets.delete(name);
  }

  get ready(): number {
    return this.#in('ready').length;
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
    const ready = this.#in('ready');
    // As load balancers do: rather one that is slow than nobody.
    const from = ready.length > 0 ? ready : this.#in('silent');
    const target = from[this.#turn++ % Math.max(1, from.length)];
    if (!target) throw new Error('no replica is ready');
    return target;
  }

  #in(wanted: Target['state']): Target[] {
    return [...this.#targets.values()].filter(({ state }) => state === wanted);
  }

  async #check(): Promise<void> {
    while (!this.#stopped.signal.aborted) {
      await Promise.all([...this.#targets].map(([name, target]) => this.#checkOne(name, target)));
      await sleep(CHECK_EVERY_MS);
    }
  }

  async #checkOne(name: string, target: Target): Promise<void> {
    const answer = await Promise.race([
      exchange(`${target.url}/readyz`).catch(() => undefined), sleep(CHECK_LASTS_MS, undefined, { ref: false }),
    ]);
    target.unanswered = answer ? 0 : target.unanswered + 1;
    if (answer?.status === 200) target.state = 'ready';
    else if (answer && target.state !== 'away') {
      target.state = 'away';
      this.turnedAway.push(`${name}: ${answer.text}`);
    } else if (target.state === 'ready' && target.unanswered > MOST_UNANSWERED) target.state = 'silent';
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
