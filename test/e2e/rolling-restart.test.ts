import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Webhook as Verifier } from 'standardwebhooks';
import t, { type Test } from 'tap';
import { loadConfig } from '../../src/config.ts';
import { startDemoCloud } from '../../src/local-cloud/demo-cloud.ts';
import { AnchorClient } from '../support/anchor-client.ts';
import { type Child, startProgram } from '../support/child-process.ts';
import { FollowedEvents } from '../support/followed-events.ts';
import { LoadBalancer } from '../support/load-balancer.ts';
import { type Environment, QUICK } from '../support/running-anchor.ts';
import { createSite, post, readAll, type Site } from '../support/site.ts';
import { waitUntil } from '../support/wait-until.ts';

/** Rounds in which each replica is restarted once; the receiver of webhooks fails for a minute meanwhile. */
const ROUNDS = Number(process.env['ROLLING_RESTARTS'] ?? 0);
const REQUESTS_A_SECOND = 200;
const RECEIVER_FAILS_MS = 60_000;
const SITES = 3;
const CHANGE_EVERY_MS = 1_000;

/** Leases so long that whatever is not given back is missed; the time to drain that is usual on AWS. */
const SETTINGS = {
  ...QUICK, LOG_LEVEL: 'info', DRAIN_DELAY_MS: '5000', WORKER_LEASE_MS: '600000', OPERATION_LEASE_MS: '600000',
  // The first pause after a failed delivery is a second; nothing is looked at more often.
  WORKER_INTERVAL_MS: '100', EVENT_POLL_MS: '200',
};

const skip = ROUNDS === 0 && 'ROLLING_RESTARTS=1 restarts each of two replicas once, for two minutes; .ci/run does so twice';

void t.test('two replicas are restarted in turn under load, and nobody notices', { skip, timeout: 600_000 }, async (t) => {
  const { localCloud } = loadConfig(QUICK);
  const cloud = await startDemoCloud(localCloud, { deploymentIds: ['dep_older', 'dep_newer'], aliasName: 'live' });
  t.teardown(() => cloud.close());
  const environment = {
    ...SETTINGS, DATA_DIR: t.testdir(),
    AWS_ENDPOINT_URL: cloud.cloudUrl, DNS_SERVERS: `127.0.0.1:${cloud.dnsPort}`, LOCAL_DNS_PORT: String(cloud.dnsPort),
  };
  const balancer = new LoadBalancer();
  t.teardown(() => balancer.close());
  const replicas = new Map<string, Child>();
  const start = async (name: string) => {
    const { child, url } = await startReplica(t, environment);
    replicas.set(name, child);
    balancer.add(name, url);
    return url;
  };
  const [url] = [await start('a'), await start('b')];
  await waitUntil('both are ready', async () => balancer.ready === 2 || undefined);

  const sites: Site[] = [];
  for (let index = 0; index < SITES; index++) sites.push(await createSite(url, cloud.cloud, `site-${index}`));
  const receiver = await startReceiver(t);
  const [hooked] = sites;
  if (!hooked) throw new Error('there is a site');
  const { secret } = await post<{ secret: string }>(url, `/projects/${hooked.projectId}/webhooks`, { url: `${receiver.url}/hook` });
  const streams = new Map(sites.map(({ projectId }) => [projectId, new FollowedEvents(() => balancer.urlOf(`/projects/${projectId}/events`))]));
  const load = new Load(balancer, sites);

  for (let round = 1; round <= ROUNDS; round++) {
    for (const name of ['a', 'b']) {
      const anchor = new AnchorClient({ url: balancer.urlOf(''), cloudUrl: cloud.cloudUrl, edgeUrl: cloud.edgeUrl });
      const domain = await anchor.addDomain(`${name}${round}.example.com`);
      await anchor.setRecord(domain);
      // It is half done, and leased now and then by the one that goes.
      const ended = await replicas.get(name)?.kill('SIGTERM');
      t.same(ended, { code: 0, signal: null }, `round ${round}: replica ${name} ends well within its 25 seconds`);
      balancer.remove(name);
      const other = new AnchorClient({ ...anchor.urls, url: balancer.urlOf('') });
      t.match(await other.untilActive(domain), { status: 'active' }, 'the other goes on with what it had in its hands');
      await start(name);
      await waitUntil(`replica ${name} is ready again`, async () => balancer.ready === 2 || undefined);
      await sleep(2_000);
    }
  }
  await waitUntil('the receiver is well', async () => receiver.isWell() || undefined, {});
  const changes = await load.stop();
  t.comment(`${load.answered} requests in ${Math.round(load.tookMs / 1000)} s, ${changes.length} of them changes of live; `
    + `${[...streams.values()].reduce((sum, { reconnects }) => sum + reconnects, 0)} streams were cut off`);
  t.same(load.failures, [], 'no request is lost');
  t.equal(balancer.turnedAway.length, ROUNDS * 2, 'each restart was announced');
  for (const said of balancer.turnedAway) t.match(said, /is shutting down/);
  t.same([...streams.values()].flatMap(({ failures }) => failures), [], 'no stream is turned away');
  t.ok(load.answered > REQUESTS_A_SECOND * (load.tookMs / 1000) * 0.9, 'at the rate it was meant to be');

  for (const { projectId } of sites) {
    const operationIds = changes.filter((change) => change.projectId === projectId).map(({ operationId }) => operationId);
    await checkEvents(t, { url: balancer.urlOf(''), projectId, operationIds, stream: streams.get(projectId) });
  }
  await checkWebhook(t, { url: balancer.urlOf(''), projectId: hooked.projectId, secret, receiver });
  for (const child of replicas.values()) {
    t.same(await child.kill('SIGTERM'), { code: 0, signal: null });
    t.notMatch(child.stdout, /"level":[56]0/, 'and nothing went wrong inside');
  }
});

async function startReplica(t: Test, environment: Environment): Promise<{ child: Child; url: string }> {
  const child = startProgram(t, 'main', environment);
  const [, url = ''] = await child.untilPrinted(/Anchor is ready at (\S+)/);
  return { child, url };
}

interface Change { readonly projectId: string; readonly operationId: string }

/** Reads of all kinds at a steady rate, and one change after the other of each project. */
class Load {
  answered = 0;
  tookMs = 0;
  readonly failures: string[] = [];
  readonly #changes: Change[] = [];
  readonly #underway = new Set<Promise<unknown>>();
  readonly #startedAt = performance.now();
  readonly #timer: NodeJS.Timeout;
  readonly #changing: Promise<void>[];
  #asked = 0;
  #stopped = false;

  constructor(balancer: LoadBalancer, sites: readonly Site[]) {
    const reads = ['', '/deployments?limit=5', '/events?limit=5', '', '/operations?limit=5', '/pin', '', '/domains'];
    const paths = [...sites.flatMap(({ projectId }) => reads.map((part) => `/projects/${projectId}${part}`)),
      ...sites.map(({ projectId }) => `/projects/${projectId}/live`)];
    // As many as are missing, so that a slow timer makes no smaller load.
    this.#timer = setInterval(() => {
      const wanted = (performance.now() - this.#startedAt) / 1000 * REQUESTS_A_SECOND;
      while (this.#asked < wanted) void this.#ask(balancer, 'GET', paths[this.#asked % paths.length] ?? '');
    }, 20);
    this.#changing = sites.map(async (site) => {
      for (let count = 0; !this.#stopped; count++) {
        const deploymentId = site.deploymentIds[count % site.deploymentIds.length];
        const [path, body] = count % 3 === 2 ? ['promote', { deploymentId, override: true }] as const
          : ['rollback', { targetDeploymentId: deploymentId }] as const;
        const text = await this.#ask(balancer, 'POST', `/projects/${site.projectId}/${path}`, body);
        const { operationId } = JSON.parse(text || '{}') as { operationId?: string };
        if (operationId) this.#changes.push({ projectId: site.projectId, operationId });
        await sleep(CHANGE_EVERY_MS);
      }
    });
  }

  #ask(balancer: LoadBalancer, method: string, path: string, body?: object): Promise<string> {
    this.#asked += 1;
    const asking = balancer.ask(method, path, body).then(({ status, text }) => {
      this.answered += 1;
      // A project without a pin has none.
      const expected = status === 200 || (path.endsWith('/pin') && status === 404);
      if (!expected) this.failures.push(`${method} ${path} answered ${status}: ${text}`);
      return text;
    }, (error: unknown) => {
      this.failures.push(`${method} ${path}: ${String(error)}`);
      return '';
    }).finally(() => this.#underway.delete(asking));
    this.#underway.add(asking);
    return asking;
  }

  async stop(): Promise<readonly Change[]> {
    this.tookMs = performance.now() - this.#startedAt;
    this.#stopped = true;
    clearInterval(this.#timer);
    await Promise.all([...this.#changing, ...this.#underway]);
    return this.#changes;
  }
}

interface ListedEvent { readonly id: string; readonly type: string; readonly data: { readonly operationId?: string } }

async function checkEvents(t: Test, { url, projectId, operationIds, stream }: {
  url: string; projectId: string; operationIds: readonly string[]; stream: FollowedEvents | undefined;
}): Promise<void> {
  const list = async () => (await readAll<ListedEvent>(url, `/projects/${projectId}/events`)).reverse();
  const listed = await waitUntil('every operation is told to its end', async () => {
    const events = await list();
    const ended = new Set(events.filter(({ type }) => type === 'operation.succeeded').map(({ data }) => data.operationId));
    return operationIds.every((operationId) => ended.has(operationId)) ? events : undefined;
  });
  t.same(listed.map(({ id }) => Number(id)), listed.map((_, index) => index + 1), 'the list has no gap and repeats nothing');
  const stories = new Map(operationIds.map((operationId) => [
    operationId, listed.filter(({ type, data }) => type.startsWith('operation.') && data.operationId === operationId).map(({ type }) => type),
  ]));
  const wrong = [...stories].filter(([, story]) => !/^operation\.started( operation\.step)+ operation\.succeeded$/.test(story.join(' ')));
  t.same(wrong, [], `all of ${operationIds.length} operations are told from beginning to end, once and in order`);
  const last = listed.at(-1)?.id ?? '';
  await waitUntil('the stream has come as far', async () => stream?.seen.some(({ id }) => id === last) || undefined);
  await stream?.stop();
  const seen = stream?.events.slice(0, listed.length) ?? [];
  t.same(seen.map(({ id }) => id), listed.map(({ id }) => id), 'the stream has missed and repeated nothing');
  t.ok((stream?.reconnects ?? 0) >= ROUNDS, 'though it was cut off');
}

interface Receiver {
  readonly url: string;
  readonly taken: { readonly headers: IncomingHttpHeaders; readonly body: string }[];
  readonly refused: () => number;
  readonly isWell: () => boolean;
}

async function startReceiver(t: Test): Promise<Receiver> {
  const taken: { headers: IncomingHttpHeaders; body: string }[] = [];
  const wellFrom = Date.now() + RECEIVER_FAILS_MS;
  const isWell = () => Date.now() >= wellFrom;
  let refused = 0;
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => { body += chunk; }).on('end', () => {
      if (isWell()) taken.push({ headers: request.headers, body });
      else refused += 1;
      response.writeHead(isWell() ? 204 : 500).end();
    });
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, taken, refused: () => refused, isWell };
}

async function checkWebhook(t: Test, { url, projectId, secret, receiver }: {
  url: string; projectId: string; secret: string; receiver: Receiver;
}): Promise<void> {
  const events = (await readAll<ListedEvent>(url, `/projects/${projectId}/events`)).reverse();
  const since = events.slice(events.findIndex(({ type }) => type === 'webhook.created'));
  const wanted = since.map(({ id }) => `${projectId}_${id}`);
  // What failed for a minute is sent again after a minute at most, and then a fifth.
  const end = Date.now() + 3 * RECEIVER_FAILS_MS;
  const idsOf = () => new Set(receiver.taken.map(({ headers }) => headers['webhook-id']));
  while (Date.now() < end && wanted.some((id) => !idsOf().has(id))) await sleep(200);
  t.same([...idsOf()].sort(), wanted.sort(), `each of ${wanted.length} events was delivered after ${receiver.refused()} refusals`);
  const verifier = new Verifier(secret);
  let wrong = 0;
  for (const { body, headers } of receiver.taken) {
    try {
      verifier.verify(body, headers as Record<string, string>);
    } catch {
      wrong += 1;
    }
  }
  t.equal(wrong, 0, 'the public library takes every signature');
}

