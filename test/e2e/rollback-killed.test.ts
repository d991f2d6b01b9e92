import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import type { LocalCloud } from '../../src/local-cloud/local-cloud.ts';
import { type RunningLocalCloud, startLocalCloud } from '../../src/local-cloud/local-cloud-server.ts';
import { type Child, startProgram } from '../support/child-process.ts';
import { type Answer, exchange } from '../support/http-exchange.ts';
import { QUICK } from '../support/running-anchor.ts';
import { createSite, read, readAll, type Site } from '../support/site.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { waitUntil } from '../support/wait-until.ts';

/** How often the server is killed, and the seed of the moments; both are printed and can be given again. */
const KILLS = Number(process.env['ROLLBACK_KILLS'] ?? 0);
const SEED = Number(process.env['KILL_SEED'] ?? Date.now() % 1_000_000);
const PROJECTS = 4;
/** Short, so that what a killed server has left is soon taken over. */
const LEASE = { OPERATION_LEASE_MS: '1500', OPERATION_BUDGET_MS: '1000', WORKER_INTERVAL_MS: '50', ALIAS_CHECK_MS: '0' };

interface OperationBody {
  readonly operationId: string;
  readonly kind: string;
  readonly state: string;
}

/** What somebody was told who had asked for a change of live. */
interface Told {
  readonly site: Site;
  readonly status: number;
  readonly operationId: string;
}

const skip = KILLS === 0 && 'ROLLBACK_KILLS=1 kills it once; .ci/run does so ten times';

void t.test('a server that is killed while many projects are rolled to and fro', { skip }, async (t) => {
  const random = seededRandom(SEED);
  t.comment(`replay with ROLLBACK_KILLS=${KILLS} KILL_SEED=${SEED}`);
  const cloud = await startLocalCloud({ host: '127.0.0.1', cloudPort: 0, dnsPort: 0, edgePort: 0 });
  t.teardown(() => cloud.close());
  const dataDir = t.testdir();
  let server = await startServer(t, cloud, dataDir);
  const sites: Site[] = [];
  for (let index = 0; index < PROJECTS; index++) sites.push(await createSite(server.url, cloud.cloud, `site-${index}`));

  const told: Told[] = [];
  for (let round = 1; round <= KILLS; round++) {
    const before = told.length;
    const killAfter = 3 + Math.floor(random() * 25);
    const callers = sites.flatMap((site) => [1, 2].map(() => keepAsking(server.url, site, random, told)));
    const successes = () => told.slice(before).filter(({ status }) => status === 200).length;
    await waitUntil('enough is going on', async () => successes() >= killAfter || undefined);
    await sleep(random() * 30);
    await server.child.kill('SIGKILL');
    await Promise.all(callers);
    t.comment(`round ${round}: killed after ${told.length - before} answers, ${successes()} of them successes`);

    server = await startServer(t, cloud, dataDir);
    const problems: string[] = [];
    for (const site of sites) problems.push(...await problemsOf(server.url, cloud.cloud, site, told));
    t.same(problems, [], `round ${round}: nothing is half done, lost or told wrongly`);
  }
  t.same(await server.child.kill('SIGTERM'), { code: 0, signal: null });
});

interface Server {
  readonly child: Child;
  readonly url: string;
}

async function startServer(t: Test, { cloudUrl, dnsPort }: RunningLocalCloud, dataDir: string): Promise<Server> {
  const child = startProgram(t, 'main', {
    ...QUICK, ...LEASE, DATA_DIR: dataDir, AWS_ENDPOINT_URL: cloudUrl,
    LOCAL_DNS_PORT: String(dnsPort), LOG_LEVEL: 'info',
  });
  const [, url = ''] = await child.untilPrinted(/"url":"([^"]+)","msg":"listening"/);
  return { child, url };
}

/** One request after another until the server is gone. */
async function keepAsking(url: string, site: Site, random: () => number, told: Told[]): Promise<void> {
  for (;;) {
    const deploymentId = site.deploymentIds[Math.floor(random() * site.deploymentIds.length)];
    const [path, body] = random() < 0.6 ? ['rollback', { targetDeploymentId: deploymentId, pin: false }] as const
      : random() < 0.6 ? ['promote', { deploymentId }] as const : ['rollback/undo', {}] as const;
    let answer: Answer;
    try {
      answer = await exchange(`${url}/projects/${site.projectId}/${path}`, { method: 'POST', body });
    } catch {
      return;
    }
    const { operationId = '' } = JSON.parse(answer.text) as { operationId?: string };
    told.push({ site, status: answer.status, operationId });
  }
}

/** Once nothing is open any more. Nobody but the server moves the aliases here, so there is no excuse. */
async function problemsOf(url: string, { lambda }: LocalCloud, site: Site, told: readonly Told[]): Promise<string[]> {
  const { projectId } = site;
  const live = await waitUntil(`project ${projectId} is free`, async () => {
    const now = await read<{ operation: object | null; agrees: boolean }>(url, `/projects/${projectId}/live`);
    return now.operation ? undefined : now;
  });
  const problems: string[] = [];
  if (!live.agrees) problems.push(`${projectId}: the aliases are not where the records say`);
  const versions = site.functionNames.map((name) => lambda.aliases.get(name, 'live').version);
  if (new Set(versions).size > 1) problems.push(`${projectId}: the aliases are on ${versions.join(' and ')}`);

  const operations = await readAll<OperationBody>(url, `/projects/${projectId}/operations`);
  const states = new Map(operations.map(({ operationId, state }) => [operationId, state]));
  for (const { operationId, state } of operations) {
    if (state === 'running') problems.push(`${operationId} has no end`);
  }
  for (const { status, operationId } of told.filter((each) => each.site === site && each.status === 200)) {
    if (states.get(operationId) !== 'succeeded') problems.push(`${operationId} was told ${status}, and is ${states.get(operationId)}`);
  }
  const rolledBack = operations.filter(({ kind, state }) => kind === 'rollback' && state === 'succeeded').length;
  const deployments = await readAll<{ isRollback: boolean }>(url, `/projects/${projectId}/deployments`);
  const records = deployments.filter(({ isRollback }) => isRollback).length;
  if (records !== rolledBack) problems.push(`${projectId}: ${rolledBack} rollbacks left ${records} records`);
  return problems;
}
