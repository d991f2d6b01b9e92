/**
 * The main job, done with openapi-fetch and the types that openapi-typescript makes of openapi.yaml.
 *
 * Needs ANCHOR_URL, ANCHOR_TOKEN, and of the local cloud CLOUD_URL and EDGE_URL. Ends with an error when anything is
 * not as it should be.
 */
import { strict as assert } from 'node:assert';
import createClient from 'openapi-fetch';
import type { DeploymentInput, Problem, ProblemCode, Project, paths } from './anchor.js';
import { setRecord, untilActive, visit } from './local-world.js';

const HOST = 'www.openapi-fetch.example';
const { ANCHOR_URL = '', ANCHOR_TOKEN = '' } = process.env;

const api = createClient<paths>({ baseUrl: ANCHOR_URL, headers: { authorization: `Bearer ${ANCHOR_TOKEN}` } });

/** The data of an answer that is no error. */
function done<T>({ data, error }: { data?: T; error?: unknown }): T {
  assert(data !== undefined, JSON.stringify(error));
  return data;
}

/** Beside the demo of the local cloud, on its functions and its distribution. */
async function createProject(): Promise<Project> {
  const { effective } = done(await api.GET('/projects/{projectId}', { params: { path: { projectId: 'test' } } }));
  const { serverFunctionName, imageFunctionName, distributionId, distributionDomain } = effective;
  assert(serverFunctionName && imageFunctionName && distributionId && distributionDomain);
  const project = done(await api.POST('/projects', {
    body: { name: 'TypeScript types', serverFunctionName, imageFunctionName, distributionId, distributionDomain },
  }));
  assert.equal(project.onDomainDrift, 'repair');
  return project;
}

async function registerBuilds(projectId: string): Promise<readonly [string, string]> {
  const demo = done(await api.GET('/projects/{projectId}/deployments', { params: { path: { projectId: 'test' } } }));
  const register = async (version: string, promote: boolean) => {
    const { lambdaServerVersionArn, lambdaImageVersionArn } = demo.find((each) => each.version === version) ?? {};
    assert(lambdaServerVersionArn && lambdaImageVersionArn);
    const body: DeploymentInput = {
      commitSha: '3f9c1a7', branch: 'main', version, status: 'deployed', lambdaServerVersionArn, lambdaImageVersionArn, promote,
    };
    const params = { path: { projectId }, header: { 'idempotency-key': `${projectId}-${version}` } };
    const first = done(await api.POST('/projects/{projectId}/deployments', { params, body }));
    const again = await api.POST('/projects/{projectId}/deployments', { params, body });
    assert.deepEqual(done(again), first, 'sent again with the same key, it is not done again');
    assert.equal(again.response.headers.get('idempotency-replayed'), 'true');
    return first.deploymentId;
  };
  return [await register('v1', false), await register('v2', true)];
}

async function rollBack(project: Project, older: string): Promise<void> {
  const { projectId } = project;
  const answer = done(await api.POST('/projects/{projectId}/rollback', {
    params: { path: { projectId } }, body: { targetDeploymentId: older, reason: 'checkout fails' },
  }));
  assert(!('dryRun' in answer));
  assert.deepEqual([answer.rolledBackTo, answer.newAliasVersion], [older, '1']);
  assert.equal(await liveVersion(project), '1');
  const { operationId } = answer;
  const operation = done(await api.GET('/projects/{projectId}/operations/{operationId}', {
    params: { path: { projectId, operationId } },
  }));
  assert.deepEqual([operation.kind, operation.state], ['rollback', 'succeeded']);
  const events = done(await api.GET('/projects/{projectId}/events', { params: { path: { projectId } } }));
  assert(typeof events !== 'string', 'it is a list unless a stream is asked for');
  assert(events.some((event) => event.type === 'operation.succeeded' && event.data.operationId === operationId));
}

async function pageThrough(projectId: string): Promise<void> {
  const page = (limit: number, cursor?: string) => api.GET('/projects/{projectId}/deployments', {
    params: { path: { projectId }, query: { limit, ...(cursor ? { cursor } : {}) } },
  });
  const found: string[] = [];
  for (let cursor: string | undefined, first = true; first || cursor; first = false) {
    const answer = await page(1, cursor);
    const items = done(answer);
    assert.equal(items.length, 1);
    found.push(...items.map(({ deploymentId }) => deploymentId));
    cursor = answer.response.headers.get('x-next-cursor') ?? undefined;
  }
  assert.deepEqual(found, done(await page(100)).map(({ deploymentId }) => deploymentId));
  assert.equal(found.length, 3, 'two builds and the record of the rollback');
}

async function readErrors(projectId: string, newer: string): Promise<void> {
  const refused = await api.POST('/projects/{projectId}/promote', {
    params: { path: { projectId } }, body: { deploymentId: newer },
  });
  assertProblem(refused.error, 409, 'project_pinned');
  const missing = await api.GET('/projects/{projectId}/deployments/{deploymentId}', {
    params: { path: { projectId, deploymentId: 'dep_none' } },
  });
  assertProblem(missing.error, 404, 'deployment_not_found');
}

function assertProblem(problem: Problem | undefined, status: number, code: ProblemCode): void {
  assert.deepEqual([problem?.status, problem?.code], [status, code]);
}

async function undo(project: Project): Promise<void> {
  const { projectId } = project;
  const undone = done(await api.POST('/projects/{projectId}/rollback/undo', { params: { path: { projectId } } }));
  assert.equal(undone.newAliasVersion, '2');
  assert.equal(await liveVersion(project), '2');
}

async function serveDomain(projectId: string): Promise<void> {
  const added = done(await api.POST('/projects/{projectId}/domains', {
    params: { path: { projectId } }, body: { domain: HOST },
  }));
  assert.equal(added.status, 'pending_validation', added.statusMessage);
  await setRecord(added.dnsInstructions);
  const path = { projectId, domainId: added.domainId };
  await untilActive(async () => done(await api.GET('/projects/{projectId}/domains/{domainId}', { params: { path } })));
  const domains = done(await api.GET('/projects/{projectId}/domains', { params: { path: { projectId } } }));
  assert.deepEqual(domains.map(({ domain }) => domain), [HOST]);
  assert.equal(await visit(HOST), '2');
  const removed = done(await api.DELETE('/projects/{projectId}/domains/{domainId}', { params: { path } }));
  assert.equal(removed.status, 'deleting');
}

/** By the alias, and as a visitor is answered. */
async function liveVersion({ projectId, effective }: Project): Promise<string | null | undefined> {
  const { server } = done(await api.GET('/projects/{projectId}/live', { params: { path: { projectId } } }));
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
console.log('ok: the TypeScript types did the main job');
