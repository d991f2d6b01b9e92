import { Webhook as Verifier } from 'standardwebhooks';
import t, { type Test } from 'tap';
import { newWebhookSecret } from '../../src/adapters/system/webhook-secret.ts';
import type { KeyedRun } from '../../src/operations/keyed-run.ts';
import { deleteProject } from '../../src/operations/delete-project.ts';
import { recordEvents } from '../../src/operations/record-events.ts';
import { listDeliveries, resendDelivery } from '../../src/operations/webhook-deliveries.ts';
import type { WebhookDeps } from '../../src/operations/webhook-deps.ts';
import { changeWebhook, createWebhook, deleteWebhook, listWebhooks, rotateSecret } from '../../src/operations/webhooks.ts';
import type { Stores } from '../../src/ports/stores.ts';
import type { SendAnswer } from '../../src/ports/webhook-sender.ts';
import { webhookSweeps } from '../../src/worker/webhook-sweeps.ts';
import { createWorker } from '../../src/worker/worker.ts';
import { owed, recorded } from '../ports/event-record-contract.ts';
import { Crash, Gate, crashAt, type Fault } from '../support/failing-world.ts';
import { memoryStores } from '../support/memory-table.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

/** `CRASH_MATRIX=full` dies around every call; by default around every sixth. */
const CALLS_APART = process.env['CRASH_MATRIX'] === 'full' ? 1 : 6;
const LEASE_MS = 30_000;
const URL_A = 'https://a.example.com/hook?key=receivers-own';

interface Received {
  readonly url: string;
  readonly id: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Project `p`, receivers that note what they get, and a clock that the test moves; the verifier takes the real time. */
class World {
  readonly clock = new VirtualClock({ nowMs: Date.now() });
  readonly stores: Stores = memoryStores(() => this.clock.now());
  readonly received: Received[] = [];
  readonly outcomes: string[] = [];
  answer: (url: string) => SendAnswer = () => ({ kind: 'answered', status: 204 });
  #ids = 0;

  static async open(): Promise<World> {
    const world = new World();
    await world.stores.projects.create({
      projectId: 'p', collection: 'project', createdKey: '1', name: 'Site', createdAt: 1, updatedAt: 1, revision: 1, fence: 0,
    });
    return world;
  }

  replica(fault: Fault = {}) {
    const gate = new Gate(fault);
    const sender = {
      refusal: () => undefined,
      send: async (url: string, headers: Readonly<Record<string, string>>, body: string) => {
        const answer = this.answer(url);
        this.received.push({ url, id: headers['webhook-id'] ?? '', headers, body });
        return answer;
      },
    };
    const deps: WebhookDeps = {
      stores: gate.wrapAll(this.stores, 'store'), clock: this.clock,
      sender: { refusal: sender.refusal, send: gate.wrap(sender, 'sender').send },
      metrics: { deliveryTried: ({ outcome }) => { this.outcomes.push(outcome); } },
      ids: { next: (prefix) => `${prefix}_${++this.#ids}` }, newSecret: newWebhookSecret, random: () => 0.5,
    };
    const log = { error: (details: object) => {
      const { err } = details as { err: unknown };
      if (!(err instanceof Crash)) throw err;
    } };
    const steps = webhookSweeps({ deps, leaseMs: LEASE_MS, concurrency: 4, log });
    return { deps, gate, worker: createWorker({ steps, clock: this.clock, intervalMs: 500, log }) };
  }

  /** A webhook whose own creation is told already. */
  async hook(replica: ReturnType<World['replica']>, input: { url?: string; types?: ['project.created'] } = {}) {
    const { webhook, secret } = await createWebhook(replica.deps)('p', { url: input.url ?? URL_A, ...input });
    await replica.worker.runUntilIdle();
    this.received.length = 0;
    return { webhookId: webhook.webhookId, secret };
  }

  record(deps: WebhookDeps, ...keys: string[]): Promise<void> {
    return recordEvents(deps, 'p', keys.map((key) => owed(key, this.clock.now())));
  }
}

const nameOf = ({ body }: Received) => (JSON.parse(body) as { data: { name: string } }).data.name;
const keys = (count: number) => Array.from({ length: count }, (_, index) => `e${index + 1}`);

function checkSigned(t: Test, { body, headers }: Received, secret: string): void {
  t.doesNotThrow(() => new Verifier(secret).verify(body, { ...headers }), 'the public library takes the signature');
}

void t.test('a webhook', async (t) => {
  await t.test('gets every event from its creation on, signed', async (t) => {
    const w = await World.open();
    const replica = w.replica();
    await w.record(replica.deps, 'before');
    const { webhook, secret } = await createWebhook(replica.deps)('p', { url: URL_A });
    await w.record(replica.deps, 'e1', 'e2');
    await replica.worker.runUntilIdle();
    t.same(w.received.map(({ body }) => (JSON.parse(body) as { type: string }).type).sort(),
      ['project.created', 'project.created', 'webhook.created']);
    for (const message of w.received) checkSigned(t, message, secret);
    const [first] = w.received;
    if (!first) return t.fail('nothing came');
    t.throws(() => new Verifier(secret).verify(`${first.body} `, { ...first.headers }), 'a changed body is noticed');
    t.throws(() => new Verifier(newWebhookSecret()).verify(first.body, { ...first.headers }), 'so is another secret');
    t.match((await listDeliveries(replica.deps)('p', webhook.webhookId, {}, { limit: 10 })).items,
      [{ state: 'delivered', attempts: 1, lastAttempt: { status: 204 } }, {}, {}]);
    const told = JSON.stringify(await recorded(w.stores, 'p'));
    t.notMatch(told, /whsec_|receivers-own/, 'neither the secret nor what the receiver hides in its URL is told');
  });

  await t.test('gets the types that it wants', async (t) => {
    const w = await World.open();
    const replica = w.replica();
    const { webhookId } = await w.hook(replica, { types: ['project.created'] });
    await changeWebhook(replica.deps)('p', webhookId, { url: 'https://b.example.com/' });
    await w.record(replica.deps, 'e1');
    await replica.worker.runUntilIdle();
    t.match(w.received.map(({ url, body }) => [url, (JSON.parse(body) as { type: string }).type]),
      [['https://b.example.com/', 'project.created']]);
    await changeWebhook(replica.deps)('p', webhookId, { types: null });
    await replica.worker.runUntilIdle();
    t.match(w.received.slice(1).map(({ body }) => JSON.parse(body) as object), [{ type: 'webhook.changed' }]);
  });

  await t.test('that fails for a minute gets everything afterwards, and holds up no other', async (t) => {
    const w = await World.open();
    const replica = w.replica();
    const { webhookId, secret } = await w.hook(replica);
    await w.hook(replica, { url: 'https://b.example.com/' });
    const wellFrom = w.clock.now() + 60_000;
    const ok = new Set<string>();
    w.answer = (url) => {
      if (!url.startsWith('https://a.')) return { kind: 'answered', status: 200 };
      if (w.clock.now() >= wellFrom) return { kind: 'answered', status: 200 };
      return ok.size % 2 === 0 ? { kind: 'answered', status: 500 } : { kind: 'unanswered', detail: 'The receiver hung up.' };
    };
    for (const key of keys(20)) {
      await w.record(replica.deps, key);
      await replica.worker.runUntilIdle();
      w.clock.advance(2_000);
    }
    t.equal(w.received.filter(({ url }) => url.startsWith('https://b.')).length, 20, 'the other has them all');
    t.match((await listDeliveries(replica.deps)('p', webhookId, { state: 'pending' }, { limit: 100 })).items.length, 20);
    const tries = w.received.length;
    t.same(new Set(w.outcomes), new Set(['delivered', 'retried']), 'operators see how it goes');
    // Another process goes on where this one stopped.
    const next = w.replica();
    while (w.clock.now() < wellFrom + 120_000) {
      w.clock.advance(1_000);
      await next.worker.runUntilIdle();
    }
    const late = w.received.slice(tries).filter(({ url }) => url.startsWith('https://a.'));
    t.ok(late.length < 20 * 8, `it is asked less and less: ${late.length} attempts`);
    const { items } = await listDeliveries(next.deps)('p', webhookId, {}, { limit: 100 });
    t.ok(items.every(({ state }) => state === 'delivered'));
    t.same([...new Set(late.map(nameOf))].filter((name) => name !== undefined).sort(), keys(20).sort());
    for (const message of late) checkSigned(t, message, secret);
    const ids = new Map(w.received.map((message) => [message.id, message.body]));
    t.ok(w.received.every((message) => ids.get(message.id) === message.body), 'an id always comes with the same body');
  });

  await t.test('that never answers is given up after three days, and can be asked again', async (t) => {
    const w = await World.open();
    const replica = w.replica();
    const { webhookId } = await w.hook(replica);
    w.answer = () => ({ kind: 'answered', status: 503 });
    await w.record(replica.deps, 'e1');
    for (let hour = 0; hour < 80; hour++) {
      await replica.worker.runUntilIdle();
      w.clock.advance(3_600_000 * 1.2);
    }
    const [delivery] = (await listDeliveries(replica.deps)('p', webhookId, { state: 'failed' }, { limit: 9 })).items;
    t.match(delivery, { state: 'failed', lastAttempt: { status: 503 }, dueAt: undefined });
    w.answer = () => ({ kind: 'answered', status: 200 });
    await resendDelivery(replica.deps)('p', webhookId, delivery?.deliveryId ?? '');
    await replica.worker.runUntilIdle();
    t.match((await listDeliveries(replica.deps)('p', webhookId, {}, { limit: 1 })).items, [{ state: 'delivered', attempts: 1 }]);
    t.equal(new Set(w.received.map(({ id, body }) => id + body)).size, 1, 'the message stayed the same');
    await t.rejects(resendDelivery(replica.deps)('p', webhookId, '1'), { code: 'delivery_not_found' });
  });

  await t.test('can be given a new secret while the one before it still holds', async (t) => {
    const w = await World.open();
    const replica = w.replica();
    const { webhookId, secret: first } = await w.hook(replica);
    const { secret: second } = await rotateSecret(replica.deps)('p', webhookId);
    await replica.worker.runUntilIdle();
    const [message] = w.received;
    if (!message) return t.fail('nothing came');
    for (const secret of [first, second]) checkSigned(t, message, secret);
    const { secret: third } = await rotateSecret(replica.deps)('p', webhookId);
    await replica.worker.runUntilIdle();
    const last = w.received.at(-1);
    if (!last) return t.fail('nothing came');
    for (const secret of [second, third]) checkSigned(t, last, secret);
    t.throws(() => new Verifier(first).verify(last.body, { ...last.headers }), 'the oldest has ended');
    w.clock.advance(25 * 3_600_000);
    await w.record(replica.deps, 'e1');
    await replica.worker.runUntilIdle();
    t.equal(w.received.at(-1)?.headers['webhook-signature']?.split(' ').length, 1, 'after a day the newest signs alone');
  });

  await t.test('that is deleted gets nothing more', async (t) => {
    const w = await World.open();
    const replica = w.replica();
    const { webhookId } = await w.hook(replica);
    w.answer = () => ({ kind: 'answered', status: 500 });
    await w.record(replica.deps, 'e1');
    await replica.worker.runUntilIdle();
    const tries = w.received.length;
    await deleteWebhook(replica.deps)('p', webhookId);
    w.clock.advance(60_000);
    await replica.worker.runUntilIdle();
    t.equal(w.received.length, tries);
    const deliveries = await w.stores.deliveries.query({ hash: webhookId, order: 'ascending', limit: 9 });
    t.same(deliveries.map(({ state }) => state), ['delivered'], 'what was on its way is dropped');
    t.match((await recorded(w.stores, 'p')).at(-1), { type: 'webhook.deleted', data: { webhookId, host: 'a.example.com' } });
    await t.rejects(deleteWebhook(replica.deps)('p', webhookId), { code: 'webhook_not_found' });
    await w.hook(replica);
    await deleteProject({ ...replica.deps, stores: w.stores })('p');
    t.same(await w.stores.webhooks.query({ hash: 'p', order: 'ascending', limit: 9 }), [], 'nor does one of a project that is');
    await t.rejects(listWebhooks(replica.deps)('p', { limit: 1 }), { code: 'project_not_found' });
  });

  await t.test('is one of few, on a URL that can be one', async (t) => {
    const w = await World.open();
    const { deps } = w.replica();
    for (const url of ['nonsense', 'ftp://a.example.com', 'https://user:pass@a.example.com', 'https://a.example.com/#x']) {
      await t.rejects(createWebhook(deps)('p', { url }), { code: 'invalid_request', errors: [{ field: 'body/url' }] }, url);
    }
    const refusing = { ...deps, sender: { ...deps.sender, refusal: () => 'must be a public address' } };
    await t.rejects(createWebhook(refusing)('p', { url: URL_A }), { code: 'invalid_request' });
    for (let made = 0; made < 10; made++) await createWebhook(deps)('p', { url: URL_A });
    await t.rejects(createWebhook(deps)('p', { url: URL_A }), { code: 'too_many_webhooks' });
    await t.rejects(createWebhook(deps)('q', { url: URL_A }), { code: 'project_not_found' });
  });

  await t.test('that a request has made is answered with a new secret when the request comes again', async (t) => {
    const w = await World.open();
    const { deps } = w.replica();
    const run = { idOf: () => 'whk_same' } as unknown as KeyedRun;
    const first = await createWebhook(deps)('p', { url: URL_A }, run);
    const again = await createWebhook(deps)('p', { url: URL_A }, run);
    t.equal(again.webhook.webhookId, first.webhook.webhookId);
    t.not(again.secret, first.secret, 'the first was never told to anybody');
    const stored = await w.stores.webhooks.get({ projectId: 'p', webhookId: 'whk_same' });
    t.equal(stored?.secrets[0]?.secret, again.secret);
  });

  await t.test('that others change at the same time is changed after them, or not at all', async (t) => {
    const w = await World.open();
    const { webhookId } = await w.hook(w.replica());
    let others = 2;
    const busy = w.replica({ before: async ({ name }) => {
      if (name !== 'store.webhooks.replace' || others-- <= 0) return;
      await w.stores.webhooks.update({ projectId: 'p', webhookId }, { add: { revision: 1 } });
    } });
    t.match(await changeWebhook(busy.deps)('p', webhookId, { url: 'https://b.example.com/' }), { url: 'https://b.example.com/' });
    others = Infinity;
    await t.rejects(changeWebhook(busy.deps)('p', webhookId, { url: URL_A }), { code: 'project_busy', retryAfterSeconds: 1 });
  });

  await t.test('that is deleted twice, since a process died, is told of once', async (t) => {
    const w = await World.open();
    const { webhookId } = await w.hook(w.replica());
    const dying = w.replica({ before: ({ name }, die) => { if (name === 'store.webhooks.remove') die(); } });
    await t.rejects(deleteWebhook(dying.deps)('p', webhookId), Crash);
    w.clock.advance(3_600_000);
    await deleteWebhook(w.replica().deps)('p', webhookId);
    t.same((await recorded(w.stores, 'p')).map(({ type }) => type), ['webhook.created', 'webhook.deleted']);
  });

  await t.test('does not outlive a project that closes meanwhile', async (t) => {
    const w = await World.open();
    const { deps } = w.replica({ after: async ({ name }) => {
      if (name === 'store.webhooks.create') await w.stores.projects.update({ projectId: 'p' }, { set: { closing: true } });
    } });
    await t.rejects(createWebhook(deps)('p', { url: URL_A }), { code: 'project_busy' });
    t.same(await w.stores.webhooks.query({ hash: 'p', order: 'ascending', limit: 9 }), []);
  });
});

void t.test('a process may die at any call between an event and its delivery', async (t) => {
  const run = async (fault?: Fault) => {
    const w = await World.open();
    const { webhookId } = await w.hook(w.replica());
    const dying = w.replica(fault);
    await w.record(dying.deps, 'e1', 'e2', 'e3').catch(() => undefined);
    await dying.worker.runUntilIdle(9);
    return { w, webhookId, dying };
  };
  const rehearsal = await run();
  t.same(rehearsal.w.received.map(nameOf).sort(), keys(3), 'undisturbed, each is sent once');
  const { calls } = rehearsal.dying.gate;
  for (const [first, moment] of (['before', 'after'] as const).entries()) {
    for (let index = first * Math.floor(CALLS_APART / 2); index < calls.length; index += CALLS_APART) {
      const { w, webhookId } = await run(crashAt(index + 1, moment));
      const next = w.replica();
      // Whoever owes them tries again.
      await w.record(next.deps, 'e1', 'e2', 'e3');
      for (let pass = 0; pass < 4; pass++) {
        w.clock.advance(LEASE_MS + 1);
        await next.worker.runUntilIdle();
      }
      const what = `${moment} call ${index + 1} ${calls[index]}`;
      t.same([...new Set(w.received.map(nameOf))].sort(), keys(3), what);
      t.ok(w.received.length <= 6, `${what}: only what was on its way is sent twice`);
      const left = await w.stores.deliveries.query({ hash: webhookId, where: { state: 'pending' }, order: 'ascending', limit: 9 });
      t.same(left, [], what);
      t.notOk((await w.stores.feeds.get({ projectId: 'p' }))?.dueAt, `${what}: all is dispatched`);
    }
  }
});
