import t, { type Test } from 'tap';
import type { FollowUpSettings } from '../../src/domain/follow-up-settings.ts';
import { changeProject } from '../../src/operations/change-project.ts';
import { promote } from '../../src/operations/promote.ts';
import { CloudError } from '../../src/ports/cloud-error.ts';
import type { Fault } from '../support/failing-world.ts';
import { IMAGE, LiveWorld, SERVER, type Replica } from '../support/live-world.ts';

const CHECKED: Partial<FollowUpSettings> = { aliasCheckMs: 10_000 };

/** A project whose aliases an operation has left on version 1. */
const rolledBack = async (t: Test, options: { image?: boolean } = {}) => {
  const w = await LiveWorld.open(options);
  t.teardown(() => w.close());
  const replica = w.replica({}, CHECKED);
  await replica.rollBack('dep-1');
  await replica.background.drain();
  return { w, replica };
};

/** Lets the next look come due, and take place. */
async function look(w: LiveWorld, replica: Replica): Promise<void> {
  w.nowMs = (await w.project()).dueAt ?? w.nowMs;
  await replica.recover();
}

async function moveByHand(w: LiveWorld, name: string, version: string, weights: Record<string, number> = {}): Promise<void> {
  await w.functions.moveAlias(name, { version, weights });
}

const reads = (replica: Replica) => replica.gate.calls.filter((name) => name === 'functions.readAlias').length;

void t.test('aliases are looked at', async (t) => {
  t.test('at the pace of the settings, spread by the project, and nothing is found', async (t) => {
    const { w, replica } = await rolledBack(t);
    const at = w.nowMs;
    const { dueAt = 0 } = await w.project();
    t.ok(dueAt >= at + 10_000 && dueAt <= at + 12_000, `${dueAt - at} ms later`);
    await replica.recover();
    t.equal(reads(replica), 2, 'not before: those were the rollback\'s own');
    await look(w, replica);
    t.equal(reads(replica), 4);
    const project = await w.project();
    t.notOk('drift' in project);
    t.equal(project.dueAt, w.nowMs + (dueAt - at), 'and again after the same time');
  });

  t.test('never when that is turned off, nor before anything was made live', async (t) => {
    const w = await LiveWorld.open();
    t.teardown(() => w.close());
    t.notOk('dueAt' in await w.project());
    await w.replica().rollBack('dep-1');
    await w.settle();
    t.notOk('dueAt' in await w.project());
  });

  t.test('no more once it was turned off', async (t) => {
    const { w } = await rolledBack(t);
    const without = w.replica();
    await look(w, without);
    t.equal(reads(without), 0);
    t.notOk('dueAt' in await w.project() || 'aliasCheckAt' in await w.project());
  });

  t.test('by one of several replicas', async (t) => {
    const { w } = await rolledBack(t);
    const replicas = [w.replica({}, CHECKED), w.replica({}, CHECKED)];
    w.nowMs = (await w.project()).dueAt ?? 0;
    await Promise.all(replicas.map((replica) => replica.recover()));
    t.same(replicas.map(reads).sort(), [0, 2]);
  });

  t.test('not while an operation holds the project, whose writes come first', async (t) => {
    const { w } = await rolledBack(t);
    await moveByHand(w, SERVER, '2');
    w.nowMs = (await w.project()).dueAt ?? 0;
    const switching = w.replica({ before: async ({ name }) => {
      if (name === 'functions.moveAlias') await w.replica({}, CHECKED).recover();
    } }, CHECKED);
    await switching.rollBack('dep-3');
    t.notOk('drift' in await w.project());
  });

  t.test('and what is found is dropped when a switch began meanwhile', async (t) => {
    const { w } = await rolledBack(t);
    await moveByHand(w, SERVER, '2');
    const looking: Fault = { after: async ({ name, args }) => {
      if (name === 'functions.readAlias' && args[0] === SERVER) await w.replica({}, CHECKED).rollBack('dep-3');
    } };
    await look(w, w.replica(looking, CHECKED));
    const project = await w.project();
    t.match(project.live, { server: { version: '3' } });
    t.notOk('drift' in project);
  });
});

void t.test('drift', async (t) => {
  t.test('is found, stays dated to when it was, follows what is found, and goes when the alias is back', async (t) => {
    const { w, replica } = await rolledBack(t);
    await moveByHand(w, SERVER, '2');
    await look(w, replica);
    const since = w.nowMs;
    t.same((await w.project()).drift, { since, server: { expected: '1', found: '2', weights: {} } });
    const { revision } = await w.project();
    await look(w, replica);
    t.equal((await w.project()).revision, revision + 1, 'no news: nothing is written but the time of the next look');
    await moveByHand(w, SERVER, '3');
    await moveByHand(w, IMAGE, '1', { 3: 0.2 });
    await look(w, replica);
    t.same((await w.project()).drift, {
      since, server: { expected: '1', found: '3', weights: {} }, image: { expected: '1', found: '1', weights: { 3: 0.2 } },
    });
    t.equal((await w.project()).live?.server.version, '1', 'the record still says what was made live');
    await moveByHand(w, SERVER, '1');
    await look(w, replica);
    t.same((await w.project()).drift, { since, image: { expected: '1', found: '1', weights: { 3: 0.2 } } });
    await moveByHand(w, IMAGE, '1');
    await look(w, replica);
    t.notOk('drift' in await w.project());
  });

  t.test('is a canary that somebody set by hand, and another share of it', async (t) => {
    const { w, replica } = await rolledBack(t, { image: false });
    for (const share of [0.1, 0.5]) {
      await moveByHand(w, SERVER, '1', { 2: share });
      await look(w, replica);
      t.match((await w.project()).drift, { server: { found: '1', weights: { 2: share } } });
    }
  });

  t.test('is an alias that was deleted', async (t) => {
    const { w, replica } = await rolledBack(t);
    w.lambda.aliases.delete(IMAGE, 'live');
    await look(w, replica);
    t.same((await w.project()).drift, { since: w.nowMs, image: { expected: '1', weights: {} } });
  });

  t.test('goes with the next switch, but not with one that fails', async (t) => {
    const { w, replica } = await rolledBack(t);
    await moveByHand(w, SERVER, '2');
    await look(w, replica);
    await t.rejects(promote(replica.deps)('p', { deploymentId: 'dep-9', caller: 'ada', override: true }));
    const { drift, dueAt, aliasCheckAt } = await w.project();
    t.ok(drift);
    t.equal(dueAt, aliasCheckAt, 'and the next look is still due');
    await replica.rollBack('dep-3');
    t.notOk('drift' in await w.project());
  });

  t.test('goes with the functions it was found on, and with it the next look', async (t) => {
    const { w, replica } = await rolledBack(t);
    await moveByHand(w, SERVER, '2');
    await look(w, replica);
    await changeProject(replica.deps)('p', { imageFunctionName: null });
    t.notOk('drift' in await w.project());
    await look(w, replica);
    t.notOk('dueAt' in await w.project());
  });

  t.test('is not concluded from a look that failed', async (t) => {
    const { w } = await rolledBack(t);
    await moveByHand(w, SERVER, '2');
    const error = new CloudError({ kind: 'throttled', service: 'lambda', operation: 'GetAlias', awsName: 'TooMany', message: 'no' });
    const unlucky = w.replica({ before: ({ name }) => { if (name === 'functions.readAlias') throw error; } }, CHECKED);
    await t.rejects(look(w, unlucky), error);
    const { drift, dueAt = 0 } = await w.project();
    t.notOk(drift);
    t.ok(dueAt > w.nowMs, 'the next look is planned');
    await look(w, w.replica({}, CHECKED));
    t.ok((await w.project()).drift);
  });
});

void t.test('an alias that was written but not moved keeps the next rollback on its fast path', async (t) => {
  const { w, replica } = await rolledBack(t);
  await moveByHand(w, SERVER, '1');
  await look(w, replica);
  t.equal((await w.project()).live?.server.revisionId, w.lambda.aliases.get(SERVER, 'live').revisionId);
  const next = w.replica({}, CHECKED);
  await next.rollBack('dep-2');
  t.equal(reads(next), 0);
  t.equal(next.gate.calls.filter((name) => name === 'functions.moveAlias').length, 2);
});
