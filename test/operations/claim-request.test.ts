import t, { type Test } from 'tap';
import { openSqliteStores } from '../../src/adapters/sqlite/sqlite-stores.ts';
import { AnsweredBefore, CLAIM_MARGIN_MS, KEY_LIFETIME_MS, type KeyedRequest } from '../../src/domain/idempotency.ts';
import { KeyedRun, type RunDeps } from '../../src/operations/keyed-run.ts';
import { CloudError } from '../../src/ports/cloud-error.ts';
import { createBackground } from '../../src/worker/background.ts';
import { Gate, type CallSite, type Fault } from '../support/failing-world.ts';

const LEASE_MS = 10_000;
const REQUEST: KeyedRequest = {
  caller: 'ada', key: 'k', method: 'POST', url: '/projects', body: { a: 1, b: [{ c: 2, d: 3 }] },
};
const ANSWER = { status: 201, headers: { location: '/projects/prj_1' }, body: '{"made":true}' };

function world(t: Test) {
  let nowMs = 1_000_000;
  let count = 0;
  const { stores, close } = openSqliteStores({ file: ':memory:', now: () => nowMs });
  const backgroundErrors: unknown[] = [];
  const background = createBackground((error) => backgroundErrors.push(error));
  t.after(async () => {
    await background.drain();
    close();
  });
  const start = (request: Partial<KeyedRequest> = {}, fault: Fault = {}) => {
    const deps: RunDeps = {
      stores: { idempotency: new Gate(fault).wrap(stores.idempotency, 'store') },
      clock: { now: () => nowMs, sleep: async () => undefined },
      ids: { next: (prefix) => `${prefix}_${++count}` },
      settings: { leaseMs: LEASE_MS },
      inBackground: background.run,
    };
    return new KeyedRun(deps, { ...REQUEST, ...request });
  };
  return { start, stores, background, backgroundErrors, pass: (ms: number) => { nowMs += ms; } };
}

const lost = () => new CloudError({
  kind: 'unknown_outcome', service: 'dynamodb', operation: 'PutItem', awsName: 'TimeoutError', message: 'no answer',
});

/** Loses the first `times` answers of a call, before or after its effect. */
function losing(name: string, moment: 'before' | 'after', times = 1): Fault {
  let left = times;
  return { [moment]: (call: CallSite) => { if (call.name === `store.${name}` && left-- > 0) throw lost(); } };
}

void t.test('the first run of a request', async (t) => {
  t.test('has it, with ids of its own', async (t) => {
    const run = world(t).start();
    t.throws(() => run.idOf('prj'), 'no id before the claim');
    await run.claim();
    t.notOk(run.isResumed);
    t.strictSame([run.idOf('prj'), run.idOf('dep')], ['prj_1', 'dep_1']);
  });
  t.test('is claimed once, however often it is asked for', async (t) => {
    const run = world(t).start();
    t.strictSame(await run.claim('op_1'), await run.claim('op_2'));
    t.equal((await run.claim()).operationId, 'op_1');
  });
  t.test('keeps others out until it has ended', async (t) => {
    const { start, pass } = world(t);
    const first = start();
    await first.claim('op_1');
    await t.rejects(start().claim(), { code: 'request_in_progress', operationId: 'op_1', retryAfterSeconds: 1 });
    pass(LEASE_MS + CLAIM_MARGIN_MS - 1);
    await t.rejects(start().claim(), { code: 'request_in_progress' });
    await first.finish(ANSWER);
    await t.rejects(start().claim(), AnsweredBefore);
  });
  t.test('of two at the same time is one', async (t) => {
    const { start } = world(t);
    const results = await Promise.allSettled([start().claim(), start().claim(), start().claim()]);
    t.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
  });
  for (const moment of ['before', 'after'] as const) {
    t.test(`is found again when the answer to the claim is lost ${moment} its effect`, async (t) => {
      const run = world(t).start({}, losing('create', moment));
      await run.claim('op_1');
      t.notOk(run.isResumed);
    });
  }
  t.test('fails when the store stays away, and then changes nothing there', async (t) => {
    const { start, stores } = world(t);
    const run = start({}, losing('create', 'before', 9));
    await t.rejects(run.claim(), { name: 'CloudError' });
    await run.finish(ANSWER);
    t.equal(await stores.idempotency.get({ keyId: run.keyId }), undefined);
  });
  t.test('fails at once when the store refuses', async (t) => {
    const denied = new CloudError({
      kind: 'denied', service: 'dynamodb', operation: 'PutItem', awsName: 'AccessDeniedException', message: 'no',
    });
    let calls = 0;
    const run = world(t).start({}, { before: () => { calls++; throw denied; } });
    await t.rejects(run.claim(), denied);
    t.equal(calls, 1);
  });
});

void t.test('an answer', async (t) => {
  t.test('is given again to whoever sends the request again', async (t) => {
    const { start } = world(t);
    const first = start();
    await first.claim();
    await first.finish(ANSWER);
    const error = await start({ body: { b: [{ d: 3, c: 2 }], a: 1 } }).claim().catch((reason: unknown) => reason);
    t.type(error, AnsweredBefore);
    t.strictSame((error as AnsweredBefore).answer, ANSWER, 'also when properties come in another order');
  });
  t.test('is nobody\'s who sends another request', async (t) => {
    const { start } = world(t);
    const first = start();
    await first.claim();
    for (const state of ['running', 'done']) {
      for (const other of [
        { body: { a: 2, b: REQUEST.body } }, { body: undefined }, { body: { a: 1, b: [{ c: 2, d: 3 }, 4] } },
        { method: 'PATCH' }, { url: '/projects?x=1' },
      ]) {
        await t.rejects(start(other).claim(), { code: 'idempotency_key_reused' }, `${state}: ${JSON.stringify(other)}`);
      }
      await first.finish(ANSWER);
    }
    await start({ caller: 'eve' }).claim();
    await start({ key: 'k2' }).claim();
  });
  t.test('is forgotten after 24 hours', async (t) => {
    const { start, pass } = world(t);
    const first = start();
    await first.claim();
    await first.finish(ANSWER);
    pass(KEY_LIFETIME_MS - 1);
    await t.rejects(start().claim(), AnsweredBefore);
    pass(1_001);
    const second = start();
    await second.claim();
    t.notOk(second.isResumed);
  });
  t.test('is kept when the answer to that is lost', async (t) => {
    for (const moment of ['before', 'after'] as const) {
      const { start } = world(t);
      const first = start({}, losing('update', moment));
      await first.claim();
      await first.finish(ANSWER);
      await t.rejects(start().claim(), AnsweredBefore, moment);
    }
  });
  t.test('that cannot be kept is told to the log, and does not fail the request', async (t) => {
    const { start, background, backgroundErrors } = world(t);
    for (const error of [lost(), new TypeError('a bug')]) {
      const run = start({ key: error.name }, { before: (call) => { if (call.name === 'store.update') throw error; } });
      await run.claim();
      await run.finish(ANSWER);
    }
    await background.drain();
    t.match(backgroundErrors, [{ name: 'CloudError' }, { name: 'TypeError' }]);
  });
  t.test('that is on record elsewhere is not waited for', async (t) => {
    const { start, background } = world(t);
    let letGo = () => {};
    const gate = new Promise<void>((resolve) => { letGo = resolve; });
    const run = start({}, { before: (call) => (call.name === 'store.update' ? gate : undefined) });
    await run.claim('op_1');
    run.answerIsOnRecord();
    await run.finish(ANSWER);
    await t.rejects(start().claim(), { code: 'request_in_progress', operationId: 'op_1' });
    letGo();
    await background.drain();
    await t.rejects(start().claim(), AnsweredBefore);
  });
});

void t.test('a request whose run has died', async (t) => {
  t.test('is taken over, with the ids of the first run and the operation it began', async (t) => {
    const { start, pass } = world(t);
    const first = start();
    await first.claim('op_1');
    pass(LEASE_MS + CLAIM_MARGIN_MS);
    const second = start();
    t.match(await second.claim('op_2'), { operationId: 'op_1' });
    t.ok(second.isResumed);
    t.equal(second.idOf('prj'), first.idOf('prj'));
    await second.begin('op_2');
    await t.rejects(start().claim(), { code: 'request_in_progress', operationId: 'op_2' });
  });
  t.test('is no longer its own, should it not have died after all', async (t) => {
    const { start, pass, stores } = world(t);
    const late = start();
    await late.claim();
    pass(LEASE_MS + CLAIM_MARGIN_MS);
    const second = start();
    await second.claim();
    await t.rejects(late.begin('op_1'), { code: 'request_in_progress' });
    await late.finish({ ...ANSWER, status: 500 });
    t.match(await stores.idempotency.get({ keyId: late.keyId }), { state: 'running' });
    await second.finish(ANSWER);
    t.match(await stores.idempotency.get({ keyId: late.keyId }), { state: 'done', answer: { status: 201 } });
  });
  t.test('is taken over by one of several', async (t) => {
    const { start, pass } = world(t);
    await start().claim();
    pass(LEASE_MS + CLAIM_MARGIN_MS);
    const results = await Promise.allSettled([start().claim(), start().claim(), start().claim()]);
    t.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
  });
  for (const moment of ['before', 'after'] as const) {
    t.test(`is taken over also when the answer to that is lost ${moment} its effect`, async (t) => {
      const { start, pass } = world(t);
      await start().claim();
      pass(LEASE_MS + CLAIM_MARGIN_MS);
      const second = start({}, losing('update', moment));
      await second.claim();
      t.ok(second.isResumed);
    });
  }
  t.test('is not fought for without end', async (t) => {
    const { start, pass } = world(t);
    await start().claim();
    pass(LEASE_MS + CLAIM_MARGIN_MS);
    let fights = 0;
    const unlucky = start({}, { before: async (call) => {
      if (call.name !== 'store.update') return;
      fights++;
      await start().claim();
      pass(LEASE_MS + CLAIM_MARGIN_MS);
    } });
    await t.rejects(unlucky.claim(), { code: 'request_in_progress' });
    t.equal(fights, 3);
  });
});

void t.test('a request that is let go of', async (t) => {
  t.test('is taken up at once, where it was left', async (t) => {
    const { start } = world(t);
    const first = start();
    await first.claim('op_1');
    await first.finish(undefined);
    const second = start();
    t.match(await second.claim('op_2'), { operationId: 'op_1' });
    t.ok(second.isResumed);
    await second.finish(ANSWER);
    await t.rejects(start().claim(), AnsweredBefore);
  });
  t.test('without the operation that has failed', async (t) => {
    const { start } = world(t);
    const first = start();
    await first.claim('op_1');
    first.forgetOperation();
    await first.finish(undefined);
    t.equal((await start().claim('op_2')).operationId, undefined);
  });
});
