import { setImmediate as turn } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { KEY_LIFETIME_MS } from '../../src/domain/idempotency.ts';
import type { Project } from '../../src/domain/project.ts';
import { CloudError } from '../../src/ports/cloud-error.ts';
import { crashAt, type CallSite, type Fault } from '../support/failing-world.ts';
import { serverOf, type Request, type Sent } from '../support/keyed-world.ts';
import { IMAGE, LEASE_MS, LiveWorld, SERVER, versionArn } from '../support/live-world.ts';

const key = 'b7a1';
const ROLLBACK: Request = { path: 'rollback', body: { targetDeploymentId: 'dep-1' }, key };
const CREATE: Request = { path: '/projects', body: { name: 'Shop' }, key };

async function world(t: Test): Promise<LiveWorld> {
  const opened = await LiveWorld.open();
  t.after(() => opened.close());
  return opened;
}

function failure(kind: 'refused' | 'throttled' | 'unknown_outcome'): CloudError {
  return new CloudError({ kind, service: 'lambda', operation: 'UpdateAlias', awsName: 'Failing', message: 'Failing.' });
}

/** Fails moves of the image alias. */
function failingImage(kind: Parameters<typeof failure>[0], times = 1): Fault {
  let left = times;
  return {
    before: (call) => {
      if (call.name === 'functions.moveAlias' && call.args[0] === IMAGE && left-- > 0) throw failure(kind);
    },
  };
}

const codeOf = ({ payload }: Sent) => (JSON.parse(payload) as { code: string }).code;
const rollbacks = async (w: LiveWorld) => (await w.deployments()).filter((each) => each.isRollback).length;
const projects = (w: LiveWorld) =>
  w.stores.projects.query({ index: 'byCreation', hash: 'project', order: 'ascending', limit: 100 });

void t.test('the first answer is given again, byte for byte, by any server on the store', async (t) => {
  const build = {
    commitSha: 'abcdef0', branch: 'main', version: '9', status: 'building' as const,
  };
  const rows: [string, Request, number][] = [
    ['a rollback', ROLLBACK, 200],
    ['a dry run', { ...ROLLBACK, body: { targetDeploymentId: 'dep-1', dryRun: true } }, 200],
    ['a new project', CREATE, 201],
    ['a new deployment', { path: 'deployments', body: build, key }, 201],
    ['a change', { method: 'PATCH', path: '/projects/p', body: { name: 'Other' }, key }, 200],
    ['a pin', { method: 'PUT', path: 'pin', body: { reason: 'hold' }, key }, 200],
    ['an answer without a body', { method: 'DELETE', path: '/projects/p', key }, 204],
    ['a refusal that stands', { ...ROLLBACK, body: { targetDeploymentId: 'dep-9' } }, 404],
    ['a refusal by the operation', { path: 'rollback/undo', key }, 409],
  ];
  for (const [name, request, status] of rows) {
    await t.test(name, async (t) => {
      const w = await world(t);
      const [one, other] = [await serverOf(w), await serverOf(w)];
      const first = await one.send(request);
      t.equal(first.status, status);
      t.notOk(first.isReplay);
      await one.replica.background.drain();
      w.nowMs += 5_000;
      for (const server of [one, other]) {
        const again = await server.send({ ...request, key: `"${key}"` });
        t.strictSame([again.status, again.payload, again.isReplay], [status, first.payload, true]);
        for (const name of ['content-type', 'location']) t.equal(again.headers[name], first.headers[name], name);
        t.not(again.headers['x-request-id'], first.headers['x-request-id']);
      }
      t.notOk((await w.stores.projects.get({ projectId: 'p' }))?.operation, 'nothing is left held');
    });
  }
});

void t.test('it is done once', async (t) => {
  t.test('however often it is sent', async (t) => {
    const w = await world(t);
    const server = await serverOf(w);
    for (let i = 0; i < 3; i++) await server.send(CREATE);
    for (let i = 0; i < 3; i++) await server.send({ ...ROLLBACK, key: 'other' });
    await w.settle();
    t.equal((await projects(w)).length, 2);
    t.equal(await rollbacks(w), 1);
  });
  t.test('again once the key is forgotten', async (t) => {
    const w = await world(t);
    const server = await serverOf(w);
    await server.send(CREATE);
    w.nowMs += KEY_LIFETIME_MS + 1_000;
    t.notOk((await server.send(CREATE)).isReplay);
    t.equal((await projects(w)).length, 3);
  });
  t.test('each time without a key, and once for each caller', async (t) => {
    const w = await world(t);
    const server = await serverOf(w);
    const { key: _, ...keyless } = CREATE;
    for (const request of [keyless, keyless, CREATE, { ...CREATE, caller: 'eve' }]) {
      t.notOk((await server.send(request)).isReplay);
    }
    t.equal((await projects(w)).length, 5);
  });
});

void t.test('a key that belongs to another request is refused', async (t) => {
  const w = await world(t);
  const server = await serverOf(w);
  await server.send(ROLLBACK);
  for (const other of [
    { ...ROLLBACK, body: { targetDeploymentId: 'dep-2' } },
    { ...ROLLBACK, path: 'promote', body: { deploymentId: 'dep-2' } },
    { ...ROLLBACK, path: 'rollback?x=1' }, CREATE, { method: 'DELETE', path: 'pin', key } as const,
  ]) {
    const refused = await server.send(other);
    t.match([refused.status, codeOf(refused)], [422, 'idempotency_key_reused'], other.path);
  }
  t.equal(w.live, '1/1');
  t.notOk((await w.project()).operation);
});

void t.test('the header', async (t) => {
  const w = await world(t);
  const server = await serverOf(w);
  const tooLong = 'x'.repeat(256);
  for (const bad of ['', '""', '"a', 'a"b', 'a b', 'a, b', 'ä', tooLong, `"${tooLong}"`, '"a\\b"', '"a";b=1']) {
    const refused = await server.send({ ...CREATE, key: bad });
    t.match(JSON.parse(refused.payload), {
      status: 400, code: 'invalid_request', errors: [{ field: 'headers/idempotency-key' }],
    }, bad);
  }
  t.equal((await projects(w)).length, 1);
  for (const good of ['x'.repeat(255), `"${'y'.repeat(255)}"`, '8e03978e-40d5-43dd-bc93-6894a57f9324', '"a\\"\\\\b"']) {
    t.equal((await server.send({ ...CREATE, key: good })).status, 201, good);
    t.ok((await server.send({ ...CREATE, key: good })).isReplay, good);
  }
  const read = await server.send({ method: 'GET', path: '/projects/p', key });
  t.notOk(read.calls.some((name) => name.includes('idempotency')), 'a read ignores it');
});

void t.test('while the first is running', async (t) => {
  t.test('a rollback sent again is told to wait, and by which operation', async (t) => {
    const w = await world(t);
    let told: Sent | undefined;
    const other = await serverOf(w);
    const server = await serverOf(w, {
      before: async (call) => { if (call.name === 'functions.moveAlias') told ??= await other.send(ROLLBACK); },
    });
    const first = await server.send(ROLLBACK);
    t.equal(first.status, 200);
    t.match([told?.status, told && codeOf(told), told?.headers['retry-after']], [409, 'request_in_progress', '1']);
    const { operationId } = JSON.parse(first.payload) as { operationId: string };
    t.match(JSON.parse(told?.payload ?? ''), { operationId });
    await server.replica.background.drain();
    t.equal((await other.send(ROLLBACK)).payload, first.payload);
  });
  t.test('so is any other change', async (t) => {
    const w = await world(t);
    let told: Sent | undefined;
    const other = await serverOf(w);
    const server = await serverOf(w, {
      before: async (call) => { if (call.name === 'store.projects.create') told = await other.send(CREATE); },
    });
    t.equal((await server.send(CREATE)).status, 201);
    t.match([told?.status, told && codeOf(told)], [409, 'request_in_progress']);
  });
  t.test('two at once are one operation, whichever takes the project first', async (t) => {
    const w = await world(t);
    const takes = { other: 0, first: 0 };
    const isUpdate = (call: CallSite) => call.name === 'store.projects.update';
    const until = async (holds: () => boolean) => { while (!holds()) await turn(); };
    const other = await serverOf(w, {
      // It has taken the project; before it gives it back the first has been refused it.
      before: (call) => (isUpdate(call) && takes.other > 0 ? until(() => takes.first > 0) : undefined),
      after: (call) => { if (isUpdate(call)) takes.other++; },
    });
    const server = await serverOf(w, {
      // It asks once too early, and again when the project has been given back.
      before: (call) => (isUpdate(call) ? until(() => takes.other > Math.min(takes.first, 1)) : undefined),
      after: (call) => { if (isUpdate(call)) takes.first++; },
    });
    const sent = server.send(ROLLBACK);
    await until(() => server.replica.gate.calls.includes('store.idempotency.create'));
    const [first, second] = await Promise.all([sent, other.send(ROLLBACK)]);
    t.equal(first.status, 200, first.payload);
    t.match([second.status, codeOf(second)], [409, 'request_in_progress']);
    await w.settle();
    t.equal(await rollbacks(w), 1);
  });
  t.test('many at once are one operation', async (t) => {
    const w = await world(t);
    const [one, other] = [await serverOf(w), await serverOf(w)];
    const sent = await Promise.all(Array.from({ length: 10 }, (_, i) => (i % 2 ? one : other).send(ROLLBACK)));
    t.equal(new Set(sent.filter(({ status }) => status === 200).map(({ payload }) => payload)).size, 1);
    t.ok(sent.every((each) => each.status === 200 || codeOf(each) === 'request_in_progress'));
    await w.settle();
    t.equal(await rollbacks(w), 1);
  });
});

void t.test('a key costs a rollback no round trip', async (t) => {
  const w = await world(t);
  const warm = await serverOf(w);
  await warm.send({ ...ROLLBACK, key: 'earlier' });
  await warm.replica.background.drain();

  let release = () => {};
  const kept = new Promise<void>((resolve) => { release = resolve; });
  const server = await serverOf(w, {
    before: (call) => (call.name === 'store.idempotency.update' ? kept : undefined),
  });
  const sent = await server.send({ ...ROLLBACK, body: { targetDeploymentId: 'dep-2' } });
  t.equal(sent.status, 200, 'answered before the answer is kept');
  t.strictSame(sent.calls.slice(0, 6), [
    'store.projects.update', 'store.deployments.get', 'store.idempotency.create',
    'functions.moveAlias', 'functions.moveAlias',
    'store.projects.update',
  ]);
  const other = await serverOf(w);
  const meanwhile = await other.send({ ...ROLLBACK, body: { targetDeploymentId: 'dep-2' } });
  t.strictSame([meanwhile.status, meanwhile.payload], [200, sent.payload], 'its operation says what it was');
  release();
});

void t.test('an answer that is no end is not kept', async (t) => {
  for (const [kind, status] of [['refused', 500], ['throttled', 503]] as const) {
    t.test(`${status}: the request is served anew`, async (t) => {
      const w = await world(t);
      const server = await serverOf(w, failingImage(kind));
      t.equal((await server.send(ROLLBACK)).status, status);
      t.equal(w.live, '3/3');
      const other = await server.send({ ...ROLLBACK, body: { targetDeploymentId: 'dep-2' } });
      t.equal(other.status, 422, 'the key stays its own');
      const again = await server.send(ROLLBACK);
      t.strictSame([again.status, again.isReplay, w.live], [200, false, '1/1']);
      t.ok((await server.send(ROLLBACK)).isReplay);
    });
  }
  t.test('another operation is running: the request is served when it has ended', async (t) => {
    const w = await world(t);
    const other = await serverOf(w);
    let refused: Sent | undefined;
    const server = await serverOf(w, {
      before: async (call) => { if (call.name === 'functions.moveAlias') refused ??= await other.send(ROLLBACK); },
    });
    await server.send({ ...ROLLBACK, body: { targetDeploymentId: 'dep-2' }, key: 'first' });
    t.match([refused?.status, refused && codeOf(refused)], [409, 'operation_in_progress']);
    t.match(await other.send(ROLLBACK), { status: 200, isReplay: false });
    t.equal(w.live, '1/1');
  });
  t.test('the end is not known: the request gets what really happened', async (t) => {
    const w = await world(t);
    let moves = 0;
    const server = await serverOf(w, {
      before: (call) => {
        if (call.name === 'functions.moveAlias' && (call.args[0] === IMAGE || ++moves > 1)) throw failure('throttled');
      },
    });
    const unknown = await server.send(ROLLBACK);
    t.match([unknown.status, codeOf(unknown)], [503, 'operation_unfinished']);
    const healthy = await serverOf(w);
    for (let i = 0; i < 2; i++) t.equal(codeOf(await healthy.send(ROLLBACK)), 'request_in_progress');
    w.nowMs += LEASE_MS;
    const { operationId } = JSON.parse(unknown.payload) as { operationId: string };
    const known = await healthy.send(ROLLBACK);
    t.equal(known.status, 200, known.payload);
    t.match(JSON.parse(known.payload), { operationId, newAliasVersion: '1' }, 'by the operation that was left open');
    t.equal(w.live, '1/1');
    await w.settle();
    t.equal(await rollbacks(w), 1);
  });
  t.test('something unforeseen: what it left open is looked at first', async (t) => {
    const w = await world(t);
    let commits = 0;
    const server = await serverOf(w, {
      before: (call) => { if (call.name === 'store.projects.update' && ++commits === 3) throw new TypeError('a bug'); },
    });
    t.match(await server.send(ROLLBACK), { status: 503 });
    w.nowMs += LEASE_MS;
    t.match(await (await serverOf(w)).send(ROLLBACK), { status: 200 });
    await w.settle();
    t.equal(await rollbacks(w), 1);
  });
  t.test('more than a record holds', async (t) => {
    const w = await world(t);
    let calls = 0;
    const project = { ...await w.project(), name: 'x'.repeat(300_000) };
    const server = await serverOf(w, {}, { createProject: async (): Promise<Project> => { calls++; return project; } });
    t.strictSame([(await server.send(CREATE)).status, (await server.send(CREATE)).status, calls], [201, 201, 2]);
  });
});

void t.test('a failure whose answer was lost with its process is told again', async (t) => {
  const crashed = async (t: Test, fault: Fault) => {
    const w = await world(t);
    const dying = await serverOf(w, {
      before: async (call, die) => {
        if (call.name === 'store.idempotency.update') die();
        await fault.before?.(call, die);
      },
    });
    const first = await dying.send(ROLLBACK);
    const healthy = await serverOf(w);
    const soon = await healthy.send(ROLLBACK);
    w.nowMs += 3 * LEASE_MS;
    return { w, first, soon, retry: await healthy.send(ROLLBACK), third: await healthy.send(ROLLBACK) };
  };
  const told = ({ payload }: Sent) => ({ ...JSON.parse(payload) as object, requestId: '' });

  t.test('and kept when it is an end', async (t) => {
    const { first, soon, retry, third } = await crashed(t, {
      before: (call) => {
        if (call.name !== 'functions.moveAlias' || call.args[0] !== IMAGE) return;
        throw new CloudError({
          kind: 'not_found', service: 'lambda', operation: 'UpdateAlias', awsName: 'ResourceNotFoundException',
          message: 'No.',
        });
      },
    });
    t.match(told(first), { code: 'alias_not_found', operationId: /^op_/ });
    t.strictSame(told(soon), told(first), 'even before the lease has ended');
    t.strictSame(told(retry), told(first));
    t.strictSame([third.payload, third.isReplay], [retry.payload, true]);
  });
  t.test('and is no obstacle to another try when it is none', async (t) => {
    const { w, first, soon, retry, third } = await crashed(t, failingImage('throttled'));
    t.match([first.status, soon.status, retry.status, third.status], [503, 503, 503, 200]);
    t.strictSame(told(retry), told(first));
    t.equal(retry.headers['retry-after'], first.headers['retry-after']);
    t.equal(w.live, '1/1');
  });
});

void t.test('a run that is late', async (t) => {
  t.test('changes nothing: the request is another run\'s by then', async (t) => {
    const w = await world(t);
    const other = await serverOf(w);
    let retried: Sent | undefined;
    const late = await serverOf(w, {
      before: async (call) => {
        if (call.name !== 'store.projects.update' || retried) return;
        while (!late.replica.gate.calls.includes('store.idempotency.create')) await turn();
        await turn();
        w.nowMs += 2 * LEASE_MS;
        retried = await other.send(ROLLBACK);
      },
    });
    const answer = await late.send(ROLLBACK);
    t.equal(retried?.status, 200);
    t.match([answer.status, codeOf(answer)], [409, 'request_in_progress']);
    t.equal((await other.send(ROLLBACK)).payload, retried?.payload);
    await w.settle();
    t.equal(await rollbacks(w), 1);
  });
  t.test('cannot give back what the store does not let it: that is undone', async (t) => {
    const w = await world(t);
    await (await serverOf(w)).send(ROLLBACK);
    let updates = 0;
    const server = await serverOf(w, {
      before: (call) => {
        if (call.name === 'store.projects.update' && ++updates === 2) throw failure('unknown_outcome');
      },
    });
    t.equal((await server.send(ROLLBACK)).status, 200);
    t.ok((await w.project()).operation);
    await w.settle();
    t.notOk((await w.project()).operation);
    t.equal(w.live, '1/1');
  });
});

void t.test('a request whose second run dies as well is done once', async (t) => {
  const w = await world(t);
  const claimed = (call: CallSite, die: () => never) => { if (call.name === 'store.idempotency.create') die(); };
  const first = await serverOf(w, { after: claimed });
  await first.send(ROLLBACK);
  w.nowMs += 3 * LEASE_MS;
  let writes = 0;
  const second = await serverOf(w, {
    // It takes the request over, names its operation, and would then keep the answer.
    before: (call, die) => { if (call.name === 'store.idempotency.update' && ++writes === 3) die(); },
  });
  const done = await second.send(ROLLBACK);
  t.equal(done.status, 200, done.payload);
  await second.replica.background.drain();
  t.ok(second.replica.gate.dead);
  w.nowMs += 3 * LEASE_MS;
  const third = await (await serverOf(w)).send(ROLLBACK);
  t.strictSame([third.status, third.payload, third.isReplay], [200, done.payload, false]);
  await w.settle();
  t.equal(await rollbacks(w), 1);
});

void t.test('a change whose process died', async (t) => {
  const release = {
    path: 'deployments', key, body: {
      commitSha: 'abcdef0', branch: 'main', version: '9', status: 'deployed', promote: true,
      lambdaServerVersionArn: versionArn(SERVER, 2), lambdaImageVersionArn: versionArn(IMAGE, 2),
    },
  };
  const rows: [string, Request, number][] = [
    ['creating a project', CREATE, 201],
    ['registering a deployment', { ...release, body: { ...release.body, promote: false } }, 201],
    ['registering and promoting one', release, 201],
    ['deleting a project', { method: 'DELETE', path: '/projects/p', key }, 204],
  ];
  for (const [name, request, status] of rows) {
    await t.test(`${name}: is made once, whatever call it died at`, async (t) => {
      for (let call = 1, died = true; died; call++) {
        for (const moment of ['before', 'after'] as const) {
          const w = await world(t);
          const dying = await serverOf(w, crashAt(call, moment));
          await dying.send(request);
          await dying.replica.background.drain();
          died = dying.replica.gate.dead;
          w.nowMs += 3 * LEASE_MS;
          const what = `${moment} call ${call}`;
          const retry = await (await serverOf(w)).send(request);
          t.equal(retry.status, status, `${what}: ${retry.payload}`);
          const third = await (await serverOf(w)).send(request);
          t.strictSame([third.status, third.payload, third.isReplay], [status, retry.payload, true], what);
          t.equal((await projects(w)).length, status === 204 ? 0 : request === CREATE ? 2 : 1, what);
          if (status === 204 || request === CREATE) continue;
          t.equal((await w.deployments()).length, 4, what);
          t.equal(w.live, request === release ? '2/2' : '3/3', what);
        }
      }
    });
  }
});
