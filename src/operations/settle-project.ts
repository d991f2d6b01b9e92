import type { Project } from '../domain/project.ts';
import type { SettlingOperation } from '../domain/operation.ts';
import type { SwitchDeps } from './switch-deps.ts';

/**
 * Writes the records that finished operations still owe (their own, and a rollback's deployment),
 * then drops them from the project's item. Safe to repeat and to run on several replicas: the
 * records are created once, and the drop is conditional on the revision that was read.
 */
export async function settleProject(deps: Pick<SwitchDeps, 'stores'>, project: Project): Promise<void> {
  if (!project.settling) return;
  await Promise.all(Object.values(project.settling).map((owed) => writeRecords(deps, owed)));
  const openUntil = project.operation?.leaseUntil;
  await deps.stores.projects.update(
    { projectId: project.projectId },
    {
      ...(openUntil !== undefined && { set: { dueAt: openUntil } }),
      remove: openUntil === undefined ? ['settling', 'dueShard', 'dueAt'] : ['settling'],
      add: { revision: 1 },
    },
    { equals: { revision: project.revision } },
  );
}

async function writeRecords({ stores }: Pick<SwitchDeps, 'stores'>, owed: SettlingOperation): Promise<void> {
  await Promise.all([
    stores.operations.create(owed.operation),
    owed.deployment && stores.deployments.create(owed.deployment),
  ]);
}
