import t from 'tap';
import { EVERYTHING } from '../../src/domain/grants.ts';
import type { CustomDomain } from '../../src/domain/custom-domain.ts';
import type { Hostname } from '../../src/domain/hostname.ts';
import type { OpenOperation } from '../../src/domain/operation.ts';
import type { Stores } from '../../src/ports/stores.ts';
import type { Table } from '../../src/ports/table.ts';
import { DEFAULTS, RecordWorld, recordOperations } from '../support/http-world.ts';

function newWorld(t: { after(fn: () => void): void }): RecordWorld {
  const world = new RecordWorld();
  t.after(() => world.close());
  return world;
}

function aDomain(projectId: string, name = 'shop.example.com'): CustomDomain {
  return {
    domainId: `dom_${name}`, projectId, domain: name as Hostname,
    distributionId: 'E1', distributionDomain: 'd1.cloudfront.net',
    desired: 'present', phase: 'validating', certificateGeneration: 1, certificateStatus: 'PENDING_VALIDATION',
    cloudFrontStatus: 'not_attached', createdAt: 1, updatedAt: 1, revision: 1, attempts: 0,
  };
}

function running(projectId: string): OpenOperation {
  return {
    projectId, operationId: 'op_1', kind: 'rollback', state: 'running', targetDeploymentId: 'dep_1',
    resultDeploymentId: 'dep_2', caller: 'ada', startedAt: 1, steps: [], leaseUntil: 2, pins: false,
  };
}

/** The operations over stores where `before` runs ahead of each call of one table's method. */
function withInterference<K extends keyof Stores>(
  world: RecordWorld, store: K, method: 'update' | 'remove' | 'create', before: () => Promise<unknown>,
) {
  const table: object = world.stores[store];
  const meddled = new Proxy(table, {
    get: (target, name) => {
      const value = Reflect.get(target, name) as (...args: unknown[]) => Promise<unknown>;
      return async (...args: unknown[]) => {
        if (name === method) await before();
        return value.apply(target, args);
      };
    },
  }) as Table<object>;
  return recordOperations({ stores: { ...world.stores, [store]: meddled }, nowMs: world.nowMs }, DEFAULTS);
}

void t.test('projects are listed newest first, whatever their ids look like', async (t) => {
  const { operations } = newWorld(t);
  for (const name of ['a', 'b', 'c']) await operations.createProject({ name });
  const first = await operations.listProjects({ limit: 2 }, EVERYTHING);
  t.strictSame(first.items.map(({ name }) => name), ['c', 'b']);
  const second = await operations.listProjects({ limit: 2, cursor: first.nextCursor }, EVERYTHING);
  t.strictSame(second.items.map(({ name }) => name), ['a']);
  t.equal(second.nextCursor, undefined);
});

void t.test('whoever may see some projects is listed those, in pages that are full', async (t) => {
  const { operations } = newWorld(t);
  const ids: string[] = [];
  for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) ids.push((await operations.createProject({ name })).projectId);
  const seen = (...indexes: number[]) => indexes.map((index) => ({ project: String(ids[index]), role: 'viewer' as const }));
  // In no order, one twice, and one that does not exist.
  const grants = [...seen(4, 0, 5, 2, 0), { project: 'prj_nowhere', role: 'admin' as const }];
  const names: string[] = [];
  let page = await operations.listProjects({ limit: 2 }, grants);
  t.equal(page.items.length, 2);
  for (;;) {
    names.push(...page.items.map(({ name }) => name));
    if (page.nextCursor === undefined) break;
    page = await operations.listProjects({ limit: 2, cursor: page.nextCursor }, grants);
  }
  t.strictSame(names, ['f', 'e', 'c', 'a']);
  t.strictSame(await operations.listProjects({ limit: 4 }, grants).then(({ nextCursor }) => nextCursor), undefined);
  t.strictSame(await operations.listProjects({ limit: 2 }, []), { items: [] });
  await t.rejects(operations.listProjects({ limit: 2, cursor: 'none' }, grants), { code: 'invalid_request' });
});

void t.test('an id that was handed out twice overwrites nothing', async (t) => {
  const world = newWorld(t);
  const { projectId } = await world.operations.createProject({ name: 'first' });
  const again = recordOperations(world, DEFAULTS);
  await t.rejects(again.createProject({ name: 'second' }), { message: `the id ${projectId} was handed out twice` });
  t.equal((await world.operations.getProject(projectId)).name, 'first');
});

void t.test('changing a project', async (t) => {
  const world = newWorld(t);
  const { operations, stores } = world;
  const { projectId } = await operations.createProject({ name: 'Shop', serverFunctionName: 'shop' });
  const alias = { functionName: 'shop', version: '2', revisionId: 'r1' };
  const live = { deploymentId: 'dep_1', operationId: 'op_0', at: 1, server: alias };
  await stores.projects.update({ projectId }, { set: { live } });

  world.nowMs += 5;
  const renamed = await operations.changeProject(projectId, { name: 'Store', serverFunctionName: 'shop' });
  t.match(renamed, { name: 'Store', updatedAt: world.nowMs, revision: 2, live });

  world.nowMs += 5;
  const same = await operations.changeProject(projectId, { name: 'Store', imageFunctionName: null });
  t.match(same, { revision: 2, updatedAt: renamed.updatedAt }, 'nothing to change is nothing written');

  const moved = await operations.changeProject(projectId, { serverFunctionName: 'other', imageFunctionName: 'images' });
  t.match(moved, { serverFunctionName: 'other', imageFunctionName: 'images', revision: 3 });
  t.equal(moved.live, undefined, 'what was live on the old functions says nothing about the new ones');
  t.equal((await operations.changeProject(projectId, { imageFunctionName: null })).imageFunctionName, undefined);

  await stores.domains.create(aDomain(projectId));
  await t.rejects(operations.changeProject(projectId, { distributionId: 'E2' }),
    { code: 'project_has_domains', message: /shop\.example\.com/ });
  await operations.changeProject(projectId, { name: 'Still fine' });

  await stores.projects.update({ projectId }, { set: { operation: running(projectId) } });
  await t.rejects(operations.changeProject(projectId, { serverFunctionName: 'third' }),
    { code: 'operation_in_progress', operationId: 'op_1' });
  await operations.changeProject(projectId, { name: 'Fine too' });

  await t.rejects(operations.changeProject('prj_9', { name: 'x' }), { code: 'project_not_found' });
});

void t.test('a change that meets another one is decided again, and gives up in the end', async (t) => {
  const world = newWorld(t);
  const { projectId } = await world.operations.createProject({ name: 'a' });
  let others = 2;
  const touch = () =>
    world.stores.projects.update({ projectId }, { set: { imageFunctionName: 'i' }, add: { revision: 1 } });
  const patient = withInterference(world, 'projects', 'update', async () => others-- > 0 && touch());
  t.match(await patient.changeProject(projectId, { name: 'b' }), { name: 'b', imageFunctionName: 'i', revision: 4 });

  const hopeless = withInterference(world, 'projects', 'update', touch);
  await t.rejects(hopeless.changeProject(projectId, { name: 'c' }), { code: 'project_busy', retryAfterSeconds: 1 });
  await t.rejects(hopeless.deleteProject(projectId), { code: 'project_busy', retryAfterSeconds: 1 });
  t.match(await world.operations.getProject(projectId), { name: 'b' });
});

void t.test('deleting a project', async (t) => {
  await t.test('takes its deployments and operations with it, and nobody else\'s', async (t) => {
    const { operations, stores } = newWorld(t);
    const { projectId } = await operations.createProject({ name: 'a' });
    const other = await operations.createProject({ name: 'b' });
    const build = { commitSha: 'abcdef0', branch: 'main', version: '1', status: 'deployed' } as const;
    for (let i = 0; i < 130; i++) await operations.registerDeployment(projectId, build);
    const kept = await operations.registerDeployment(other.projectId, build);
    await stores.operations.create(running(projectId));

    await operations.deleteProject(projectId);
    await t.rejects(operations.getProject(projectId), { code: 'project_not_found' });
    const left = { hash: projectId, order: 'ascending', limit: 1 } as const;
    t.strictSame(await stores.deployments.query(left), []);
    t.strictSame(await stores.operations.query(left), []);
    t.match(await operations.getDeployment(other.projectId, kept.deploymentId), kept);
    await t.rejects(operations.deleteProject(projectId), { code: 'project_not_found' });
  });

  await t.test('is refused while it has domains, and leaves it open', async (t) => {
    const { operations, stores } = newWorld(t);
    const { projectId } = await operations.createProject({ name: 'a' });
    await stores.domains.create(aDomain(projectId));
    await t.rejects(operations.deleteProject(projectId),
      { code: 'project_has_domains', message: /shop\.example\.com/ });
    t.equal((await operations.getProject(projectId)).closing, undefined);
    await operations.changeProject(projectId, { name: 'open' });
    await stores.domains.remove({ domainId: 'dom_shop.example.com' });
    await operations.deleteProject(projectId);
  });

  await t.test('is refused while an operation runs', async (t) => {
    const { operations, stores } = newWorld(t);
    const { projectId } = await operations.createProject({ name: 'a' });
    await stores.projects.update({ projectId }, { set: { operation: running(projectId) } });
    await t.rejects(operations.deleteProject(projectId), { code: 'operation_in_progress', operationId: 'op_1' });
  });

  await t.test('closes the project first, and finishes what died half way', async (t) => {
    const { operations, stores } = newWorld(t);
    const { projectId } = await operations.createProject({ name: 'a' });
    await stores.projects.update({ projectId }, { set: { closing: true }, add: { revision: 1 } });
    await t.rejects(operations.changeProject(projectId, { name: 'b' }), { code: 'project_busy' });
    await t.rejects(operations.registerDeployment(projectId,
      { commitSha: 'abcdef0', branch: 'main', version: '1', status: 'deployed' }), { code: 'project_busy' });
    await operations.deleteProject(projectId);
    await t.rejects(operations.getProject(projectId), { code: 'project_not_found' });
  });

  await t.test('looks again when the project changed before its end', async (t) => {
    const world = newWorld(t);
    const { projectId } = await world.operations.createProject({ name: 'a' });
    let late = 1;
    // As an operation does that ended just before: writes its record, then drops it from the project.
    const operations = withInterference(world, 'projects', 'remove', async () => {
      if (late-- <= 0) return;
      await world.stores.operations.create(running(projectId));
      await world.stores.projects.update({ projectId }, { add: { revision: 1 } });
    });
    await operations.deleteProject(projectId);
    t.strictSame(await world.stores.operations.query({ hash: projectId, order: 'ascending', limit: 1 }), []);
  });
});
