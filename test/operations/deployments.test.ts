import t from 'tap';
import type { Deployment } from '../../src/domain/deployment.ts';
import type { Operation } from '../../src/domain/operation.ts';
import type { DeploymentEnd } from '../../src/operations/operations.ts';
import { DEFAULTS, RecordWorld, recordOperations } from '../support/http-world.ts';

const NOTHING = {
  serverFunctionName: undefined, imageFunctionName: undefined, distributionId: undefined, distributionDomain: undefined,
};
const build = { commitSha: 'abcdef0', branch: 'main', version: '1', status: 'building' } as const;

function arn(name: string, version = '2', partition = 'aws'): string {
  return `arn:${partition}:lambda:us-east-1:123456789012:function:${name}:${version}`;
}

async function withProject(t: { after(fn: () => void): void }, defaults = DEFAULTS) {
  const world = new RecordWorld(defaults);
  t.after(() => world.close());
  const { projectId } = await world.operations.createProject({ name: 'Shop' });
  return { world, projectId, ...world.operations, stores: world.stores };
}

void t.test('the versions of a build are those of the project\'s own functions', async (t) => {
  const { projectId, registerDeployment, changeProject } = await withProject(t);
  const register = (arns: object) => registerDeployment(projectId, { ...build, ...arns });

  t.match(await register({ lambdaServerVersionArn: arn('anchor-server'), lambdaImageVersionArn: arn('anchor-image') }),
    { lambdaServerVersionArn: arn('anchor-server'), lambdaImageVersionArn: arn('anchor-image') });
  for (const partition of ['aws-cn', 'aws-us-gov', 'aws-iso']) {
    await register({ lambdaServerVersionArn: arn('anchor-server', '7', partition) });
  }
  for (const wrong of [
    arn('anchor-server', 'live'), arn('anchor-server', '$LATEST'), arn('anchor-server').replace(/:2$/, ''),
    'anchor-server', arn('another'),
  ]) {
    await t.rejects(register({ lambdaServerVersionArn: wrong }), {
      code: 'invalid_request', message: /server function anchor-server/,
      errors: [{ field: 'body/lambdaServerVersionArn' }],
    }, wrong);
  }
  await t.rejects(register({ lambdaServerVersionArn: arn('x'), lambdaImageVersionArn: arn('y') }), {
    errors: [
      { field: 'body/lambdaServerVersionArn', message: /not of x/ },
      { field: 'body/lambdaImageVersionArn', message: /image function anchor-image, not of y/ },
    ],
  }, 'every wrong one is named');

  await changeProject(projectId, { serverFunctionName: 'own' });
  t.match(await register({ lambdaServerVersionArn: arn('own') }), { lambdaServerVersionArn: arn('own') });
  await t.rejects(register({ lambdaImageVersionArn: arn('anchor-image') }),
    { code: 'function_not_configured', message: /no image function/ },
    'an own server does not go with the default image');

  const bare = await withProject(t, NOTHING);
  await t.rejects(bare.registerDeployment(bare.projectId, { ...build, lambdaServerVersionArn: arn('anchor-server') }),
    { code: 'function_not_configured', message: /serverFunctionName/ });
  await bare.registerDeployment(bare.projectId, build);
});

void t.test('a build ends once', async (t) => {
  const { world, projectId, registerDeployment, finishDeployment } = await withProject(t);
  const server = arn('anchor-server');
  const { deploymentId } = await registerDeployment(projectId, build);

  const finish = (end: DeploymentEnd) => finishDeployment(projectId, deploymentId, end);

  await t.rejects(finish({ status: 'deployed', lambdaServerVersionArn: arn('other') }), { code: 'invalid_request' });
  world.nowMs += 1000;
  const ended = await finish({ status: 'deployed', lambdaServerVersionArn: server });
  t.match(ended, {
    status: 'deployed', lambdaServerVersionArn: server,
    createdAt: world.nowMs - 1000, updatedAt: world.nowMs, deployedAt: world.nowMs,
  });

  world.nowMs += 1000;
  t.strictSame(await finish({ status: 'deployed' }), ended, 'the same end is harmless');
  t.strictSame(await finish({ status: 'deployed', lambdaServerVersionArn: server }), ended);
  for (const other of [
    { status: 'failed' },
    { status: 'deployed', lambdaServerVersionArn: arn('anchor-server', '3') },
    { status: 'deployed', lambdaImageVersionArn: arn('anchor-image') },
  ] as const) {
    await t.rejects(finish(other), { code: 'deployment_status_final' });
  }

  const failing = await registerDeployment(projectId, build);
  const failed = await finishDeployment(projectId, failing.deploymentId, { status: 'failed' });
  t.match(failed, { status: 'failed' });
  t.equal(failed.deployedAt, undefined);
  t.equal((await registerDeployment(projectId, { ...build, status: 'deployed' })).deployedAt, world.nowMs);
});

void t.test('of two ends told at the same time the first stands', async (t) => {
  const { projectId, registerDeployment, finishDeployment, getDeployment } = await withProject(t);
  const { deploymentId } = await registerDeployment(projectId, build);
  const results = await Promise.allSettled([
    finishDeployment(projectId, deploymentId, { status: 'deployed' }),
    finishDeployment(projectId, deploymentId, { status: 'failed' }),
    finishDeployment(projectId, deploymentId, { status: 'deployed' }),
  ]);
  t.strictSame(results.map(({ status }) => status), ['fulfilled', 'rejected', 'fulfilled']);
  t.match(results[1], { reason: { code: 'deployment_status_final' } });
  t.match(await getDeployment(projectId, deploymentId), { status: 'deployed' });
});

void t.test('a deployment belongs to one project', async (t) => {
  const { projectId, createProject, registerDeployment, getDeployment, finishDeployment } = await withProject(t);
  const other = await createProject({ name: 'other' });
  const { deploymentId } = await registerDeployment(projectId, build);
  await t.rejects(getDeployment(other.projectId, deploymentId), { code: 'deployment_not_found' });
  await t.rejects(finishDeployment(other.projectId, deploymentId, { status: 'failed' }),
    { code: 'deployment_not_found' });
});

void t.test('an id that was handed out twice overwrites nothing', async (t) => {
  const { world, projectId, registerDeployment } = await withProject(t);
  const { deploymentId } = await registerDeployment(projectId, build);
  const again = recordOperations(world, DEFAULTS);
  await again.createProject({ name: 'x' }).catch(() => undefined);
  await t.rejects(again.registerDeployment(projectId, { ...build, version: '2' }), {
    message: `the id ${deploymentId} was handed out twice`,
  });
});

void t.test('what a rollback still owes is shown as if it were written', async (t) => {
  const { projectId, stores, registerDeployment, ...read } = await withProject(t);
  const first = await registerDeployment(projectId, { ...build, status: 'deployed' });
  const deployment: Deployment = {
    ...first, deploymentId: 'dep_000009', isRollback: true, rollbackTo: first.deploymentId,
  };
  const operation: Operation = {
    projectId, operationId: 'op_000008', kind: 'rollback', state: 'succeeded', targetDeploymentId: first.deploymentId,
    resultDeploymentId: 'dep_000009', caller: 'ada', startedAt: 1, endedAt: 2, steps: [],
  };
  const failed: Operation = { ...operation, operationId: 'op_000007', state: 'failed' };
  await stores.projects.update({ projectId }, {
    set: { settling: { op_000008: { operation, deployment }, op_000007: { operation: failed } } },
  });

  const ids = async (filter: object = {}, limit = 10, cursor?: string) =>
    (await read.listDeployments(projectId, filter, { limit, cursor })).items.map(({ deploymentId }) => deploymentId);
  t.strictSame(await ids(), ['dep_000009', first.deploymentId]);
  t.strictSame(await ids({ branch: 'other' }), []);
  t.strictSame(await ids({ status: 'failed' }), []);
  const { nextCursor } = await read.listDeployments(projectId, {}, { limit: 1 });
  t.strictSame(await ids({}, 1, nextCursor), [first.deploymentId], 'on one page only');
  t.match(await read.getDeployment(projectId, 'dep_000009'), deployment);
  t.match((await read.listOperations(projectId, { limit: 10 })).items, [operation, failed]);
  t.match(await read.getOperation(projectId, 'op_000008'), operation);

  await stores.deployments.create(deployment);
  await stores.operations.create(operation);
  t.strictSame(await ids(), ['dep_000009', first.deploymentId], 'not twice once it is written');
  t.equal((await read.listOperations(projectId, { limit: 10 })).items.length, 2);
  await t.rejects(read.getOperation(projectId, 'op_9'), { code: 'operation_not_found' });
  await t.rejects(read.listOperations('prj_9', { limit: 10 }), { code: 'project_not_found' });
});
