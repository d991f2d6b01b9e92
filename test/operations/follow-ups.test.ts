import t, { type Test } from 'tap';
import type { ProbeAnswer } from '../../src/domain/follow-ups.ts';
import type { Operation } from '../../src/domain/operation.ts';
import { getOperation } from '../../src/operations/get-operation.ts';
import { listOperations } from '../../src/operations/list-operations.ts';
import { undoRollback } from '../../src/operations/undo-rollback.ts';
import { CloudError, type CloudErrorKind } from '../../src/ports/cloud-error.ts';
import { Crash, crashAt, type Fault } from '../support/failing-world.ts';
import { LEASE_MS, LiveWorld, SERVER, type Replica, type WorldOptions } from '../support/live-world.ts';

/** `CRASH_MATRIX=full` dies around every call; by default around every fourth. */
const CALLS_APART = process.env['CRASH_MATRIX'] === 'full' ? 1 : 4;
const PROBE = { url: 'https://shop.example.com/build', header: 'x-build' };

const world = async (t: Test, options: WorldOptions = { distribution: true }) => {
  const opened = await LiveWorld.open(options);
  t.teardown(() => opened.close());
  return opened;
};

function cloudError(kind: CloudErrorKind, retryAfterSeconds?: number): CloudError {
  return new CloudError({
    kind, service: 'cloudfront', operation: 'CreateInvalidation', awsName: kind, message: `${kind}.`, retryAfterSeconds,
  });
}

/** Fails the first `times` invalidations, before or after they took effect. */
function failing(error: Error, { times = 1, lost = false } = {}): Fault {
  let left = times;
  return { [lost ? 'after' : 'before']: (call: { name: string }) => {
    if (call.name === 'distributions.invalidate' && left-- > 0) throw error;
  } };
}

async function record(w: LiveWorld, operationId: string): Promise<Operation | undefined> {
  return w.stores.operations.get({ projectId: 'p', operationId });
}

async function invalidations(w: LiveWorld) {
  const { distributionId = '' } = await w.project();
  return w.cloudFront.invalidations.list(distributionId).map(({ paths, callerReference }) => ({ paths, callerReference }));
}

/** Passes of the worker, as often as something is due, until nothing is or the time is over. */
async function workUntilIdle(w: LiveWorld, replica: Replica, longestMs = 10 * 60_000): Promise<void> {
  const until = w.nowMs + longestMs;
  for (let { dueAt } = await w.project(); dueAt !== undefined && dueAt < until; { dueAt } = await w.project()) {
    w.nowMs = Math.max(w.nowMs, dueAt);
    await replica.recover();
  }
}

/** Answers these in turn, then the last of them for ever; each takes a millisecond. */
function answering(w: LiveWorld, ...answers: readonly (string | undefined)[]): () => number {
  let asked = 0;
  w.site = (): ProbeAnswer => {
    const value = answers[Math.min(asked++, answers.length - 1)];
    w.nowMs++;
    return value === undefined ? { kind: 'none', detail: 'The site answered 502.' } : { kind: 'value', value };
  };
  return () => asked;
}

void t.test('the cache after a switch', async (t) => {
  t.test('is invalidated once the answer is out', async (t) => {
    const w = await world(t);
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => { release = resolve; });
    const replica = w.replica({ before: async ({ name }) => { if (name === 'distributions.invalidate') await held; } });
    const { operationId } = await replica.rollBack('dep-1');
    t.same(await invalidations(w), [], 'the answer did not wait for it');
    release();
    await replica.background.drain();
    t.same(await invalidations(w), [{ paths: ['/*'], callerReference: operationId }]);
    const operation = await record(w, operationId);
    t.match(operation, { state: 'succeeded', cache: { state: 'done', invalidationId: /^I/ }, proof: { state: 'off' } });
    const project = await w.project();
    t.notOk('settling' in project || 'dueAt' in project || 'dueShard' in project, 'nothing is left to do');
  });

  t.test('is left alone without a distribution, or when the project says so', async (t) => {
    for (const options of [{}, { distribution: true, cache: { invalidate: false, paths: ['/*'] } }]) {
      const w = await world(t, options);
      const replica = w.replica();
      const { operationId } = await replica.rollBack('dep-1');
      await replica.background.drain();
      t.match(await record(w, operationId), { cache: { state: 'off' } });
      t.notOk(replica.gate.calls.includes('distributions.invalidate'));
    }
  });

  t.test('loses the paths that the project names', async (t) => {
    const w = await world(t, { distribution: true, cache: { invalidate: true, paths: ['/', '/shop/*'] } });
    const replica = w.replica();
    await replica.rollBack('dep-1');
    await replica.background.drain();
    t.match(await invalidations(w), [{ paths: ['/', '/shop/*'] }]);
  });

  t.test('is invalidated later when CloudFront is busy, and the operation says so meanwhile', async (t) => {
    const w = await world(t);
    const replica = w.replica(failing(cloudError('throttled'), { times: 3 }));
    const { operationId } = await replica.rollBack('dep-1');
    await replica.background.drain();
    const pending = { state: 'succeeded', cache: { state: 'pending', detail: 'throttled.' } };
    t.match(await getOperation(replica.deps)('p', operationId), pending);
    t.match((await listOperations(replica.deps)('p', { limit: 1 })).items, [pending]);
    t.match(await record(w, operationId), { cache: { state: 'pending' } }, 'its own record is there at once');
    const times = [w.nowMs];
    while ((await w.project()).dueAt !== undefined) {
      w.nowMs = (await w.project()).dueAt ?? 0;
      times.push(w.nowMs);
      await replica.recover();
    }
    const waits = times.slice(1).map((at, index) => at - (times[index] ?? 0));
    t.equal(waits.length, 3);
    t.ok(waits.every((wait, index) => wait > (waits[index - 1] ?? 0)), `each wait is longer: ${String(waits)}`);
    t.match(await record(w, operationId), { cache: { state: 'done' } });
    t.equal((await invalidations(w)).length, 1);
  });

  t.test('waits as long as AWS asks', async (t) => {
    const w = await world(t);
    const replica = w.replica(failing(cloudError('throttled', 90)));
    await replica.rollBack('dep-1');
    await replica.background.drain();
    t.equal((await w.project()).dueAt, w.nowMs + 90_000);
  });

  t.test('is invalidated once although the answer was lost', async (t) => {
    const w = await world(t);
    const replica = w.replica(failing(cloudError('unknown_outcome'), { lost: true }));
    const { operationId } = await replica.rollBack('dep-1');
    await replica.background.drain();
    await workUntilIdle(w, replica);
    t.match(await record(w, operationId), { cache: { state: 'done' } });
    t.equal((await invalidations(w)).length, 1);
  });

  t.test('stays when CloudFront refuses, and the operation says why', async (t) => {
    for (const [kind, detail] of [
      ['refused', /CloudFront refused it: refused\./], ['denied', /cloudfront:CreateInvalidation/],
      ['not_found', /no distribution E\w+\. Correct/], ['conflict', /refused it/],
    ] as const) {
      const w = await world(t);
      const replica = w.replica(failing(cloudError(kind)));
      const { operationId } = await replica.rollBack('dep-1');
      await replica.background.drain();
      t.match(await record(w, operationId), { state: 'succeeded', cache: { state: 'failed', detail } }, kind);
      t.notOk((await w.project()).settling);
    }
  });

  t.test('is given up after an hour', async (t) => {
    const w = await world(t);
    const replica = w.replica(failing(cloudError('unavailable'), { times: Infinity }));
    const { operationId } = await replica.rollBack('dep-1');
    await replica.background.drain();
    await workUntilIdle(w, replica, 2 * 60 * 60_000);
    t.match(await record(w, operationId), { cache: { state: 'failed', detail: /for too long\. unavailable\./ } });
  });

  t.test('is invalidated when recovery finished the switch, and not when it was undone', async (t) => {
    for (const index of [2, 5]) {
      const w = await world(t);
      await t.rejects(w.replica(crashAt(index, 'after')).rollBack('dep-1'), Crash);
      await w.settle();
      const [operation] = await w.stores.operations.query({ hash: 'p', order: 'descending', limit: 1 });
      const finished = operation?.state === 'succeeded';
      t.equal((await invalidations(w)).length, finished ? 1 : 0, `${operation?.state}`);
      t.equal(operation?.cache?.state, finished ? 'done' : undefined);
    }
  });

  t.test('an error that is no answer of AWS is no end of it', async (t) => {
    const w = await world(t);
    const { operationId } = await w.replica(failing(new Crash())).rollBack('dep-1');
    await w.settle();
    t.match(await record(w, operationId), { cache: { state: 'done' } });
  });
});

void t.test('the proof of live', async (t) => {
  t.test('takes five right answers in a row, and tells when the first of them came', async (t) => {
    const w = await world(t, { probe: PROBE });
    const asked = answering(w, '3', '1', '1', '3', '1', '1', undefined, '1');
    const replica = w.replica();
    const startedAt = w.nowMs;
    const { operationId } = await replica.rollBack('dep-1');
    await replica.background.drain();
    t.match(await getOperation(replica.deps)('p', operationId), { proof: { state: 'pending' } });
    await workUntilIdle(w, replica);
    t.equal(asked(), 12);
    const { proof } = await record(w, operationId) ?? {};
    t.equal(proof?.state, 'confirmed');
    t.equal(proof?.liveAfterMs, w.nowMs - startedAt - 4 * 201, 'the last of the five came four intervals later');
    t.notOk((await w.project()).settling);
  });

  t.test('takes the id of the target as well as its version, also that of what an earlier rollback went to', async (t) => {
    const w = await world(t, { probe: PROBE });
    const replica = w.replica();
    answering(w, 'dep-1');
    const first = await replica.rollBack('dep-1');
    await workUntilIdle(w, replica);
    t.match(await record(w, first.operationId), { proof: { state: 'confirmed' } });
    const second = await replica.rollBack(first.deploymentId);
    await workUntilIdle(w, replica);
    t.match(await record(w, second.operationId), { proof: { state: 'confirmed' } });
  });

  t.test('takes what the project expects', async (t) => {
    const w = await world(t, { probe: { ...PROBE, expect: 'build {deploymentId} v{version}' } });
    answering(w, 'build dep-2 v2');
    const replica = w.replica();
    const { operationId } = await replica.rollBack('dep-2');
    await workUntilIdle(w, replica);
    t.match(await record(w, operationId), { proof: { state: 'confirmed' } });
  });

  t.test('is not tried when an id is expected of what nobody knows the id of', async (t) => {
    const w = await world(t, { probe: { ...PROBE, expect: '{deploymentId}' } });
    answering(w, 'dep-1');
    const replica = w.replica();
    await replica.rollBack('dep-1');
    const { operationId } = await undoRollback(replica.deps)('p', { caller: 'ada' });
    await workUntilIdle(w, replica);
    t.match(await record(w, operationId), { proof: { state: 'off', detail: /none is known/ } });
  });

  t.test('fails after its time with what was last answered', async (t) => {
    for (const [answers, detail] of [
      [['3'], /"dep-1" or "1" was not answered 5 times in a row within 120000 ms\. The last answer was "3"\./],
      [[undefined], /The site answered 502\./],
      [['1', '3'], /last answer/],
    ] as const) {
      const w = await world(t, { probe: PROBE });
      answering(w, ...answers);
      const replica = w.replica();
      const { operationId } = await replica.rollBack('dep-1');
      await workUntilIdle(w, replica);
      t.match(await record(w, operationId), { state: 'succeeded', proof: { state: 'failed', detail } });
    }
  });

  t.test('fails when the right answers came too late to be five', async (t) => {
    const w = await world(t, { probe: PROBE });
    answering(w, '1');
    const replica = w.replica({}, { probeTimeLimitMs: 300 });
    const { operationId } = await replica.rollBack('dep-1');
    await workUntilIdle(w, replica);
    t.match(await record(w, operationId), { proof: { state: 'failed', detail: /"1", which is right\./ } });
  });

  t.test('ends when another switch comes first, which does not wait for it', async (t) => {
    const w = await world(t, { distribution: true, probe: PROBE });
    const replica = w.replica(failing(cloudError('throttled')));
    answering(w, '3');
    const first = await replica.rollBack('dep-1');
    await replica.background.drain();
    const second = await replica.rollBack('dep-2');
    await replica.background.drain();
    t.match(await getOperation(replica.deps)('p', first.operationId), { proof: { state: 'superseded' }, cache: { state: 'pending' } });
    answering(w, '2');
    await workUntilIdle(w, replica);
    t.match(await record(w, first.operationId), { proof: { state: 'superseded' }, cache: { state: 'done' } });
    t.match(await record(w, second.operationId), { proof: { state: 'confirmed' }, cache: { state: 'done' } });
    t.equal((await invalidations(w)).length, 2);
  });

  t.test('does not hold up the worker while the site is slow', async (t) => {
    const w = await world(t, { probe: PROBE });
    let answer = (): void => undefined;
    const slow = new Promise<void>((resolve) => { answer = resolve; });
    const replica = w.replica({ before: async ({ name }) => { if (name === 'probe.ask') await slow; } });
    const { operationId } = await replica.rollBack('dep-1');
    const claimed = async () => (await w.project()).settling?.[operationId]?.probe?.dueAt === w.nowMs + LEASE_MS;
    while (!await claimed()) await new Promise(setImmediate);
    const other = w.replica();
    await other.recover();
    t.notOk(other.gate.calls.includes('probe.ask'), 'and nobody else asks meanwhile');
    answer();
    await replica.background.drain();
    await workUntilIdle(w, replica);
    t.match(await record(w, operationId), { proof: { state: 'confirmed' } });
  });

  t.test('what is learned while others change the project is not lost', async (t) => {
    const w = await world(t, { distribution: true, probe: PROBE });
    const change = () => w.stores.projects.update({ projectId: 'p' }, { add: { revision: 1 } });
    const replica = w.replica({ after: async ({ name }) => { if (name === 'probe.ask') await change(); } });
    const { operationId } = await replica.rollBack('dep-1');
    await replica.background.drain();
    const { cache, proof } = await getOperation(replica.deps)('p', operationId);
    t.match([cache, proof], [{ state: 'done' }, { state: 'pending' }]);
    const startedAt = w.nowMs;
    await workUntilIdle(w, replica);
    t.match(await record(w, operationId), { proof: { state: 'confirmed' } });
    t.equal(w.nowMs - startedAt, 4 * 200, 'no question was wasted');
  });

  t.test('of two answers to one claim and the next, the late one is dropped', async (t) => {
    const w = await world(t, { distribution: true, probe: PROBE });
    const other = w.replica();
    const late = w.replica({ after: async ({ name }) => {
      if (name !== 'probe.ask' || other.gate.calls.length > 0) return;
      w.nowMs += LEASE_MS + 1;
      await other.recover();
    } });
    const { operationId } = await late.rollBack('dep-1');
    await late.background.drain();
    t.equal((await w.project()).settling?.[operationId]?.probe?.matches, 1);
    t.equal((await invalidations(w)).length, 1);
  });

  t.test('an answer that comes when a switch holds the project is not counted', async (t) => {
    const w = await world(t, { probe: PROBE });
    const late = w.replica({ before: async ({ name }) => {
      if (name === 'probe.ask') await w.replica({ before: (call) => { if (call.name === 'probe.ask') throw new Crash(); } }).rollBack('dep-2');
    } });
    const { operationId } = await late.rollBack('dep-1');
    await late.background.drain();
    await w.settle();
    t.match(await record(w, operationId), { proof: { state: 'superseded' } });
    t.equal(w.versionOf(SERVER), '2');
  });

  t.test('a due time that nothing stands behind is taken away, and a project that is gone is left alone', async (t) => {
    const w = await world(t, { probe: PROBE });
    await w.stores.projects.update({ projectId: 'p' }, { set: { dueAt: 1, dueShard: 1 } });
    await w.replica().recover();
    t.notOk('dueAt' in await w.project());
    await w.stores.projects.remove({ projectId: 'p' });
    await w.replica().recover();
  });
});

void t.test('two replicas that work at the same time do it once', async (t) => {
  const w = await world(t, { distribution: true, probe: PROBE });
  const dying = w.replica({ before: ({ name }, die) => { if (name === 'store.operations.create') die(); } });
  const { operationId } = await dying.rollBack('dep-1');
  const replicas = [w.replica(), w.replica()];
  for (let passes = 0; passes < 40 && (await w.project()).settling; passes++) {
    await Promise.all(replicas.map((replica) => replica.recover()));
    w.nowMs += 250;
  }
  t.match(await record(w, operationId), { cache: { state: 'done' }, proof: { state: 'confirmed' } });
  const asked = replicas.flatMap(({ gate }) => gate.calls.filter((name) => name === 'probe.ask'));
  t.equal(asked.length, 5, 'one of them asks');
  t.equal((await invalidations(w)).length, 1);
});

void t.test('whenever the process dies, all of it is done, once', async (t) => {
  const options = { image: false, distribution: true, probe: PROBE };
  const rehearsal = await LiveWorld.open(options);
  const counting = rehearsal.replica();
  await counting.rollBack('dep-1');
  await workUntilIdle(rehearsal, counting);
  await rehearsal.close();
  const { calls } = counting.gate;
  t.ok(calls.includes('distributions.invalidate') && calls.filter((name) => name === 'probe.ask').length === 5);

  for (const [first, moment] of (['before', 'after'] as const).entries()) {
    for (let index = first * Math.floor(CALLS_APART / 2); index < calls.length; index += CALLS_APART) {
      const what = `${moment} call ${index + 1} ${calls[index]}`;
      const w = await LiveWorld.open(options);
      const dying = w.replica(crashAt(index + 1, moment));
      await dying.rollBack('dep-1').catch(() => undefined);
      await dying.background.drain();
      for (let passes = 0; passes < 20 && !dying.gate.dead; passes++) {
        w.nowMs = Math.max(w.nowMs, (await w.project()).dueAt ?? 0);
        await dying.recover().catch(() => undefined);
      }
      t.ok(dying.gate.dead, `${what}: the process died`);
      const live = w.versionOf(SERVER);
      await workUntilIdle(w, w.replica());
      const project = await w.project();
      t.notOk(project.operation ?? project.settling ?? project.dueAt, `${what}: nothing is owed`);
      const [operation] = await w.stores.operations.query({ hash: 'p', order: 'descending', limit: 1 });
      if (operation?.state === 'succeeded') {
        t.match(operation, { cache: { state: 'done', invalidationId: /^I/ }, proof: { state: 'confirmed' } }, what);
        t.same(await invalidations(w), [{ paths: ['/*'], callerReference: operation.operationId }], what);
        t.equal((await w.deployments()).filter(({ isRollback }) => isRollback).length, 1, what);
      } else {
        t.equal(live, '3', `${what}: nothing had moved`);
        t.same(await invalidations(w), [], what);
      }
      await w.close();
    }
  }
});
