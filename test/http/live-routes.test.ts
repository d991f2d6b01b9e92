import t from 'tap';
import { Crash, crashAt, type CallSite } from '../support/failing-world.ts';
import { IMAGE, SERVER, versionArn } from '../support/live-world.ts';
import { BAD_REASONS, BUILD_2 as BUILD, denied, neverAnswers, rollbackWorld } from '../support/rollback-world.ts';

void t.test('pin', async (t) => {
  const pin = '/projects/p/pin';
  const { ask, world } = await rollbackWorld(t);
  t.match(await ask('GET', pin), { status: 404, body: { code: 'pin_not_found' } });
  const set = await ask('PUT', pin, { reason: 'audit', expiresAt: world.nowMs + 1_000 });
  t.equal(set.status, 200);
  t.strictSame(set.body,
    { reason: 'audit', caller: 'ada', at: world.nowMs, expiresAt: world.nowMs + 1_000, operationId: null });
  t.strictSame((await ask('GET', pin)).body, set.body);
  t.match(await ask('POST', '/projects/p/promote', { deploymentId: 'dep-1' }), { status: 409, body: { code: 'project_pinned' } });

  world.nowMs += 1_000;
  t.match(await ask('GET', pin), { status: 404, body: { code: 'pin_not_found' } }, 'an expired pin is no pin');
  t.equal((await ask('POST', '/projects/p/promote', { deploymentId: 'dep-1' })).status, 200);

  t.match(await ask('PUT', pin, { reason: 'again' }), { status: 200, body: { expiresAt: null } });
  t.match(await ask('PUT', pin, { reason: 'better' }), { status: 200, body: { reason: 'better' } }, 'replaces it');
  t.match(await ask('DELETE', pin), { status: 204, body: undefined });
  t.match(await ask('DELETE', pin), { status: 204, body: undefined }, 'twice is harmless');
  t.equal((await ask('GET', pin)).status, 404);

  for (const [field, body] of [
    ...BAD_REASONS.map((reason) => ['reason', { reason }] as const),
    ['reason', {}], ['expiresAt', { reason: 'x', expiresAt: world.nowMs }], ['expiresAt', { reason: 'x', expiresAt: '5' }],
    ['expiresAt', { reason: 'x', expiresAt: world.nowMs + 0.5 }], ['caller', { reason: 'x', caller: 'eve' }],
  ] as const) {
    t.match(await ask('PUT', pin, body),
      { status: 400, body: { code: 'invalid_request', errors: [{ field: `body/${field}` }] } }, JSON.stringify(body));
  }
  for (const [method, body] of [['PUT', { reason: 'x' }], ['GET', undefined], ['DELETE', undefined]] as const) {
    t.match(await ask(method, '/projects/q/pin', body), { status: 404, body: { code: 'project_not_found' } }, method);
  }
});

void t.test('a pin is neither set nor lifted while a change is open, whose end the pin before it decides', async (t) => {
  const { ask, world } = await rollbackWorld(t);
  await t.rejects(world.replica(crashAt(4, 'after')).rollBack('dep-1'), Crash);
  for (const [method, body] of [['PUT', { reason: 'audit' }], ['DELETE', undefined]] as const) {
    t.match(await ask(method, '/projects/p/pin', body), { status: 409, body: { code: 'operation_in_progress' } }, method);
  }
  await world.settle();
  t.equal((await ask('PUT', '/projects/p/pin', { reason: 'audit' })).status, 200);
});

void t.test('live', async (t) => {
  await t.test('says what is live, and where the aliases are', async (t) => {
    const { ask, world } = await rollbackWorld(t);
    t.match(await ask('GET', '/projects/p/live'), {
      status: 200,
      body: {
        live: null, agrees: true, drift: [], pin: null, operation: null,
        server: { functionName: SERVER, version: '3', weights: {}, recordedVersion: null, agrees: true, error: null },
        image: { functionName: IMAGE, version: '3' },
      },
    }, 'before the first operation anything agrees');

    const { operationId, deploymentId } = (await ask('POST', '/projects/p/rollback', { targetDeploymentId: 'dep-1' }))
      .body as Record<string, string>;
    const { body } = await ask('GET', '/projects/p/live');
    t.strictSame(body, {
      live: { deploymentId, operationId, at: world.nowMs },
      server: {
        functionName: SERVER, version: '1', weights: {}, revisionId: world.lambda.aliases.get(SERVER, 'live').revisionId,
        recordedVersion: '1', agrees: true, error: null,
      },
      image: {
        functionName: IMAGE, version: '1', weights: {}, revisionId: world.lambda.aliases.get(IMAGE, 'live').revisionId,
        recordedVersion: '1', agrees: true, error: null,
      },
      agrees: true, drift: [],
      pin: { reason: 'rolled back', caller: 'ada', at: world.nowMs, expiresAt: null, operationId },
      operation: null,
    });
    t.match(await ask('GET', '/projects/q/live'), { status: 404, body: { code: 'project_not_found' } });
  });

  await t.test('tells what was moved by hand', async (t) => {
    const { ask, world } = await rollbackWorld(t);
    await ask('POST', '/projects/p/rollback', { targetDeploymentId: 'dep-1' });
    world.lambda.aliases.update(SERVER, 'live', { version: '2', weights: { 3: 0.125 } });
    world.lambda.aliases.update(IMAGE, 'live', { version: '1', weights: { 2: 0.1 } });
    t.match((await ask('GET', '/projects/p/live')).body, {
      agrees: false, server: { version: '2', weights: { 3: 0.125 }, recordedVersion: '1', agrees: false },
      image: { version: '1', weights: { 2: 0.1 }, agrees: false },
      drift: [
        /server alias is at version 2, and version 1 was made live last/,
        'The server alias sends 12.5 % of its requests to version 3.',
        'The image alias sends 10 % of its requests to version 2.',
      ],
    });
    world.lambda.aliases.update(SERVER, 'live', { version: '1', weights: {} });
    world.lambda.aliases.update(IMAGE, 'live', { weights: {} });
    t.match((await ask('GET', '/projects/p/live')).body, { agrees: true, drift: [] }, 'back again is no drift');
  });

  await t.test('shows a running operation', async (t) => {
    const { ask, world } = await rollbackWorld(t);
    const operation = {
      projectId: 'p', operationId: 'op_9', kind: 'promote', state: 'running', caller: 'bob', startedAt: 5, steps: [],
      pins: false, leaseUntil: 9,
    } as const;
    await world.stores.projects.update({ projectId: 'p' }, { set: { operation } });
    t.strictSame(((await ask('GET', '/projects/p/live')).body as { operation: unknown }).operation,
      { operationId: 'op_9', kind: 'promote', startedAt: 5, caller: 'bob' });
  });

  await t.test('goes on without a function that is missing', async (t) => {
    const { ask, world } = await rollbackWorld(t);
    world.lambda.functions.delete(IMAGE, undefined);
    t.match((await ask('GET', '/projects/p/live')).body, {
      agrees: false, server: { version: '3', agrees: true },
      image: { version: null, weights: null, revisionId: null, agrees: false, error: /site-image.*does not exist/ },
      drift: [/site-image.*does not exist/],
    });
    await ask('PATCH', '/projects/p', { imageFunctionName: null });
    t.match((await ask('GET', '/projects/p/live')).body, { image: null, agrees: true });
    await ask('PATCH', '/projects/p', { serverFunctionName: null });
    t.match((await ask('GET', '/projects/p/live')).body, { server: null, image: null, agrees: true });
  });

  await t.test('compares nothing with the records of another function', async (t) => {
    const { ask } = await rollbackWorld(t);
    await ask('POST', '/projects/p/rollback', { targetDeploymentId: 'dep-1' });
    await ask('PATCH', '/projects/p', { serverFunctionName: IMAGE });
    t.match((await ask('GET', '/projects/p/live')).body, { server: { functionName: IMAGE, recordedVersion: null, agrees: true } });
  });

  await t.test('tells which alias Lambda refuses or is slow to tell', async (t) => {
    const ofImage = ({ name, args }: CallSite) => name === 'functions.readAlias' && args[0] === IMAGE;
    const refusing = await rollbackWorld(t, { fault: denied(ofImage) });
    const { body } = await refusing.ask('GET', '/projects/p/live');
    t.match(body, {
      server: { version: '3' }, agrees: null, drift: [],
      image: { version: null, agrees: null, error: /AccessDeniedException/ },
    });
    t.notMatch(JSON.stringify(body), 'secret', 'and not in the words of AWS');

    const slow = await rollbackWorld(t, { fault: neverAnswers(ofImage) });
    const asked = slow.ask('GET', '/projects/p/live');
    await slow.patience.endsWith(1);
    t.match((await asked).body, { server: { version: '3' }, image: { agrees: null, error: /not answered within 3000 ms/ } });

    const broken = await rollbackWorld(t, { fault: { before: (call) => { if (ofImage(call)) throw new Error('a bug'); } } });
    t.match(await broken.ask('GET', '/projects/p/live'), { status: 500, body: { code: 'internal_error' } });
  });
});

type Checks = { name: string; role: string | null; outcome: string; message: string }[];

async function eligibility(ask: Awaited<ReturnType<typeof rollbackWorld>>['ask'], deploymentId = 'dep-1') {
  const { body } = await ask('GET', `/projects/p/deployments/${deploymentId}/eligibility`);
  const { checks, eligible } = body as { checks: Checks; eligible: boolean };
  const outcome = (name: string, role: string | null = 'server') =>
    checks.find((check) => check.name === name && check.role === role);
  return { checks, eligible, outcome };
}

void t.test('eligibility', async (t) => {
  await t.test('of a deployment that was registered while Lambda could be asked', async (t) => {
    const { ask } = await rollbackWorld(t);
    const { deploymentId } = (await ask('POST', '/projects/p/deployments', {
      ...BUILD, lambdaImageVersionArn: versionArn(IMAGE, 2),
    })).body as { deploymentId: string };
    const { checks, eligible } = await eligibility(ask, deploymentId);
    t.ok(eligible);
    t.strictSame(checks.map(({ name, role, outcome }) => [name, role, outcome]), [
      ['record_deployed', null, 'pass'],
      ['version_exists', 'server', 'pass'], ['version_state', 'server', 'pass'], ['code_hash', 'server', 'pass'],
      ['alias_exists', 'server', 'pass'], ['same_role_and_architecture', 'server', 'pass'],
      ['provisioned_concurrency', 'server', 'pass'],
      ['version_exists', 'image', 'pass'], ['version_state', 'image', 'pass'], ['code_hash', 'image', 'pass'],
      ['alias_exists', 'image', 'pass'], ['same_role_and_architecture', 'image', 'pass'],
      ['provisioned_concurrency', 'image', 'pass'],
      ['already_live', null, 'pass'],
    ]);
    t.match(await ask('GET', '/projects/p/deployments/dep-9/eligibility'), { status: 404, body: { code: 'deployment_not_found' } });
    t.match(await ask('GET', '/projects/q/deployments/dep-1/eligibility'), { status: 404, body: { code: 'project_not_found' } });
  });

  await t.test('is not made up for a record that cannot be read', async (t) => {
    const { ask, world } = await rollbackWorld(t, { image: false });
    const broken = { lambdaServerVersionArn: 'arn:aws:lambda' as ReturnType<typeof versionArn> };
    await world.stores.deployments.update({ projectId: 'p', deploymentId: 'dep-1' }, { set: broken });
    t.match(await ask('GET', '/projects/p/deployments/dep-1/eligibility'), { status: 500, body: { code: 'internal_error' } });
  });

  await t.test('knows other code under the same number', async (t) => {
    const { ask, world } = await rollbackWorld(t, { image: false });
    const building = { ...BUILD, status: 'building', lambdaServerVersionArn: undefined };
    const registered = (await ask('POST', '/projects/p/deployments', building)).body as { deploymentId: string };
    t.match((await eligibility(ask, registered.deploymentId)), {
      eligible: false, checks: [{ name: 'record_deployed', outcome: 'fail', message: /"building"/ }],
    }, 'a build that has not ended');
    await ask('PATCH', `/projects/p/deployments/${registered.deploymentId}`,
      { status: 'deployed', lambdaServerVersionArn: versionArn(SERVER, 2) });
    const { deploymentId } = (await ask('POST', '/projects/p/rollback', { targetDeploymentId: registered.deploymentId }))
      .body as { deploymentId: string };

    world.lambda.functions.delete(SERVER, undefined);
    world.lambda.functions.create({
      name: SERVER, role: 'arn:aws:iam::123456789012:role/site', runtime: 'nodejs22.x', handler: 'index.handler',
      code: { zip: Buffer.from('something else') },
    });
    for (const DEPLOYMENT_ID of ['x', 'y']) {
      world.lambda.functions.updateConfiguration(SERVER, { environment: { DEPLOYMENT_ID } });
      world.lambda.functions.publish(SERVER);
    }
    for (const id of [registered.deploymentId, deploymentId]) {
      const { eligible, outcome } = await eligibility(ask, id);
      t.notOk(eligible);
      t.match(outcome('code_hash'), { outcome: 'fail', message: /other code/ }, 'the record of a rollback carries it too');
      t.match(outcome('alias_exists'), { outcome: 'fail', message: /does not exist/ });
      t.match(outcome('already_live', null), { outcome: 'pass' });
    }
  });

  await t.test('tells apart what forbids it and what is worth knowing', async (t) => {
    const { ask, world } = await rollbackWorld(t, { image: false });
    t.match((await eligibility(ask)).outcome('code_hash'), { outcome: 'warn', message: /not known/ }, 'a hash never recorded');
    for (const [state, outcome, message] of [
      ['Active', 'pass', 'Version 1 is active.'],
      ['Inactive', 'warn', /\(idle\) and wakes slowly: the first request may be rejected/],
      ['Deactivating', 'warn', /wakes slowly/], ['Pending', 'warn', /still being prepared/],
      ['Failed', 'fail', /cannot be invoked/], ['Deleting', 'fail', /Deleting/], ['ActiveNonInvocable', 'fail', /cannot/],
      ['Surprised', 'warn', /Surprised/],
    ] as const) {
      world.lambda.functions.setState(SERVER, '1', state, state === 'Active' ? null : 'idle');
      const found = await eligibility(ask);
      t.match(found.outcome('version_state'), { outcome, message }, state);
      t.equal(found.eligible, outcome !== 'fail');
    }
    t.match((await eligibility(ask, 'dep-3')).outcome('already_live', null), { outcome: 'warn', message: /already/ });
    world.lambda.aliases.update(SERVER, 'live', { version: '3', weights: { 2: 0.5 } });
    t.match((await eligibility(ask, 'dep-3')).outcome('already_live', null), { outcome: 'pass' }, 'not with all traffic');

    world.lambda.provisioned.put(SERVER, 'live', 5);
    t.match((await eligibility(ask)).outcome('provisioned_concurrency'), { outcome: 'warn', message: /^5 instances/ });

    world.lambda.functions.delete(SERVER, '1');
    const gone = await eligibility(ask);
    t.match(gone.outcome('version_exists'), { outcome: 'fail', message: /no longer exists/ });
    t.notOk(gone.eligible);
    t.equal(gone.outcome('version_state'), undefined, 'what does not exist has no state');
  });

  await t.test('compares with the version that is live', async (t) => {
    const { ask, world } = await rollbackWorld(t, { image: false });
    world.lambda.functions.updateConfiguration(SERVER, { role: 'arn:aws:iam::123456789012:role/other' });
    world.lambda.functions.updateCode(SERVER, { zip: Buffer.from('arm') }, { architectures: ['arm64'] });
    world.lambda.functions.publish(SERVER);
    world.lambda.aliases.update(SERVER, 'live', { version: '4' });
    t.match((await eligibility(ask)).outcome('same_role_and_architecture'),
      { outcome: 'warn', message: /Versions 1 and 4.*differ in execution role and architecture/ });
    world.lambda.records.removeVersion(world.lambda.records.requireVersion(SERVER, '4'));
    t.match((await eligibility(ask)).outcome('same_role_and_architecture'), { outcome: 'warn', message: /does not exist any more/ });
  });

  await t.test('warns of what Lambda does not tell', async (t) => {
    const { ask } = await rollbackWorld(t, { image: false, fault: denied(({ name }) => name.startsWith('functions.')) });
    const blind = await eligibility(ask);
    t.ok(blind.eligible);
    t.match(blind.checks, [
      { name: 'record_deployed', outcome: 'pass' },
      { name: 'version_exists', outcome: 'warn', message: /AccessDeniedException/ },
      { name: 'alias_exists', outcome: 'warn', message: /AccessDeniedException/ },
      { name: 'already_live', outcome: 'warn', message: /not known/ },
    ]);
    const half = await rollbackWorld(t, {
      image: false,
      fault: denied(({ name, args }) => name === 'functions.provisionedConcurrency'
        || (name === 'functions.describeVersion' && args[1] === '3')),
    });
    const { outcome } = await eligibility(half.ask);
    t.match(outcome('provisioned_concurrency'), { outcome: 'warn', message: /AccessDenied/ });
    t.match(outcome('same_role_and_architecture'), { outcome: 'warn', message: /AccessDenied/ });
  });
});
