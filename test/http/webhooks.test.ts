import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook as Verifier } from 'standardwebhooks';
import t, { type Test } from 'tap';
import { systemClock } from '../../src/adapters/system/clock.ts';
import { systemIds } from '../../src/adapters/system/ids.ts';
import { newWebhookSecret } from '../../src/adapters/system/webhook-secret.ts';
import { httpWebhookSender } from '../../src/adapters/webhook/http-webhook-sender.ts';
import { KeyedRun } from '../../src/operations/keyed-run.ts';
import { recordEvents } from '../../src/operations/record-events.ts';
import { listDeliveries, resendDelivery } from '../../src/operations/webhook-deliveries.ts';
import type { WebhookDeps } from '../../src/operations/webhook-deps.ts';
import {
  changeWebhook, createWebhook, deleteWebhook, getWebhook, listWebhooks, rotateSecret,
} from '../../src/operations/webhooks.ts';
import { webhookSweeps } from '../../src/worker/webhook-sweeps.ts';
import { createWorker } from '../../src/worker/worker.ts';
import { owed } from '../ports/event-record-contract.ts';
import { httpWorld } from '../support/http-world.ts';
import { memoryStores } from '../support/memory-table.ts';

interface Received { readonly path: string; readonly headers: IncomingHttpHeaders; readonly body: string }

async function receiver(t: Test, status = () => 200): Promise<{ url: string; received: Received[] }> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => { body += chunk; }).on('end', () => {
      received.push({ path: request.url ?? '', headers: request.headers, body });
      if (request.url === '/silent') return;
      response.writeHead(status(), request.url === '/moved' ? { location: '/elsewhere' } : {}).end('thanks');
    });
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received };
}

void t.test('webhooks over HTTP', async (t) => {
  const stores = memoryStores(() => Date.now());
  await stores.projects.create({
    projectId: 'p', collection: 'project', createdKey: '1', name: 'Site', createdAt: 1, updatedAt: 1, revision: 1, fence: 0,
  });
  const deps: WebhookDeps = {
    stores, clock: systemClock(), ids: systemIds(), newSecret: newWebhookSecret, random: Math.random,
    sender: httpWebhookSender({ timeoutMs: 5_000, allowPrivate: true }),
  };
  const log = { error: (details: object) => { throw (details as { err: Error }).err; } };
  const worker = createWorker({
    steps: webhookSweeps({ deps, leaseMs: 20_000, concurrency: 4, log }), clock: deps.clock, intervalMs: 50, log,
  });
  const { app, ask } = await httpWorld(t, {
    startRun: (request) => new KeyedRun({ ...deps, stores, settings: { leaseMs: 20_000 }, inBackground: () => undefined }, request),
    createWebhook: createWebhook(deps), listWebhooks: listWebhooks(deps), getWebhook: getWebhook(deps),
    changeWebhook: changeWebhook(deps), rotateWebhookSecret: rotateSecret(deps), deleteWebhook: deleteWebhook(deps),
    listDeliveries: listDeliveries(deps), resendDelivery: resendDelivery(deps),
  });
  let status = 500;
  const { url, received } = await receiver(t, () => status);

  const made = await ask('POST', '/projects/p/webhooks', { url: `${url}/hook`, types: ['project.created'] });
  const { webhookId, secret } = made.body as { webhookId: string; secret: string };
  const path = `/projects/p/webhooks/${webhookId}`;
  t.match(made, { status: 201, headers: { location: path }, body: { types: ['project.created'] } });
  t.match(secret, /^whsec_[A-Za-z0-9+/]{43}=$/);
  const shown = { webhookId, projectId: 'p', url: `${url}/hook`, types: ['project.created'] };
  for (const at of ['/projects/p/webhooks', path]) {
    const { body } = await ask('GET', at);
    t.match(at === path ? [body] : body, [shown]);
    t.notMatch(JSON.stringify(body), /secret|whsec/, 'the secret is not shown again');
  }

  await recordEvents(deps, 'p', [owed('e1', Date.now())]);
  await worker.runUntilIdle();
  t.match(await ask('GET', `${path}/deliveries`), { body: [{
    webhookId, type: 'project.created', state: 'pending', attempts: 1, lastAttempt: { status: 500, detail: null },
    nextAttemptAt: Number, deliveredAt: null,
  }] });
  const [{ deliveryId = '' } = {}] = (await ask('GET', `${path}/deliveries`)).body as { deliveryId?: string }[];
  status = 204;
  t.match(await ask('POST', `${path}/deliveries/${deliveryId}/resend`), { status: 202, body: { state: 'pending', attempts: 0 } });
  await worker.runUntilIdle();
  t.match(await ask('GET', `${path}/deliveries?state=delivered`), { body: [{ deliveryId, lastAttempt: { status: 204 } }] });
  t.same((await ask('GET', `${path}/deliveries?state=failed`)).body, []);
  t.equal(received.length, 2);
  for (const { headers, body } of received) {
    t.match(new Verifier(secret).verify(body, headers as Record<string, string>), {
      type: 'project.created', timestamp: /^\d{4}-\d\d-\d\dT/, data: { projectId: 'p', name: 'e1', caller: null },
    });
    t.match(headers, { 'content-type': 'application/json', 'webhook-id': `p_${deliveryId}` });
  }

  t.match(await ask('PATCH', path, { types: null }), { status: 200, body: { types: null } });
  const next = (await ask('POST', `${path}/rotate-secret`)).body as { secret: string };
  t.match(next.secret, /^whsec_/);
  t.not(next.secret, secret);
  await worker.runUntilIdle();
  for (const each of [secret, next.secret]) {
    t.doesNotThrow(() => new Verifier(each).verify(received.at(-1)?.body ?? '', received.at(-1)?.headers as Record<string, string>));
  }

  const again = async () => (await app.inject({
    method: 'POST', url: `${path}/rotate-secret`, headers: { 'x-user-id': 'ada', 'idempotency-key': 'k-1' },
  })).json<{ webhookId: string; secret: string | null }>();
  t.match(await again(), { webhookId, secret: /^whsec_/ });
  t.match(await again(), { webhookId, secret: null }, 'nobody finds it out by asking again');

  t.match(await ask('POST', '/projects/p/webhooks', { url: 'nonsense' }), { status: 400, body: { errors: [{ field: 'body/url' }] } });
  t.match(await ask('POST', '/projects/p/webhooks', { url, types: ['nonsense'] }), { status: 400 });
  t.match(await ask('GET', '/projects/p/webhooks/whk_none'), { status: 404, body: { code: 'webhook_not_found' } });
  t.match(await ask('POST', `${path}/deliveries/1/resend`), { status: 404, body: { code: 'delivery_not_found' } });
  t.match(await ask('DELETE', path), { status: 204 });
  t.match(await ask('DELETE', path), { status: 404 });
});

void t.test('a message is sent', async (t) => {
  const { url, received } = await receiver(t, () => 302);
  const body = '{"é":1}';
  await t.test('as it is, and a redirect is an answer like any other', async (t) => {
    const sender = httpWebhookSender({ timeoutMs: 5_000, allowPrivate: true });
    t.same(await sender.send(`${url}/moved`, { 'webhook-id': 'm' }, body), { kind: 'answered', status: 302 });
    t.match(received, [{ path: '/moved', body, headers: { 'webhook-id': 'm' } }]);
    t.equal(sender.refusal(url), undefined);
  });
  await t.test('for so long and no longer', async (t) => {
    const sender = httpWebhookSender({ timeoutMs: 100, allowPrivate: true });
    t.match(await sender.send(`${url}/silent`, {}, body), { kind: 'unanswered', detail: /within 100 ms/ });
    t.match(await sender.send('http://127.0.0.1:1/', {}, body), { kind: 'unanswered', detail: /could not be reached: ECONNREFUSED/ });
  });
  await t.test('to public addresses alone', async (t) => {
    const count = received.length;
    const sender = httpWebhookSender({ timeoutMs: 5_000, allowPrivate: false });
    for (const refused of [url, 'https://127.0.0.1/', 'https://[::1]/', 'https://169.254.169.254/latest', 'https://2130706433/']) {
      t.match(await sender.send(refused, {}, body), { kind: 'unanswered', detail: /WEBHOOK_ALLOW_PRIVATE/ }, refused);
    }
    t.match(await sender.send('https://localhost:1/', {}, body), {
      kind: 'unanswered', detail: /localhost leads to .* no public address; WEBHOOK_ALLOW_PRIVATE/,
    }, 'also where a name leads to another');
    t.equal(sender.refusal('https://hooks.example.com/x'), undefined);
    t.equal(received.length, count);
  });
});
