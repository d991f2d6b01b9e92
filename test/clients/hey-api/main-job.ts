/**
 * The main job, done with the client that @hey-api/openapi-ts makes of openapi.yaml.
 *
 * Needs ANCHOR_URL, ANCHOR_TOKEN, and of the local cloud CLOUD_URL and EDGE_URL. Ends with an error when anything is
 * not as it should be.
 */
import { strict as assert } from 'node:assert';
import * as anchor from './anchor/index.js';
import { client } from './anchor/client.gen.js';
import { setRecord, untilActive, visit } from './local-world.js';

const HOST = 'www.hey-api.example';
const { ANCHOR_URL = '', ANCHOR_TOKEN } = process.env;

// By a function, since there are two ways to say who is asking, and a token belongs into one of them.
client.setConfig({ baseUrl: ANCHOR_URL, auth: ({ scheme }) => (scheme === 'bearer' ? ANCHOR_TOKEN : undefined) });

/** The data of an answer that is no error. */
function done<T>({ data, error }: { data: T | undefined; error: unknown }): T {
  assert(data !== undefined, JSON.stringify(error));
  return data;
}

/** Beside the demo of the local cloud, on its functions and its distribution. */
async function createProject(): Promise<anchor.Project> {
  const { effective } = done(await anchor.getProject({ path: { projectId: 'test' } }));
  const { serverFunctionName, imageFunctionName, distributionId, distributionDomain } = effective;
  assert(serverFunctionName && imageFunctionName && distributionId && distributionDomain);
  const body: anchor.ProjectInput = {
    name: 'TypeScript client', serverFunctionName, imageFunctionName, distributionId, distributionDomain,
  };
  const project = done(await anchor.createProject({ body }));
  assert.equal(project.onDomainDrift, 'repair');
  return project;
}

async function registerBuilds(projectId: string): Promise<readonly [string, string]> {
  const demo = done(await anchor.listDeployments({ path: { projectId: 'test' } }));
  const register = async (version: string, promote: boolean) => {
    const { lambdaServerVersionArn, lambdaImageVersionArn } = demo.find((each) => each.version === version) ?? {};
    assert(lambdaServerVersionArn && lambdaImageVersionArn);
    const request = {
      path: { projectId }, headers: { 'idempotency-key': `${projectId}-${version}` },
      body: {
        commitSha: '3f9c1a7', branch: 'main', version, status: 'deployed', lambdaServerVersionArn, lambdaImageVersionArn, promote,
      } satisfies anchor.DeploymentInput,
    };
    const first = done(await anchor.registerDeployment(request));
    const again = await anchor.registerDeployment(request);
    assert.deepEqual(done(again), first, 'sent again with the same key, it is not done again');
    assert.equal(again.response?.headers.get('idempotency-replayed'), 'true');
    return first.deploymentId;
  };
  return [await register('v1', false), await register('v2', true)];
}

async function rollBack(project: anchor.Project, older: string): Promise<void> {
  const path = { projectId: project.projectId };
  const answer = done(await anchor.rollBack({ path, body: { targetDeploymentId: older, reason: 'checkout fails' } }));
  assert(!('dryRun' in answer));
  assert.deepEqual([answer.rolledBackTo, answer.newAliasVersion], [older, '1']);
  assert.equal(await liveVersion(project), '1');
  const { operationId } = answer;
  const operation = done(await anchor.getOperation({ path: { ...path, operationId } }));
  assert.deepEqual([operation.kind, operation.state], ['rollback', 'succeeded']);
  const events = done(await anchor.listEvents({ path }));
  assert(events.some((event) => event.type === 'operation.succeeded' && event.data.operationId === operationId));
}

async function pageThrough(projectId: string): Promise<void> {
  const page = (query: NonNullable<anchor.ListDeploymentsData['query']>) =>
    anchor.listDeployments({ path: { projectId }, query });
  const found: string[] = [];
  for (let cursor: string | undefined, first = true; first || cursor; first = false) {
    const answer = await page(cursor ? { limit: 1, cursor } : { limit: 1 });
    const items = done(answer);
    assert.equal(items.length, 1);
    found.push(...items.map(({ deploymentId }) => deploymentId));
    cursor = answer.response?.headers.get('x-next-cursor') ?? undefined;
  }
  assert.deepEqual(found, done(await page({})).map(({ deploymentId }) => deploymentId));
  assert.equal(found.length, 3, 'two builds and the record of the rollback');
}

async function readErrors(projectId: string, newer: string): Promise<void> {
  const refused = await anchor.promoteDeployment({ path: { projectId }, body: { deploymentId: newer } });
  assertProblem(refused.error, 409, 'project_pinned');
  const missing = await anchor.getDeployment({ path: { projectId, deploymentId: 'dep_none' } });
  assertProblem(missing.error, 404, 'deployment_not_found');
}

function assertProblem(problem: anchor.Problem | undefined, status: number, code: anchor.ProblemCode): void {
  assert.deepEqual([problem?.status, problem?.code], [status, code]);
}

async function undo(project: anchor.Project): Promise<void> {
  const undone = done(await anchor.undoRollback({ path: { projectId: project.projectId } }));
  assert.equal(undone.newAliasVersion, '2');
  assert.equal(await liveVersion(project), '2');
}

async function serveDomain(projectId: string): Promise<void> {
  const added = done(await anchor.addDomain({ path: { projectId }, body: { domain: HOST } }));
  assert.equal(added.status, 'pending_validation', added.statusMessage);
  await setRecord(added.dnsInstructions);
  const path = { projectId, domainId: added.domainId };
  await untilActive(async () => done(await anchor.getDomain({ path })));
  assert.deepEqual(done(await anchor.listDomains({ path: { projectId } })).map(({ domain }) => domain), [HOST]);
  assert.equal(await visit(HOST), '2');
  assert.equal(done(await anchor.removeDomain({ path })).status, 'deleting');
}

/** By the alias, and as a visitor is answered. */
async function liveVersion({ projectId, effective }: anchor.Project): Promise<string | null | undefined> {
  const { server } = done(await anchor.getLive({ path: { projectId } }));
  assert.equal(await visit(effective.distributionDomain ?? ''), server?.version);
  return server?.version;
}

const project = await createProject();
const [older, newer] = await registerBuilds(project.projectId);
assert.equal(await liveVersion(project), '2');
await rollBack(project, older);
await pageThrough(project.projectId);
await readErrors(project.projectId, newer);
await undo(project);
await serveDomain(project.projectId);
console.log('ok: the TypeScript client did the main job');
