import { setImmediate as turn } from 'node:timers/promises';
import t, { type Test } from 'tap';
import type { AliasTarget } from '../../src/domain/alias.ts';
import type { Operation } from '../../src/domain/operation.ts';
import type { Project } from '../../src/domain/project.ts';
import { promote } from '../../src/operations/promote.ts';
import { rollBack } from '../../src/operations/roll-back.ts';
import { CloudError, type CloudErrorKind } from '../../src/ports/cloud-error.ts';
import type { Change } from '../../src/ports/table.ts';
import { Crash, crashAt, type CallSite, type Fault } from '../support/failing-world.ts';
import { IMAGE, LEASE_MS, LiveWorld, SERVER } from '../support/live-world.ts';

const world = async (t: Test, options: { image?: boolean } = {}) => {
  const opened = await LiveWorld.open(options);
  t.teardown(() => opened.close());
  return opened;
};

function cloudError(kind: CloudErrorKind): CloudError {
  return new CloudError({ kind, service: 'lambda', operation: 'UpdateAlias', awsName: kind, message: `${kind}.` });
}

type ProjectWrite = 'take' | 'journal' | 'end' | 'release';

/** Which write on a project's item a call is. */
function projectWrite({ name, args }: CallSite): ProjectWrite | undefined {
  if (name !== 'store.projects.update') return undefined;
  const { set, remove, add } = args[1] as Change<Project>;
  if (remove?.includes('operation')) return set?.settling ? 'end' : 'release';
  if (set?.operation) return add?.fence ? 'take' : 'journal';
  return undefined;
}

const is = (write: ProjectWrite) => (call: CallSite) => projectWrite(call) === write;

/** Does something at the first such call alone. */
function once(moment: 'before' | 'after', is: (call: CallSite) => boolean, act: (call: CallSite) => unknown): Fault {
  let done = false;
  return {
    [moment]: async (call: CallSite) => {
      if (done || !is(call)) return;
      done = true;
      await act(call);
    },
  };
}

const lost = () => { throw cloudError('unknown_outcome'); };

async function operations(w: LiveWorld): Promise<Operation[]> {
  return w.stores.operations.query({ hash: 'p', order: 'ascending', limit: 100 });
}

void t.test('a request that was refused has not happened, whatever becomes of its process', async (t) => {
  t.test('a promote that a pin holds back, to what is live already', async (t) => {
    const w = await world(t);
    const first = w.replica();
    await first.rollBack('dep-2');
    await first.background.drain();
    const dying = w.replica(once('before', is('release'), () => { throw new Crash(); }));
    await t.rejects(promote(dying.deps)('p', { deploymentId: 'dep-2', caller: 'pipeline' }), Crash);
    await w.settle();
    t.equal(w.live, '2/2');
    t.same((await operations(w)).map(({ kind, state }) => `${kind} ${state}`), ['rollback succeeded', 'promote undone']);
  });
  t.test('a read that fails is no reason to keep the project', async (t) => {
    const w = await world(t);
    const isRead = (call: CallSite) => call.name === 'store.deployments.get';
    const unlucky = w.replica(once('before', isRead, () => { throw cloudError('throttled'); }));
    await t.rejects(unlucky.rollBack('dep-1'), CloudError);
    t.notOk((await w.project()).operation);
  });
});

void t.test('what the first of two attempts left open, the second does not settle', async (t) => {
  for (const call of ['read back', 'repeated'] as const) {
    t.test(`when the take cannot be ${call}`, async (t) => {
      const w = await world(t);
      let takes = 0;
      const replica = w.replica({
        before: (site) => {
          if (projectWrite(site) === 'take' && ++takes === 1) lost();
          if (call === 'read back' ? site.name === 'store.projects.get' : takes === 2) throw cloudError('throttled');
        },
      });
      await t.rejects(replica.rollBack('dep-1'), { name: 'CloudError', message: /^unknown_outcome/ });
    });
  }
  t.test('when the second move is refused, the first arrives too late', async (t) => {
    const w = await world(t);
    await w.replica().rollBack('dep-2');
    const sent: AliasTarget[] = [];
    const replica = w.replica({
      before: (call) => {
        if (call.name !== 'functions.moveAlias' || call.args[0] !== SERVER) return;
        sent.push(call.args[1] as AliasTarget);
        if (sent.length === 1) lost();
        if (sent.length === 2) throw cloudError('throttled');
      },
    });
    await t.rejects(replica.rollBack('dep-1'), { code: 'upstream_throttled' });
    const late = w.functions.moveAlias(SERVER, sent[0] ?? { version: '1', weights: {} });
    await t.rejects(late, { name: 'CloudError', message: /Revision Id/ });
    t.equal(w.live, '2/2');
  });
  t.test('when an alias has moved and the journal cannot be written, the operation stays open', async (t) => {
    const w = await world(t);
    await w.replica().rollBack('dep-2');
    await w.functions.moveAlias(IMAGE, { version: '3', weights: {} });
    const replica = w.replica(once('before', is('journal'), () => { throw cloudError('refused'); }));
    await t.rejects(replica.rollBack('dep-1'), { code: 'operation_unfinished' });
    await w.settle();
    t.equal(w.live, '1/1');
  });
});

void t.test('a take that arrives late', async (t) => {
  t.test('does not begin again what has ended', async (t) => {
    const w = await world(t);
    let take: readonly unknown[] = [];
    const replica = w.replica({
      before: (call) => {
        if (projectWrite(call) === 'take') take = call.args;
        if (call.name === 'store.operations.create') throw new Crash('before its records are written');
      },
    });
    const { operationId, deploymentId } = await replica.rollBack('dep-1');
    type Update = LiveWorld['stores']['projects']['update'];
    const again = async () => w.stores.projects.update(...take as Parameters<Update>);
    t.equal((await again()).updated, true);
    await w.settle();
    await again();
    await w.settle();
    const [only, ...others] = await operations(w);
    t.match(only, { operationId, state: 'succeeded', result: { previousVersion: '3', newVersion: '1' } });
    t.equal(others.length, 0);
    t.ok(await w.stores.deployments.get({ projectId: 'p', deploymentId }), 'its record is there');
    const { operation, live } = await w.project();
    t.match({ operation, live }, { operation: undefined, live: { operationId, server: { version: '1' } } });
  });
  t.test('and has been ended by another replica is not sent again', async (t) => {
    const w = await world(t);
    const replica = w.replica({
      ...once('after', is('take'), lost),
      ...once('before', (call) => call.name === 'store.projects.get', () => w.settle()),
    });
    await t.rejects(replica.rollBack('dep-1'), { code: 'operation_in_progress' });
    await w.settle();
    t.equal(w.live, '3/3');
    t.same((await operations(w)).map(({ state }) => state), ['undone']);
  });
  t.test('and has been taken over is not the former holder\'s any more', async (t) => {
    const w = await world(t);
    const other = w.replica(crashAt(2, 'after'));
    const replica = w.replica({
      ...once('after', is('take'), lost),
      ...once('before', (call) => call.name === 'store.projects.get', async () => {
        w.nowMs += LEASE_MS + 1;
        await other.recover().catch(() => undefined);
      }),
    });
    await t.rejects(replica.rollBack('dep-1'), { code: 'operation_in_progress' });
    t.equal(other.gate.calls[1], 'store.projects.update', 'the other replica has the project');
    t.equal(w.live, '3/3');
  });
});

void t.test('a replica that is held up', async (t) => {
  t.test('does not build on what it reads of an alias after it was fenced off', async (t) => {
    const w = await world(t);
    await w.replica().rollBack('dep-2');
    const dying = w.replica(crashAt(4, 'after'));
    await t.rejects(dying.rollBack('dep-1'), Crash);
    w.nowMs += LEASE_MS + 1;
    const slow = w.replica(once('before', (call) => call.name === 'functions.readAlias', async () => {
      await w.settle();
      await w.replica().rollBack('dep-3');
    }));
    await slow.recover();
    t.equal(w.live, '3/3');
    t.match((await w.project()).live, { server: { version: '3' }, image: { version: '3' } });
  });
  t.test('does not put back what another replica has finished', async (t) => {
    const w = await world(t);
    await w.replica().rollBack('dep-2');
    let serverMoved = false;
    const slow = w.replica({
      before: async (call) => {
        if (call.name !== 'functions.moveAlias') return;
        if (call.args[0] === IMAGE) {
          while (!serverMoved) await turn();
          throw cloudError('throttled');
        }
        if (!serverMoved) {
          // The move takes effect, and by the time it is looked for another replica has finished the operation.
          await w.functions.moveAlias(SERVER, call.args[1] as AliasTarget);
          await w.settle();
          serverMoved = true;
        }
      },
    });
    await t.rejects(slow.rollBack('dep-1'), { code: 'operation_unfinished' });
    t.equal(w.live, '1/1');
    t.match((await w.project()).live, { server: { version: '1' }, image: { version: '1' } });
  });
  t.test('and journals where the aliases were just before it is taken over has that taken into account', async (t) => {
    const w = await world(t);
    let resume = () => undefined as void;
    let journaling = false;
    const held = new Promise<void>((resolve) => { resume = resolve; });
    const slow = w.replica({
      before: async (call, die) => {
        if (projectWrite(call) === 'journal') {
          journaling = true;
          await held;
        }
        if (call.name !== 'functions.moveAlias' || call.args[0] !== IMAGE) return;
        while (w.versionOf(SERVER) !== '1') await turn();
        die();
      },
    });
    const answer = slow.rollBack('dep-1').catch((error: unknown) => error);
    while (!journaling) await turn();
    w.nowMs += LEASE_MS + 1;
    const other = w.replica(once('before', is('take'), async () => {
      resume();
      await answer;
    }));
    await other.recover();
    t.ok(await answer instanceof Crash);
    t.equal(w.live, '1/3', 'half done when the process died');
    await w.settle();
    t.equal(w.live, '1/1');
  });
});

void t.test('a journal entry of another operation is not taken for one\'s own, though it says the same', async (t) => {
  const w = await world(t, { image: false });
  let resume = () => undefined as void;
  const held = new Promise<void>((resolve) => { resume = resolve; });
  const other = w.replica({ before: async (call) => { if (call.name === 'functions.moveAlias') await held; } });
  let answer: Promise<unknown> = Promise.resolve();
  const slow = w.replica(once('before', is('journal'), async () => {
    await w.settle();
    answer = other.rollBack('dep-2');
    while (!(await w.project()).operation?.before) await turn();
  }));
  await t.rejects(slow.rollBack('dep-1'), { code: 'operation_unfinished' });
  t.notOk(slow.gate.calls.includes('functions.moveAlias'), 'it moves nothing');
  resume();
  await answer;
  t.equal(w.live, '2');
});

void t.test('a journal entry whose answer was lost counts', async (t) => {
  const w = await world(t);
  await w.replica(once('after', is('journal'), lost)).rollBack('dep-1');
  t.equal(w.live, '1/1');
});

void t.test('a recovery that is refused for one alias leaves no move of the other on its way', async (t) => {
  const w = await world(t);
  await w.replica().rollBack('dep-2');
  const dying = w.replica({
    before: async (call, die) => {
      if (call.name !== 'functions.moveAlias' || call.args[0] !== IMAGE) return;
      while (w.versionOf(SERVER) !== '1') await turn();
      die();
    },
  });
  await t.rejects(dying.rollBack('dep-1'), Crash);
  w.nowMs += LEASE_MS + 1;
  let wentBack = false;
  const recovering = w.replica({
    before: async (call) => {
      if (call.name !== 'functions.moveAlias') return;
      const { version } = call.args[1] as AliasTarget;
      if (call.args[0] === IMAGE && version === '1') throw cloudError('refused');
      if (version !== '1') wentBack = true;
      // Slow enough for everything else to go on if it did not wait.
      for (let turns = 0; version === '1' && turns < 20; turns++) await turn();
      if (version === '1') t.notOk(wentBack, 'goes back only when the way forward has ended');
    },
  });
  await recovering.recover();
  t.equal(w.live, '2/2');
  const [last] = (await operations(w)).slice(-1);
  t.match(last, { state: 'undone', cause: /could not be finished/ });
});

void t.test('a project that is changed without a pause does not gather what its operations owe', async (t) => {
  const w = await world(t);
  const replica = w.replica();
  // Whoever would settle always finds the project in other hands.
  const deps = { ...replica.deps, inBackground: () => undefined };
  const answers = [];
  for (let round = 0; round < 12; round++) {
    const targetDeploymentId = round % 2 === 0 ? 'dep-1' : 'dep-2';
    answers.push(await rollBack(deps)('p', { targetDeploymentId, caller: 'ada' }));
  }
  t.same(Object.keys((await w.project()).settling ?? {}), [answers.at(-1)?.operationId]);
  await w.settle();
  t.same((await operations(w)).map(({ operationId }) => operationId), answers.map(({ operationId }) => operationId));
  for (const { deploymentId } of answers) {
    t.ok(await w.stores.deployments.get({ projectId: 'p', deploymentId }), 'every record is there');
  }
});

void t.test('what cannot be recorded meanwhile stays owed', async (t) => {
  const w = await world(t);
  const replica = w.replica({
    before: (call) => { if (call.name === 'store.deployments.create') throw cloudError('throttled'); },
  });
  const deps = { ...replica.deps, inBackground: () => undefined };
  const first = await rollBack(deps)('p', { targetDeploymentId: 'dep-1', caller: 'ada' });
  await rollBack(deps)('p', { targetDeploymentId: 'dep-2', caller: 'ada' });
  t.equal(Object.keys((await w.project()).settling ?? {}).length, 2);
  await w.settle();
  t.ok(await w.stores.deployments.get({ projectId: 'p', deploymentId: first.deploymentId }));
});
