import type { Project } from '../domain/project.ts';
import { checkAliases } from './check-aliases.ts';
import { publishProject } from './publish-owed.ts';
import { recoverOperation } from './recover-operation.ts';
import { scheduleOf } from './schedule-project.ts';
import type { SwitchDeps } from './switch-deps.ts';

/**
 * All background work of one project: ends an operation whose holder died, then what ended ones
 * still owe, records events, then looks at the aliases. Safe on several replicas.
 */
export async function tendProject(deps: SwitchDeps, projectId: string): Promise<void> {
  const recovered = await recoverOperation(deps, projectId);
  const project = recovered && await publishProject(deps, recovered);
  if (!project) return;
  await checkAliases(deps, project);
  await correctSchedule(deps, project);
}

/** A due time that nothing stands behind any more, such as after a change of settings, would be found again and again. */
async function correctSchedule({ stores, clock }: SwitchDeps, project: Project): Promise<void> {
  const { set, remove } = scheduleOf(project);
  const isOverdue = project.dueAt !== undefined && project.dueAt <= clock.now();
  if (!isOverdue || set.dueAt === project.dueAt) return;
  await stores.projects.update(
    { projectId: project.projectId }, { set, remove, add: { revision: 1 } }, { equals: { revision: project.revision } },
  );
}
