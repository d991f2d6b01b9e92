import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import type { LocalCloud } from '../../src/local-cloud/local-cloud.ts';
import { type RunningLocalCloud, startLocalCloud } from '../../src/local-cloud/local-cloud-server.ts';
import { type Child, startProgram } from '../support/child-process.ts';
import { type Answer, exchange } from '../support/http-exchange.ts';
import { QUICK } from '../support/running-anchor.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { waitUntil } from '../support/wait-until.ts';

/** How often the server is killed, and the seed of the moments; both are printed and can be given again. */
const KILLS = Number(process.env['ROLLBACK_KILLS'] ?? 0);
const SEED = Number(process.env['KILL_SEED'] ?? Date.now() % 1_000_000);
const PROJECTS = 4;
const BUILDS = [1, 2, 3] as const;
/** Short, so that what a killed server has left is soon taken over. */
const LEASE = { OPERATION_LEASE_MS: '1500', OPERATION_BUDGET_MS: '1000', WORKER_INTERVAL_MS: '50', ALIAS_CHECK_MS: '0' };

interface Site {
  readonly projectId: string;
  readonly functionNames: readonly string[];
  readonly deploymentIds: readonly string[];
}

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

async function createSite(url: string, { lambda }: LocalCloud, name: string): Promise<Site> {
  const functionNames = [`${name}-server`, `${name}-image`];
  for (const functionName of functionNames) {
    lambda.functions.create({
      name: functionName, role: 'arn:aws:iam::123456789012:role/site', runtime: 'nodejs22.x', handler: 'index.handler',
      code: { zip: new Uint8Array([0]) },
    });
    for (const build of BUILDS) {
      lambda.functions.updateConfiguration(functionName, { environment: { BUILD: String(build) } });
      lambda.functions.publish(functionName);
    }
    lambda.aliases.create(functionName, 'live', { version: '3' });
  }
  const [serverFunctionName, imageFunctionName] = functionNames;
  const { projectId } = await post<{ projectId: string }>(url, '/projects', { name, serverFunctionName, imageFunctionName });
  const deploymentIds: string[] = [];
  for (const build of BUILDS) {
    const [server, image] = functionNames.map((each) => `arn:aws:lambda:us-east-1:123456789012:function:${each}:${build}`);
    const { deploymentId } = await post<{ deploymentId: string }>(url, `/projects/${projectId}/deployments`, {
      commitSha: 'abcdef0', branch: 'main', version: `v${build}`, status: 'deployed',
      lambdaServerVersionArn: server, lambdaImageVersionArn: image,
    });
    deploymentIds.push(deploymentId);
  }
  return { projectId, functionNames, deploymentIds };
}

async function post<T>(url: string, path: string, body: object): Promise<T> {
  const { status, text } = await exchange(url + path, { method: 'POST', body });
  if (status >= 300) throw new Error(`POST ${path} answered ${status}: ${text}`);
  return JSON.parse(text) as T;
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

async function read<T>(url: string, path: string): Promise<T> {
  const { status, text } = await exchange(url + path);
  if (status !== 200) throw new Error(`GET ${path} answered ${status}: ${text}`);
  return JSON.parse(text) as T;
}

async function readAll<T>(url: string, path: string): Promise<T[]> {
  const all: T[] = [];
  for (let next: string | undefined = `${path}?limit=100`; next !== undefined;) {
    const { status, text, headers } = await exchange(url + next);
    if (status !== 200) throw new Error(`GET ${next} answered ${status}: ${text}`);
    all.push(...JSON.parse(text) as T[]);
    const cursor: unknown = headers['x-next-cursor'];
    next = typeof cursor === 'string' ? `${path}?limit=100&cursor=${encodeURIComponent(cursor)}` : undefined;
  }
  return all;
}
