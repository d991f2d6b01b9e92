import t from 'tap';
import { concludeSwitch, switchTarget, targetIdOf, type SwitchFacts } from '../../src/domain/conclude-switch.ts';
import type { Deployment } from '../../src/domain/deployment.ts';
import type { AliasesBefore, OpenOperation } from '../../src/domain/operation.ts';
import type { OperationKind } from '../../src/domain/shared-words.ts';
import type { AliasRecord, LastRollback, LiveRecord, Project } from '../../src/domain/project.ts';
import type { VersionArn } from '../../src/domain/version-arn.ts';

const NOW = 1_000;
const FUNCTIONS = {
  serverFunctionName: 'server', imageFunctionName: 'image', distributionId: undefined, distributionDomain: undefined,
};

const arn = (name: string, version: number) => `arn:aws:lambda:us-east-1:123456789012:function:${name}:${version}` as VersionArn;

function deployment(more: Partial<Deployment> = {}): Deployment {
  return {
    projectId: 'p', deploymentId: 'dep_1', commitSha: 'abcdef0', branch: 'main', version: 'v1', status: 'deployed',
    lambdaServerVersionArn: arn('server', 1), isRollback: false, createdAt: 1, updatedAt: 2, deployedAt: 3, ...more,
  };
}

function operation(kind: OperationKind, more: Partial<OpenOperation> = {}): OpenOperation {
  return {
    projectId: 'p', operationId: 'op_2', kind, state: 'running', caller: 'ada', startedAt: 500, steps: [], pins: false,
    leaseUntil: 2_000, ...(kind === 'rollback' && { resultDeploymentId: 'dep_9' }),
    ...(kind !== 'undo' && { targetDeploymentId: 'dep_1' }), ...more,
  };
}

function project(more: Partial<Project> = {}): Project {
  return {
    projectId: 'p', collection: 'project', createdKey: '1', name: 'Site', createdAt: 1, updatedAt: 1, revision: 1, fence: 1, ...more,
  };
}

const at = (functionName: string, version: string): AliasRecord => ({ functionName, version, revisionId: `${functionName}-${version}` });
const was = (functionName: string, version: string) => ({ functionName, version, weights: {} });
const BEFORE: AliasesBefore = { server: was('server', '3') };
const LIVE: LiveRecord = { deploymentId: 'dep_3', operationId: 'op_1', at: 5, server: at('server', '3'), image: at('image', '3') };
const ROLLED_BACK: LastRollback = { operationId: 'op_1', deploymentId: 'dep_3', before: { ...BEFORE, image: was('image', '3') } };

function conclude(kind: OperationKind, more: Partial<Omit<SwitchFacts, 'operation'>> & { operation?: Partial<OpenOperation> } = {}) {
  const { operation: journal, ...facts } = more;
  return concludeSwitch({
    project: project(), target: { moves: [], deployment: deployment() }, before: BEFORE,
    aliases: { server: at('server', '1') }, now: NOW, ...facts, operation: operation(kind, journal),
  });
}

void t.test('the target', async (t) => {
  await t.test('of a rollback or promote is the deployment asked for', async (t) => {
    const both = deployment({ lambdaImageVersionArn: arn('image', 4) });
    for (const kind of ['rollback', 'promote'] as const) {
      t.equal(targetIdOf(operation(kind), project({ lastRollback: ROLLED_BACK })), 'dep_1');
      t.strictSame(switchTarget(operation(kind), project(), both, FUNCTIONS), {
        deployment: both,
        moves: [
          { role: 'server', functionName: 'server', version: '1' }, { role: 'image', functionName: 'image', version: '4' },
        ],
      });
      t.throws(() => switchTarget(operation(kind), project(), undefined, FUNCTIONS),
        { code: 'deployment_not_found', message: /no deployment dep_1/ });
      const { targetDeploymentId: _, ...aimless } = operation(kind);
      t.equal(targetIdOf(aimless, project()), undefined);
      t.throws(() => switchTarget(aimless, project(), undefined, FUNCTIONS), { code: 'deployment_not_found' });
      t.throws(() => switchTarget(operation(kind), project(), deployment({ status: 'failed' }), FUNCTIONS),
        { code: 'deployment_not_deployable' });
    }
  });

  await t.test('of an undo is where the aliases were before the latest rollback', async (t) => {
    const rolledBack = project({ live: LIVE, lastRollback: ROLLED_BACK });
    t.equal(targetIdOf(operation('undo'), rolledBack), 'dep_3');
    t.equal(targetIdOf(operation('undo'), project()), undefined);
    t.strictSame(switchTarget(operation('undo'), rolledBack, deployment(), FUNCTIONS), {
      deployment: deployment(),
      moves: [
        { role: 'server', functionName: 'server', version: '3' }, { role: 'image', functionName: 'image', version: '3' },
      ],
    });
    const serverAlone = { ...rolledBack, lastRollback: { ...ROLLED_BACK, before: BEFORE } };
    t.match(switchTarget(operation('undo'), serverAlone, undefined, FUNCTIONS),
      { deployment: undefined, moves: { length: 1 } }, 'no deployment need be known');
  });

  await t.test('of an undo is nothing without a rollback that is live', async (t) => {
    for (const [state, message] of [
      [{}, /no rollback to undo/],
      [{ live: LIVE }, /no rollback to undo/],
      [{ lastRollback: ROLLED_BACK }, /op_1.* not what is live any more/],
      [{ live: { ...LIVE, operationId: 'op_7' }, lastRollback: ROLLED_BACK }, /not what is live any more/],
    ] as const) {
      t.throws(() => switchTarget(operation('undo'), project(state), undefined, FUNCTIONS), { code: 'nothing_to_undo', message });
    }
  });
});

void t.test('a rollback', async (t) => {
  await t.test('leaves a record with the target\'s build, and notes what to undo', async (t) => {
    const target = deployment({
      lambdaImageVersionArn: arn('image', 4), serverCodeSha256: 'aaa=', imageCodeSha256: 'bbb=', isRollback: true, rollbackTo: 'dep_0',
    });
    const aliases = { server: at('server', '1'), image: at('image', '4') };
    const { set, deployment: record, ...ending } = conclude('rollback', {
      project: project({ live: LIVE }), target: { moves: [], deployment: target }, aliases,
    });
    t.strictSame(record, {
      projectId: 'p', deploymentId: 'dep_9', commitSha: 'abcdef0', branch: 'main', lambdaServerVersionArn: arn('server', 1),
      lambdaImageVersionArn: arn('image', 4), serverCodeSha256: 'aaa=', imageCodeSha256: 'bbb=',
      version: `rollback-dep_1-${NOW}`, status: 'deployed', isRollback: true, rollbackFrom: '3', rollbackTo: 'dep_1',
      createdAt: NOW, updatedAt: NOW, deployedAt: NOW,
    });
    t.match(ending, {
      remove: [], result: { previousVersion: '3', newVersion: '1' }, targetDeploymentId: 'dep_1', resultDeploymentId: 'dep_9',
    });
    t.match(set, {
      live: { operationId: 'op_2', at: NOW, deploymentId: 'dep_9', ...aliases },
      lastRollback: { operationId: 'op_2', deploymentId: 'dep_3', before: BEFORE },
    });
    t.notOk(set.pin);
  });

  await t.test('without an image version leaves the image alias where the records say', async (t) => {
    t.strictSame(conclude('rollback', { project: project({ live: LIVE }) }).set.live?.image, LIVE.image);
    const { set, deployment: record } = conclude('rollback');
    t.notOk('image' in (set.live ?? {}), 'or nowhere');
    t.notOk('deploymentId' in (set.lastRollback ?? {}), 'and without a live record, what was live is not known');
    t.notOk(record && 'lambdaImageVersionArn' in record);
  });

  await t.test('copies no server version that the target has not', async (t) => {
    const { lambdaServerVersionArn: _, ...bare } = deployment();
    t.notOk('lambdaServerVersionArn' in (conclude('rollback', { target: { moves: [], deployment: bare } }).deployment ?? {}));
  });

  await t.test('cannot be undone when nobody knows where the aliases were', async (t) => {
    const { set, result, deployment: record } = conclude('rollback', { before: undefined });
    t.notOk('lastRollback' in set);
    t.equal(result.previousVersion, 'unknown');
    t.equal(record?.rollbackFrom, 'unknown');
  });

  await t.test('pins unless its caller declines or a pin stands', async (t) => {
    const pinOf = (pins: boolean, state: Partial<Project> = {}, reason?: string) =>
      conclude('rollback', { project: project(state), operation: { pins, ...(reason !== undefined && { reason }) } }).set.pin;
    const byHand = { reason: 'audit', caller: 'bob', at: 1 };
    t.strictSame(pinOf(true), { reason: 'rolled back', caller: 'ada', at: NOW, operationId: 'op_2' });
    t.match(pinOf(true, {}, 'checkout fails'), { reason: 'checkout fails' });
    t.equal(pinOf(false), undefined);
    t.equal(pinOf(true, { pin: byHand }), undefined, 'a pin that somebody has set stays theirs');
    t.equal(pinOf(true, { pin: { ...byHand, expiresAt: NOW + 1 } }), undefined);
    t.match(pinOf(true, { pin: { ...byHand, expiresAt: NOW } }), { operationId: 'op_2' }, 'one that has expired is no pin');
  });

  await t.test('always has a target, an id for its record and a server alias', async (t) => {
    t.throws(() => conclude('rollback', { target: { moves: [], deployment: undefined } }), /always has a target/);
    const { resultDeploymentId: _, ...journal } = operation('rollback');
    t.throws(() => concludeSwitch({
      operation: journal, project: project(), target: { moves: [], deployment: deployment() }, before: BEFORE,
      aliases: { server: at('server', '1') }, now: NOW,
    }), /id of its record/);
    t.throws(() => conclude('promote', { aliases: {} }), /server alias/);
  });
});

void t.test('a promote makes its target live, and there is no rollback to undo any more', async (t) => {
  const { set, remove, deployment: record, ...ending } = conclude('promote', {
    project: project({ live: LIVE, lastRollback: ROLLED_BACK, pin: { reason: 'x', caller: 'ada', at: 1, operationId: 'op_1' } }),
    operation: { pins: true },
  });
  t.strictSame(remove, ['lastRollback'], 'the pin stays');
  t.equal(record, undefined);
  t.strictSame(Object.keys(set), ['live']);
  t.match(set.live, { deploymentId: 'dep_1', operationId: 'op_2', server: at('server', '1') });
  t.match(ending, { result: { previousVersion: '3', newVersion: '1' }, targetDeploymentId: 'dep_1', resultDeploymentId: 'dep_1' });
});

void t.test('an undo', async (t) => {
  const rolledBack = { live: LIVE, lastRollback: ROLLED_BACK };

  await t.test('makes live what was live before', async (t) => {
    const before = deployment({ deploymentId: 'dep_3' });
    const { set, remove, ...ending } = conclude('undo', { project: project(rolledBack), target: { moves: [], deployment: before } });
    t.strictSame(remove, ['lastRollback']);
    t.match(set.live, { deploymentId: 'dep_3', operationId: 'op_2' });
    t.match(ending, { targetDeploymentId: 'dep_3', resultDeploymentId: 'dep_3' });
  });

  await t.test('goes by the note of the rollback when the deployment is gone, or by versions alone', async (t) => {
    const noted = conclude('undo', { project: project(rolledBack), target: { moves: [], deployment: undefined } });
    t.equal(noted.resultDeploymentId, 'dep_3');
    const { deploymentId: _, ...unknown } = ROLLED_BACK;
    const bare = conclude('undo', {
      project: project({ ...rolledBack, lastRollback: unknown }), target: { moves: [], deployment: undefined },
    });
    t.notOk('resultDeploymentId' in bare || 'targetDeploymentId' in bare || 'deploymentId' in (bare.set.live ?? {}));
  });

  await t.test('ends although nobody knows where the aliases were', async (t) => {
    t.strictSame(conclude('undo', { before: undefined, project: project(rolledBack) }).result,
      { previousVersion: 'unknown', newVersion: '1' });
  });

  await t.test('lifts the pin that the rollback set, and no other', async (t) => {
    const removed = (pin: Project['pin'], state: Partial<Project> = rolledBack) =>
      conclude('undo', { project: project({ ...state, ...(pin && { pin }) }) }).remove;
    const pin = { reason: 'x', caller: 'ada', at: 1 };
    t.strictSame(removed({ ...pin, operationId: 'op_1' }), ['lastRollback', 'pin']);
    t.strictSame(removed(pin), ['lastRollback'], 'set by hand');
    t.strictSame(removed({ ...pin, operationId: 'op_0' }), ['lastRollback'], 'by an earlier rollback');
    t.strictSame(removed(undefined), ['lastRollback']);
  });
});
