import t, { type Test } from 'tap';
import { CloudError } from '../../src/ports/cloud-error.ts';
import type { CallSite } from '../support/failing-world.ts';
import { IMAGE, SERVER, versionArn } from '../support/live-world.ts';
import { BAD_REASONS, BUILD_2 as BUILD, denied, neverAnswers, rollbackWorld } from '../support/rollback-world.ts';

void t.test('rollback', async (t) => {
  await t.test('says what was done, why and by whom, and pins the project', async (t) => {
    const { ask, world } = await rollbackWorld(t);
    const { status, body } = await ask('POST', '/projects/p/rollback', { targetDeploymentId: 'dep-1', reason: 'checkout fails' });
    t.equal(status, 200);
    const done = body as { deploymentId: string; operationId: string };
    t.strictSame(Object.keys(done).sort(), [
      'deploymentId', 'message', 'newAliasVersion', 'operationId', 'previousVersion', 'rollbackTimeMs', 'rolledBackTo',
    ], 'and nothing of dry runs');
    t.equal(world.live, '1/1');
    t.match(await ask('GET', `/projects/p/operations/${done.operationId}`), {
      status: 200,
      body: {
        kind: 'rollback', state: 'succeeded', caller: 'ada', reason: 'checkout fails', targetDeploymentId: 'dep-1',
        resultDeploymentId: done.deploymentId, cause: null, result: { previousVersion: '3', newVersion: '1' },
        startedAt: Number, endedAt: Number,
      },
    });
    t.match((await ask('GET', '/projects/p/operations')).body, [{ operationId: done.operationId, kind: 'rollback' }]);
    const { steps } = (await ask('GET', `/projects/p/operations/${done.operationId}`)).body as { steps: object[] };
    t.match(steps, [
      { name: 'take the project', outcome: 'ok', at: Number },
      { name: 'move server alias to version 1' }, { name: 'move image alias to version 1' }, { name: 'commit' },
    ]);
    t.match((await ask('GET', '/projects/p/pin')).body,
      { reason: 'checkout fails', caller: 'ada', operationId: done.operationId, expiresAt: null });
    t.match((await ask('GET', `/projects/p/deployments/${done.deploymentId}`)).body, { isRollback: true, rollbackTo: 'dep-1' });
  });

  await t.test('leaves the project unpinned when asked to', async (t) => {
    const { ask } = await rollbackWorld(t);
    await ask('POST', '/projects/p/rollback', { targetDeploymentId: 'dep-1', pin: false });
    t.match(await ask('GET', '/projects/p/pin'), { status: 404, body: { code: 'pin_not_found' } });
  });

  await t.test('with dryRun answers the checks and moves nothing', async (t) => {
    const { ask, world } = await rollbackWorld(t);
    const before = await world.project();
    const { status, body } = await ask('POST', '/projects/p/rollback', { targetDeploymentId: 'dep-1', dryRun: true });
    t.equal(status, 200);
    t.match(body, { dryRun: true, deploymentId: 'dep-1', eligible: true });
    const { checks } = (await ask('GET', '/projects/p/deployments/dep-1/eligibility')).body as { checks: unknown };
    t.strictSame((body as { checks: unknown }).checks, checks, 'the same as are asked for by themselves');
    t.equal(world.live, '3/3');
    t.strictSame(await world.project(), before);
    t.strictSame((await ask('GET', '/projects/p/operations')).body, []);
    t.match(await ask('POST', '/projects/p/rollback', { targetDeploymentId: 'dep-9', dryRun: true }),
      { status: 404, body: { code: 'deployment_not_found' } });
    t.match(await ask('POST', '/projects/p/rollback', { targetDeploymentId: 'dep-1', dryRun: false }), { status: 200 });
    t.equal(world.live, '1/1');
  });

  await t.test('names the field that is wrong', async (t) => {
    const { ask } = await rollbackWorld(t);
    const target = { targetDeploymentId: 'dep-1' };
    for (const [field, body] of [
      ...BAD_REASONS.map((reason) => ['reason', { ...target, reason }] as const),
      ['pin', { ...target, pin: 'yes' }], ['dryRun', { ...target, dryRun: 1 }], ['override', { ...target, override: true }],
      ['targetDeploymentId', {}], ['targetDeploymentId', { targetDeploymentId: '' }],
    ] as const) {
      t.match(await ask('POST', '/projects/p/rollback', body),
        { status: 400, body: { code: 'invalid_request', errors: [{ field: `body/${field}` }] } }, JSON.stringify(body));
    }
  });

  await t.test('refuses what cannot go live', async (t) => {
    const { ask, world } = await rollbackWorld(t);
    const rollBack = (targetDeploymentId: string) => ask('POST', '/projects/p/rollback', { targetDeploymentId });
    t.match(await rollBack('dep-9'), { status: 404, body: { code: 'deployment_not_found' } });
    t.match(await ask('POST', '/projects/q/rollback', { targetDeploymentId: 'dep-1' }),
      { status: 404, body: { code: 'project_not_found' } });
    world.lambda.functions.delete(IMAGE, '1');
    const gone = await rollBack('dep-1');
    t.match(gone, { status: 409, body: { code: 'version_not_found', operationId: String } });
    t.equal(world.live, '3/3');
    const { operationId } = gone.body as { operationId: string };
    t.match((await ask('GET', `/projects/p/operations/${operationId}`)).body,
      { state: 'failed', cause: /Version 1 of the image function "site-image" no longer exists/, result: null });
    world.lambda.aliases.delete(IMAGE, 'live');
    t.match(await rollBack('dep-2'), { status: 409, body: { code: 'alias_not_found' } });
    await ask('PATCH', '/projects/p', { serverFunctionName: 'other' });
    t.match(await rollBack('dep-2'), { status: 409, body: { code: 'deployment_not_deployable' } });
  });
});

void t.test('promote', async (t) => {
  await t.test('goes forward, and leaves neither record nor pin', async (t) => {
    const { ask, world } = await rollbackWorld(t);
    await ask('POST', '/projects/p/rollback', { targetDeploymentId: 'dep-1', pin: false });
    const { status, body } = await ask('POST', '/projects/p/promote', { deploymentId: 'dep-3', reason: 'fixed' });
    t.equal(status, 200);
    t.match(body, {
      message: /Promoted deployment dep-3/, deploymentId: 'dep-3', previousVersion: '1', newAliasVersion: '3',
      switchTimeMs: Number,
    });
    t.equal(world.live, '3/3');
    const { operationId } = body as { operationId: string };
    t.match((await ask('GET', `/projects/p/operations/${operationId}`)).body,
      { kind: 'promote', reason: 'fixed', targetDeploymentId: 'dep-3', resultDeploymentId: 'dep-3' });
    t.equal((await world.deployments()).length, 4, 'the rollback\'s record is the only new one');
    t.equal((await ask('GET', '/projects/p/pin')).status, 404);
  });

  await t.test('is held back by a pin unless it overrides it', async (t) => {
    const { ask, world } = await rollbackWorld(t);
    await ask('POST', '/projects/p/rollback', { targetDeploymentId: 'dep-1', reason: 'checkout fails' });
    const promote = (more: object) => ask('POST', '/projects/p/promote', { deploymentId: 'dep-3', ...more });
    for (const more of [{}, { override: false }]) {
      t.match(await promote(more), { status: 409, body: { code: 'project_pinned', detail: /ada.*checkout fails.*override/ } });
      t.equal(world.live, '1/1');
    }
    t.match(await promote({ override: true }), { status: 200, body: { deploymentId: 'dep-3' } });
    t.equal(world.live, '3/3');
    t.equal((await ask('GET', '/projects/p/pin')).status, 200, 'the pin stays');
    t.equal((await ask('POST', '/projects/p/rollback', { targetDeploymentId: 'dep-2' })).status, 200,
      'and holds no rollback back');
  });

  await t.test('is refused without a deployment', async (t) => {
    const { ask } = await rollbackWorld(t);
    t.match(await ask('POST', '/projects/p/promote', { deploymentId: 'dep-9' }),
      { status: 404, body: { code: 'deployment_not_found' } });
    t.match(await ask('POST', '/projects/p/promote', { targetDeploymentId: 'dep-1' }), {
      status: 400, body: { errors: [{ field: 'body/deploymentId', message: 'is required' }, { field: 'body/targetDeploymentId' }] },
    });
    t.match(await ask('POST', '/projects/p/promote', { deploymentId: 'dep-1', override: 'yes' }),
      { status: 400, body: { errors: [{ field: 'body/override' }] } });
  });
});

void t.test('undo', async (t) => {
  const undo = '/projects/p/rollback/undo';

  await t.test('goes back to what was live before, and lifts the pin that the rollback set', async (t) => {
    const { ask, world } = await rollbackWorld(t);
    await ask('POST', '/projects/p/promote', { deploymentId: 'dep-2' });
    await ask('POST', '/projects/p/rollback', { targetDeploymentId: 'dep-1' });
    const { status, body } = await ask('POST', undo, { reason: 'it was the database' });
    t.equal(status, 200);
    t.match(body, { deploymentId: 'dep-2', previousVersion: '1', newAliasVersion: '2', message: /Undid the rollback/ });
    t.equal(world.live, '2/2');
    const { operationId } = body as { operationId: string };
    t.match((await ask('GET', `/projects/p/operations/${operationId}`)).body,
      { kind: 'undo', reason: 'it was the database', targetDeploymentId: 'dep-2', resultDeploymentId: 'dep-2' });
    t.equal((await ask('GET', '/projects/p/pin')).status, 404);
    t.match(await ask('POST', undo), { status: 409, body: { code: 'nothing_to_undo' } }, 'once');
  });

  await t.test('needs no body, and no known deployment', async (t) => {
    const { ask, world } = await rollbackWorld(t);
    await ask('POST', '/projects/p/rollback', { targetDeploymentId: 'dep-1' });
    t.match(await ask('POST', undo), { status: 200, body: { deploymentId: null, newAliasVersion: '3' } });
    t.equal(world.live, '3/3');
    t.match((await ask('GET', '/projects/p/live')).body, { live: { deploymentId: null }, agrees: true });
    for (const body of ['null', '[]', '{"why": "x"}', '{"reason": ""}']) {
      t.match(await ask('POST', undo, body), { status: 400, body: { code: 'invalid_request' } }, body);
    }
    t.match(await ask('POST', undo, ''), { status: 409 }, 'an empty body is none');
  });

  await t.test('lifts the pin of the latest rollback, which took the place of an earlier one\'s', async (t) => {
    const { ask } = await rollbackWorld(t);
    await ask('POST', '/projects/p/rollback', { targetDeploymentId: 'dep-2', reason: 'first' });
    await ask('POST', '/projects/p/rollback', { targetDeploymentId: 'dep-1', reason: 'second' });
    t.match((await ask('GET', '/projects/p/pin')).body, { reason: 'second' });
    t.equal((await ask('POST', undo)).status, 200);
    t.equal((await ask('GET', '/projects/p/pin')).status, 404);
  });

  await t.test('leaves a pin that was set by hand', async (t) => {
    const { ask } = await rollbackWorld(t);
    await ask('PUT', '/projects/p/pin', { reason: 'audit' });
    await ask('POST', '/projects/p/rollback', { targetDeploymentId: 'dep-1' });
    t.match((await ask('GET', '/projects/p/pin')).body, { reason: 'audit', operationId: null }, 'the rollback left it too');
    t.equal((await ask('POST', undo)).status, 200);
    t.match((await ask('GET', '/projects/p/pin')).body, { reason: 'audit' });
  });

  await t.test('is of no use after a promote, or without a rollback', async (t) => {
    const { ask, world } = await rollbackWorld(t);
    t.match(await ask('POST', undo), { status: 409, body: { code: 'nothing_to_undo', detail: /no rollback/ } });
    await ask('POST', '/projects/p/rollback', { targetDeploymentId: 'dep-1' });
    await ask('POST', '/projects/p/promote', { deploymentId: 'dep-2', override: true });
    t.match(await ask('POST', undo), { status: 409, body: { code: 'nothing_to_undo' } });
    t.equal(world.live, '2/2');
    t.match(await ask('POST', '/projects/q/rollback/undo'), { status: 404, body: { code: 'project_not_found' } });
  });

  await t.test('of an undone chain goes back one rollback only', async (t) => {
    const { ask, world } = await rollbackWorld(t);
    await ask('POST', '/projects/p/rollback', { targetDeploymentId: 'dep-2' });
    await ask('POST', '/projects/p/rollback', { targetDeploymentId: 'dep-1' });
    t.equal((await ask('POST', undo)).status, 200);
    t.equal(world.live, '2/2');
    t.match(await ask('POST', undo), { status: 409, body: { code: 'nothing_to_undo' } });
  });
});

void t.test('a registration', async (t) => {
  const path = '/projects/p/deployments';

  await t.test('with promote makes the build live', async (t) => {
    const { ask, world } = await rollbackWorld(t, { image: false });
    const { status, headers, body } = await ask('POST', path, { ...BUILD, promote: true });
    t.equal(status, 201);
    const { deploymentId, promotion } = body as { deploymentId: string; promotion: { operationId: string } };
    t.equal(headers.location, `${path}/${deploymentId}`);
    t.match(promotion, { outcome: 'promoted', message: /Promoted deployment/, operationId: String });
    t.equal(world.live, '2');
    t.match((await ask('GET', `/projects/p/operations/${promotion.operationId}`)).body,
      { kind: 'promote', caller: 'ada', targetDeploymentId: deploymentId });
    t.match((await ask('GET', '/projects/p/live')).body, { live: { deploymentId } });
    t.notMatch((await ask('GET', `${path}/${deploymentId}`)).body, { promotion: Object }, 'a deployment itself has none');
    t.notMatch(JSON.stringify(body), /CodeSha256/);
    for (const promote of [undefined, false]) {
      t.match(await ask('POST', path, { ...BUILD, promote }), { status: 201, body: { promotion: null } });
    }
  });

  await t.test('stands when its promotion is held back or fails', async (t) => {
    const { ask, world } = await rollbackWorld(t, { image: false });
    await ask('POST', '/projects/p/rollback', { targetDeploymentId: 'dep-1', reason: 'checkout fails' });
    const pinned = await ask('POST', path, { ...BUILD, promote: true });
    t.match(pinned, { status: 201, body: { promotion: { outcome: 'pinned', message: /checkout fails/, operationId: null } } });
    t.equal(world.live, '1');
    const { deploymentId } = pinned.body as { deploymentId: string };
    t.equal((await ask('GET', `${path}/${deploymentId}`)).status, 200);

    await ask('DELETE', '/projects/p/pin');
    const failed = await ask('POST', path, { ...BUILD, lambdaServerVersionArn: versionArn(SERVER, 9), promote: true });
    t.match(failed, {
      status: 201,
      body: { promotion: { outcome: 'failed', message: /Version 9.*no longer exists/, operationId: String } },
    });
    t.equal(world.live, '1');
    t.match(await ask('POST', path, { ...BUILD, lambdaServerVersionArn: undefined, promote: true }),
      { status: 201, body: { promotion: { outcome: 'failed', message: /no server version ARN/ } } });
  });

  await t.test('tells an end that nobody knows yet from a failure', async (t) => {
    let broken = false;
    const lost = ({ name }: CallSite) => {
      if (!broken || name === 'functions.describeVersion' || !name.startsWith('functions.')) return;
      throw new CloudError({
        kind: 'unknown_outcome', service: 'lambda', operation: name, awsName: 'TimeoutError', message: 'lost.',
      });
    };
    const { ask, world } = await rollbackWorld(t, { image: false, fault: { after: lost } });
    await ask('POST', '/projects/p/promote', { deploymentId: 'dep-3' });
    broken = true;
    const { status, body } = await ask('POST', path, { ...BUILD, promote: true });
    t.equal(status, 201);
    const { promotion } = body as { promotion: { operationId: string } };
    t.match(promotion, { outcome: 'unfinished', message: /has not come to an end yet/, operationId: String });
    t.match((await ask('GET', '/projects/p/live')).body, { operation: { operationId: promotion.operationId } });
    broken = false;
    await world.settle();
    t.equal((await world.project()).operation, undefined, 'it is brought to its end');
  });

  await t.test('with promote is for builds that are deployed', async (t) => {
    const { ask, world } = await rollbackWorld(t, { image: false });
    for (const status of ['building', 'failed']) {
      t.match(await ask('POST', path, { ...BUILD, status, promote: true }), {
        status: 400, body: { code: 'invalid_request', errors: [{ field: 'body/promote', message: /not (building|failed)/ }] },
      });
    }
    t.match(await ask('POST', path, { ...BUILD, promote: 'yes' }), { status: 400, body: { errors: [{ field: 'body/promote' }] } });
    t.equal((await world.deployments()).length, 3, 'nothing is registered');
  });

  await t.test('does not need Lambda', async (t) => {
    const ofVersions = ({ name }: CallSite) => name === 'functions.describeVersion';
    const refusing = await rollbackWorld(t, { image: false, fault: denied(ofVersions) });
    t.match(await refusing.ask('POST', path, BUILD), { status: 201 });
    const slow = await rollbackWorld(t, { image: false, fault: neverAnswers(ofVersions) });
    const asked = slow.ask('POST', path, BUILD);
    await slow.patience.endsWith(1);
    t.match(await asked, { status: 201 });
    await storeFails(t);
  });
});

async function storeFails(t: Test): Promise<void> {
  const unavailable = (call: CallSite) => {
    if (call.name === 'store.projects.update') {
      throw new CloudError({
        kind: 'throttled', service: 'dynamodb', operation: 'UpdateItem', awsName: 'ThrottlingException', message: 'table/secret',
      });
    }
  };
  const { ask } = await rollbackWorld(t, { image: false, fault: { before: unavailable } });
  const { status, body } = await ask('POST', '/projects/p/deployments', { ...BUILD, promote: true });
  t.equal(status, 201);
  t.strictSame((body as { promotion: unknown }).promotion, {
    outcome: 'failed', message: 'dynamodb UpdateItem failed with ThrottlingException. Promote it again.', operationId: null,
  });
}
