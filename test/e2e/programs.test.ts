import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import t, { type Test } from 'tap';
import { loadConfig } from '../../src/config.ts';
import { startServer } from '../../src/server.ts';
import { AnchorClient } from '../support/anchor-client.ts';
import { startProgram, urlsOf } from '../support/child-process.ts';
import { startDynalite } from '../support/dynalite.ts';
import { gatheredLogger } from '../support/gathered-logs.ts';
import { QUICK } from '../support/running-anchor.ts';

void t.test('the server starts, keeps its state over a restart and ends when asked to', async (t) => {
  const env = { ...QUICK, DATA_DIR: t.testdir() };
  const first = startProgram(t, 'main', env);
  const before = new AnchorClient(await urlsOf(first));
  const [older] = await before.builds();
  await before.rollBack(older.deploymentId);
  const history = await before.deployments();
  t.same(await first.kill('SIGTERM'), { code: 0, signal: null });
  t.notMatch(first.stderr, /error/i);

  const second = startProgram(t, 'main', env);
  const after = new AnchorClient(await urlsOf(second));
  t.same(await after.deployments(), history, 'nothing is forgotten and the demo is not seeded twice');
  t.same(await second.kill('SIGINT'), { code: 0, signal: null });
});

void t.test('a server that is told to stop turns the load balancer away before it turns requests away', async (t) => {
  const config = loadConfig({ ...QUICK, DATA_DIR: t.testdir(), DRAIN_DELAY_MS: '1500' });
  const server = await startServer(config, gatheredLogger('silent'));
  t.equal((await fetch(`${server.url}/readyz`)).status, 200);
  const closed = server.close();
  const readiness = await fetch(`${server.url}/readyz`);
  t.equal(readiness.status, 503);
  t.match(await readiness.json(), { ready: false, checks: { server: 'is shutting down' } });
  t.equal((await fetch(`${server.url}/projects`)).status, 200, 'what still arrives is served');
  await closed;
  await t.rejects(fetch(`${server.url}/readyz`), 'then nobody is there');
});

void t.test('a configuration that cannot work ends the server, with every problem at once', async (t) => {
  const child = startProgram(t, 'main', { CLOUD: 'aws', PORT: 'many' });
  t.same(await child.ended, { code: 1, signal: null });
  t.match(child.stderr, /PORT .*many/);
  t.equal(child.stdout, '');

  const bare = startProgram(t, 'main', { CLOUD: 'aws' });
  t.same(await bare.ended, { code: 1, signal: null });
  for (const name of ['TOKENS_TABLE', 'AWS_REGION', 'PROJECTS_TABLE', 'DEPLOYMENTS_TABLE', 'DOMAINS_TABLE']) {
    t.match(bare.stderr, new RegExp(`- ${name} is missing: `));
  }
  t.notMatch(bare.stderr, /\n\s+at /, 'no stack');
});

void t.test('a port that is taken', async (t) => {
  const port = await takenPort(t);
  await t.test('ends the server', async (t) => {
    const child = startProgram(t, 'main', { ...QUICK, DATA_DIR: t.testdir(), PORT: port });
    t.same(await child.ended, { code: 1, signal: null });
    t.match(child.stderr, new RegExp(`^port ${port} on 127\\.0\\.0\\.1 is already in use; set PORT to another one$`, 'm'));
  });
  for (const setting of ['PORT', 'METRICS_PORT', 'LOCAL_CLOUD_PORT', 'LOCAL_DNS_PORT', 'LOCAL_EDGE_PORT']) {
    await t.test(`is named with its setting, ${setting}, and nothing stays open`, async (t) => {
      const config = loadConfig({ ...QUICK, DATA_DIR: t.testdir(), [setting]: port });
      await t.rejects(startServer(config, gatheredLogger('silent')), {
        message: `port ${port} on 127.0.0.1 is already in use; set ${setting} to another one`,
      });
    });
  }
});

void t.test('the local cloud alone serves several servers', async (t) => {
  const cloud = startProgram(t, 'bin/local-cloud', { ...QUICK, DATA_DIR: t.testdir() });
  const [, cloudUrl = '', dnsPort = '', edgeUrl = ''] = await cloud.untilPrinted(
    /CloudFront at (\S+), DNS on port (\d+), edge (\S+)\n.*AWS_ENDPOINT_URL=\1 npm start/);
  const config = loadConfig({
    ...QUICK, DATA_DIR: t.testdir(), AWS_ENDPOINT_URL: cloudUrl, LOCAL_DNS_PORT: dnsPort,
    LOCAL_EDGE_PORT: new URL(edgeUrl).port,
  });
  const server = await startServer(config, gatheredLogger('silent'));
  t.teardown(() => server.close());
  t.match(server.banner, edgeUrl);
  const anchor = new AnchorClient({ url: server.url, cloudUrl, edgeUrl });
  t.match(await anchor.bringLive('www.example.com'), { status: 'active' });
  t.match(await anchor.visit('www.example.com'), { status: 200, version: '2' });
  t.same(await cloud.kill('SIGTERM'), { code: 0, signal: null });
});

void t.test('the tables are created once', async (t) => {
  const dynalite = await startDynalite();
  t.teardown(() => dynalite.close());
  const env = { AWS_ENDPOINT_URL_DYNAMODB: dynalite.endpoint, DOMAINS_TABLE: 'my-domains' };
  const first = startProgram(t, 'bin/tables', env);
  t.same(await first.ended, { code: 0, signal: null }, first.stderr);
  t.match(first.stdout, /^created: .*my-domains.*\nalready there: none\n$/);
  const again = startProgram(t, 'bin/tables', env);
  t.same(await again.ended, { code: 0, signal: null });
  t.match(again.stdout, /^created: none\nalready there: .*my-domains/);
});

async function takenPort(t: Test): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  t.teardown(() => { server.close(); });
  await once(server, 'listening');
  return String((server.address() as AddressInfo).port);
}

void t.test('npm run token makes the first token of a server that is running', async (t) => {
  const env = { ...QUICK, DATA_DIR: t.testdir(), AUTH: 'token' };
  const server = startProgram(t, 'main', env);
  const { url } = await urlsOf(server);
  t.match(server.stdout, /Callers send a bearer token \(AUTH=token\)/);
  const ask = (path: string, token: string, init: RequestInit = {}) => fetch(`${url}${path}`, {
    ...init, headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
  });
  t.equal((await fetch(`${url}/projects`)).status, 401, 'nobody is believed');

  const admin = startProgram(t, 'bin/token', env, ['--admin', '--name', 'first', '--expires-in', '1']);
  t.same(await admin.ended, { code: 0, signal: null }, admin.stderr);
  const token = admin.stdout.trim();
  t.match(token, /^anc_[0-9a-f]{32}_[0-9a-f]{64}$/);
  const made = await ask('/tokens', token, {
    method: 'POST', body: JSON.stringify({ name: 'look', grants: [{ project: 'test', role: 'viewer' }] }),
  });
  t.equal(made.status, 201);
  const { token: viewer, tokenId } = await made.json() as { token: string; tokenId: string };
  t.equal((await ask('/projects/test', viewer)).status, 200);
  t.equal((await ask('/projects/other', viewer)).status, 404);
  t.equal((await ask('/projects/test', viewer, { method: 'DELETE' })).status, 403);
  t.match(await (await ask('/tokens', token)).json(), [{ name: 'look', createdBy: /^first \(tok_/ }, { name: 'first' }]);
  t.equal((await ask(`/tokens/${tokenId}`, token, { method: 'DELETE' })).status, 204);
  t.equal((await ask('/projects/test', viewer)).status, 401, 'from the next request on');

  const run = async (...args: string[]) => {
    const child = startProgram(t, 'bin/token', env, args);
    const { code } = await child.ended;
    return { code, said: child.stdout + child.stderr };
  };
  t.match(await run('--help'), { code: 0, said: /npm run token -- --admin/ });
  t.match(await run(), { code: 1, said: /say --admin, or --grant/ });
  t.match(await run('--grant', 'test:owner'), { code: 1, said: /project:role/ });
});
