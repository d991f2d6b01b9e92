import { setImmediate } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { AnchorError } from '../../src/domain/errors.ts';
import { CloudError, type CloudErrorKind } from '../../src/ports/cloud-error.ts';
import { crashAt, Crash, type CallSite, type Fault } from '../support/failing-world.ts';
import { IMAGE, LEASE_MS, LiveWorld, SERVER } from '../support/live-world.ts';

const world = async (t: Test, options: { image?: boolean } = {}) => {
  const opened = await LiveWorld.open(options);
  t.teardown(() => opened.close());
  return opened;
};

function cloudError(kind: CloudErrorKind, awsName: string = kind): CloudError {
  return new CloudError({ kind, service: 'lambda', operation: 'UpdateAlias', awsName, message: `${awsName}.` });
}

/** Fails calls of one name on one function, `times` times, before or after their effect. */
function failing(name: string, functionName: string, error: CloudError, more: { times?: number; lost?: boolean } = {}): Fault {
  let left = more.times ?? 1;
  return {
    [more.lost ? 'after' : 'before']: (call: CallSite) => {
      if (call.name === name && call.args[0] === functionName && left-- > 0) throw error;
    },
  };
}

void t.test('a rollback', async (t) => {
  t.test('points both aliases at the target and leaves a record', async (t) => {
    const w = await world(t);
    const replica = w.replica();
    const result = await replica.rollBack('dep-1');
    t.match(result, { rolledBackTo: 'dep-1', previousVersion: '3', newAliasVersion: '1', rollbackTimeMs: Number });
    t.equal(w.live, '1/1');
    await replica.background.drain();
    const record = await w.stores.deployments.get({ projectId: 'p', deploymentId: result.deploymentId });
    t.match(record, {
      isRollback: true, rollbackFrom: '3', rollbackTo: 'dep-1', status: 'deployed', commitSha: 'abcdef0',
      version: /^rollback-dep-1-\d+$/, deployedAt: Number,
    });
    const operation = await w.stores.operations.get({ projectId: 'p', operationId: result.operationId });
    t.match(operation, { state: 'succeeded', caller: 'ada', kind: 'rollback', resultDeploymentId: result.deploymentId });
    t.ok(operation?.steps.some((step) => step.name === 'move server alias to version 1'));
    const project = await w.project();
    t.match(project.live, { deploymentId: result.deploymentId, server: { version: '1' }, image: { version: '1' } });
    t.notOk('operation' in project || 'settling' in project || 'dueAt' in project, 'nothing is left to do');
  });

  t.test('moves one alias when the target has no image version', async (t) => {
    const w = await world(t, { image: false });
    t.match(await w.replica().rollBack('dep-2'), { previousVersion: '3', newAliasVersion: '2' });
    t.equal(w.live, '2');
  });

  t.test('clears the weights of a canary', async (t) => {
    const w = await world(t);
    await w.functions.moveAlias(SERVER, { version: '3', weights: { 2: 0.1 } });
    await w.replica().rollBack('dep-1');
    t.same(w.lambda.aliases.get(SERVER, 'live').weights, {});
  });

  t.test('once the aliases are known, takes three round trips and reads no alias', async (t) => {
    const w = await world(t);
    const first = w.replica();
    await first.rollBack('dep-1');
    await first.background.drain();
    const replica = w.replica();
    await replica.rollBack('dep-2');
    t.same(replica.gate.calls.slice(0, 5), [
      'store.projects.update', 'store.deployments.get',
      'functions.moveAlias', 'functions.moveAlias',
      'store.projects.update',
    ]);
    t.equal(w.live, '2/2');
  });

  t.test('to what is live already succeeds', async (t) => {
    const w = await world(t);
    t.match(await w.replica().rollBack('dep-3'), { previousVersion: '3', newAliasVersion: '3' });
  });

  t.test('to the record of an earlier rollback works, even before that record is written', async (t) => {
    const w = await world(t);
    const first = w.replica({ before: (call) => { if (call.name === 'store.deployments.create') throw new Crash(); } });
    const { deploymentId } = await first.rollBack('dep-1');
    await w.replica().rollBack('dep-2');
    t.match(await w.replica().rollBack(deploymentId), { newAliasVersion: '1' });
  });
});

void t.test('a rollback is refused, and leaves no trace, when', async (t) => {
  const untouched = async (t: Test, w: LiveWorld, code: string, attempt: Promise<unknown>) => {
    await t.rejects(attempt, { code });
    t.equal(w.live, '3/3');
    const project = await w.project();
    t.notOk(project.operation);
  };

  t.test('there is no such project', async (t) => {
    const w = await world(t);
    await w.stores.projects.remove({ projectId: 'p' });
    await t.rejects(w.replica().rollBack('dep-1'), { code: 'project_not_found' });
  });
  t.test('there is no such deployment', async (t) => {
    const w = await world(t);
    await untouched(t, w, 'deployment_not_found', w.replica().rollBack('dep-9'));
  });
  for (const [name, change] of Object.entries({
    'it is still building': { status: 'building' },
    'it has no server version': { lambdaServerVersionArn: undefined },
    'its function is not the project\'s any more': {
      lambdaServerVersionArn: 'arn:aws:lambda:us-east-1:123456789012:function:other:1',
    },
  })) {
    t.test(name, async (t) => {
      const w = await world(t);
      await w.stores.deployments.update({ projectId: 'p', deploymentId: 'dep-1' }, {
        set: JSON.parse(JSON.stringify(change)) as object,
        remove: Object.entries(change).flatMap(([key, value]) => (value === undefined ? [key as 'status'] : [])),
      });
      await untouched(t, w, 'deployment_not_deployable', w.replica().rollBack('dep-1'));
    });
  }
  t.test('the project has no image function but the target has an image version', async (t) => {
    const w = await world(t);
    await w.stores.projects.update({ projectId: 'p' }, { remove: ['imageFunctionName'] });
    await untouched(t, w, 'function_not_configured', w.replica().rollBack('dep-1'));
  });
  t.test('the version no longer exists on Lambda', async (t) => {
    const w = await world(t);
    w.lambda.functions.delete(IMAGE, '1');
    await untouched(t, w, 'version_not_found', w.replica().rollBack('dep-1'));
    const [failed] = Object.values((await w.project()).settling ?? {});
    t.ok(failed === undefined || failed.operation.state === 'failed');
  });
  t.test('the alias does not exist', async (t) => {
    const w = await world(t);
    w.lambda.aliases.delete(IMAGE, 'live');
    await t.rejects(w.replica().rollBack('dep-1'), { code: 'alias_not_found' });
    t.equal(w.live, '3');
  });
  t.test('another change is running', async (t) => {
    const w = await world(t);
    const slow = w.replica({
      before: async (call) => {
        if (call.name !== 'functions.moveAlias') return;
        const error = await w.replica().rollBack('dep-2').then(() => undefined, (reason: unknown) => reason);
        t.match(error, { code: 'operation_in_progress', operationId: /^op_/ });
      },
    });
    await slow.rollBack('dep-1');
    t.equal(w.live, '1/1');
  });
});

void t.test('when the second alias fails', async (t) => {
  t.test('the first is put back and the answer says so', async (t) => {
    const w = await world(t);
    const replica = w.replica(failing('functions.moveAlias', IMAGE, cloudError('refused', 'InvalidParameterValueException')));
    await t.rejects(replica.rollBack('dep-1'), { code: 'alias_update_failed', message: /No alias is left moved/ });
    t.equal(w.live, '3/3');
    await replica.background.drain();
    const [operation] = await w.stores.operations.query({ hash: 'p', order: 'descending', limit: 1 });
    t.match(operation, { state: 'failed', cause: /InvalidParameterValueException/ });
    t.equal((await w.deployments()).length, 3, 'no record of a rollback that did not happen');
  });
  t.test('by throttling: 503 with the time to wait, and nothing moved', async (t) => {
    const w = await world(t);
    const replica = w.replica(failing('functions.moveAlias', IMAGE, cloudError('throttled')));
    await t.rejects(replica.rollBack('dep-1'), { code: 'upstream_throttled', retryAfterSeconds: 1 });
    t.equal(w.live, '3/3');
  });
  t.test('and even putting back fails: the operation stays open and is repaired', async (t) => {
    const w = await world(t);
    let moves = 0;
    const replica = w.replica({
      before: (call) => {
        if (call.name === 'functions.moveAlias' && (call.args[0] === IMAGE || ++moves > 1)) throw cloudError('throttled');
      },
    });
    await t.rejects(replica.rollBack('dep-1'), { code: 'operation_unfinished', operationId: /^op_/ });
    t.equal(w.live, '1/3', 'half done, and nobody was told that it succeeded');
    await t.rejects(w.replica().rollBack('dep-2'), { code: 'operation_in_progress' });
    await w.settle();
    t.equal(w.live, '1/1');
    t.match((await w.project()).live, { server: { version: '1' } });
  });
});

void t.test('what AWS did not answer is read back, never assumed', async (t) => {
  t.test('a move that took effect counts', async (t) => {
    const w = await world(t);
    const replica = w.replica(failing('functions.moveAlias', IMAGE, cloudError('unknown_outcome'), { lost: true }));
    t.match(await replica.rollBack('dep-1'), { newAliasVersion: '1' });
    t.equal(w.live, '1/1');
  });
  t.test('a move that did not take effect is made again', async (t) => {
    const w = await world(t);
    const replica = w.replica(failing('functions.moveAlias', SERVER, cloudError('unknown_outcome')));
    t.match(await replica.rollBack('dep-1'), { newAliasVersion: '1' });
    t.equal(w.live, '1/1');
  });
  t.test('a move nobody can look at stays open', async (t) => {
    const w = await world(t);
    await w.replica().rollBack('dep-2');
    const replica = w.replica({
      before: (call) => { if (call.args[0] === IMAGE) throw cloudError('unknown_outcome'); },
    });
    await t.rejects(replica.rollBack('dep-1'), { code: 'operation_unfinished' });
    await w.settle();
    t.match(w.live, /^(1\/1|2\/2)$/);
  });
  t.test('a move that keeps going astray is given up, and what is still on its way arrives too late', async (t) => {
    const w = await world(t);
    await w.replica().rollBack('dep-2');
    const before = w.lambda.aliases.get(SERVER, 'live').revisionId;
    const replica = w.replica(failing('functions.moveAlias', SERVER, cloudError('unknown_outcome'), { times: 3 }));
    await t.rejects(replica.rollBack('dep-1'), { code: 'alias_update_failed' });
    t.equal(w.live, '2/2');
    t.not(w.lambda.aliases.get(SERVER, 'live').revisionId, before);
  });
  for (const lost of [false, true]) {
    t.test(`a commit whose ${lost ? 'answer' : 'request'} was lost`, async (t) => {
      const w = await world(t);
      let commits = 0;
      const replica = w.replica({
        [lost ? 'after' : 'before']: (call: CallSite) => {
          const [, change] = call.args as [unknown, { remove?: string[] } | undefined];
          if (call.name === 'store.projects.update' && change?.remove?.includes('operation') && ++commits === 1) {
            throw cloudError('unknown_outcome');
          }
        },
      });
      t.match(await replica.rollBack('dep-1'), { newAliasVersion: '1' });
      t.equal((await w.project()).live?.server.version, '1');
    });
  }
  t.test('a store that stays away: the operation is left for the background', async (t) => {
    const w = await world(t);
    let moved = false;
    const replica = w.replica({
      before: (call) => {
        moved ||= call.name === 'functions.moveAlias';
        if (moved && call.name.startsWith('store.')) throw cloudError('unavailable');
      },
    });
    await t.rejects(replica.rollBack('dep-1'), { code: 'operation_unfinished' });
    await w.settle();
    t.equal(w.live, '1/1');
    t.equal((await w.project()).live?.server.version, '1');
  });
  t.test('an error that is no answer of AWS is not swallowed', async (t) => {
    const w = await world(t);
    for (const name of ['functions.moveAlias', 'functions.readAlias']) {
      const replica = w.replica({ before: (call) => { if (call.name === name) throw new TypeError('a bug'); } });
      await t.rejects(replica.rollBack('dep-1'), TypeError);
      await w.settle();
      t.match(w.live, /^3\/3$/);
    }
  });
});

void t.test('drift', async (t) => {
  t.test('an alias moved by hand is taken as it is: its real version is what was rolled back from', async (t) => {
    const w = await world(t);
    await w.replica().rollBack('dep-1');
    await w.functions.moveAlias(SERVER, { version: '2', weights: {} });
    t.match(await w.replica().rollBack('dep-3'), { previousVersion: '2', newAliasVersion: '3' });
    t.equal(w.live, '3/3');
  });
  t.test('a failure after that goes back to where the alias really was', async (t) => {
    const w = await world(t);
    await w.replica().rollBack('dep-1');
    await w.functions.moveAlias(SERVER, { version: '2', weights: { 3: 0.25 } });
    const replica = w.replica(failing('functions.moveAlias', IMAGE, cloudError('refused'), { times: 2 }));
    await t.rejects(replica.rollBack('dep-3'), { code: 'alias_update_failed' });
    t.equal(w.live, '2/1');
    await w.settle();
    t.equal(w.live, '2/1');
  });
  t.test('somebody who keeps moving the alias wins, and is told of no success', async (t) => {
    const w = await world(t);
    await w.replica().rollBack('dep-1');
    const replica = w.replica({
      before: async (call) => {
        if (call.name === 'functions.moveAlias' && call.args[0] === SERVER) {
          await w.functions.moveAlias(SERVER, { version: '2', weights: {} });
        }
      },
    });
    await t.rejects(replica.rollBack('dep-3'), AnchorError);
  });
});

void t.test('two replicas', async (t) => {
  t.test('an operation whose lease ran out is repaired by the next request', async (t) => {
    const w = await world(t);
    const dying = w.replica(crashAt(4, 'after'));
    await t.rejects(dying.rollBack('dep-1'), Crash);
    w.nowMs += LEASE_MS + 1;
    t.match(await w.replica().rollBack('dep-2'), { newAliasVersion: '2' });
    t.equal(w.live, '2/2');
  });
  t.test('a late writer is fenced off, and tells what really happened', async (t) => {
    const w = await world(t);
    const late = w.replica({
      before: async (call) => {
        const [, change] = call.args as [unknown, { remove?: string[] } | undefined];
        if (call.name === 'store.projects.update' && change?.remove?.includes('operation')) await w.settle();
      },
    });
    const result = await late.rollBack('dep-1');
    t.equal(w.live, '1/1');
    const records = (await w.deployments()).filter((each) => each.isRollback);
    t.same(records.map((each) => each.deploymentId), [result.deploymentId]);
  });
  t.test('a holder that is late before its first move moves nothing', async (t) => {
    const w = await world(t);
    const late = w.replica({
      before: async (call) => {
        const [, change] = call.args as [unknown, { set?: { operation?: { before?: unknown } } } | undefined];
        if (call.name === 'store.projects.update' && change?.set?.operation?.before) await w.settle();
      },
    });
    await t.rejects(late.rollBack('dep-1'), { code: 'operation_unfinished' });
    t.equal(w.live, '3/3');
  });
  t.test('a late compensation arrives too late', async (t) => {
    const w = await world(t);
    let failed = false;
    const late = w.replica({
      before: async (call) => {
        if (call.name !== 'functions.moveAlias') return;
        if (call.args[0] === IMAGE && !failed) {
          failed = true;
          throw cloudError('refused');
        }
        if (call.args[0] === SERVER && failed) await w.settle();
      },
    });
    await t.rejects(late.rollBack('dep-1'), { code: 'operation_unfinished' });
    await w.settle();
    t.equal(w.live, '1/1');
    t.equal((await w.project()).live?.server.version, '1');
  });
  t.test('recovery does nothing while the lease runs, and nothing when there is nothing', async (t) => {
    const w = await world(t);
    await w.replica().recover();
    const dying = w.replica(crashAt(4, 'after'));
    await t.rejects(dying.rollBack('dep-1'), Crash);
    const held = (await w.project()).operation?.operationId;
    await w.replica().recover();
    t.equal((await w.project()).operation?.operationId, held);
    await w.stores.projects.remove({ projectId: 'p' });
    await w.replica().recover();
  });
  t.test('recovery that cannot finish goes back', async (t) => {
    const w = await world(t);
    await w.replica().rollBack('dep-2');
    const dying = w.replica({
      before: async (call, die) => {
        if (call.name !== 'functions.moveAlias' || call.args[0] !== IMAGE) return;
        while (w.versionOf(SERVER) !== '1') await setImmediate();
        die();
      },
    });
    await t.rejects(dying.rollBack('dep-1'), Crash);
    t.equal(w.live, '1/2');
    w.lambda.functions.delete(IMAGE, '1');
    await w.settle();
    t.equal(w.live, '2/2');
    const [last] = await w.stores.operations.query({ hash: 'p', order: 'descending', limit: 1 });
    t.match(last, { state: 'undone', cause: /could not be finished/ });
  });
  t.test('recovery that AWS holds up stays due', async (t) => {
    const w = await world(t);
    const dying = w.replica(crashAt(5, 'after'));
    await t.rejects(dying.rollBack('dep-1'), Crash);
    w.nowMs += LEASE_MS + 1;
    const unlucky = w.replica({ before: (call) => { if (call.name === 'functions.readAlias') throw cloudError('throttled'); } });
    await t.rejects(unlucky.recover(), CloudError);
    t.ok((await w.project()).dueAt);
    await w.settle();
    t.notOk((await w.project()).operation);
  });
});
