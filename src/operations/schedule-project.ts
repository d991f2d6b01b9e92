import { projectDueAt } from '../domain/project-due.ts';
import type { Project } from '../domain/project.ts';
import { dueShardOf } from '../ports/stores.ts';

export interface Schedule {
  readonly set: Pick<Project, 'dueShard' | 'dueAt'>;
  readonly remove: readonly ('dueShard' | 'dueAt')[];
}

/** The part of a change that tells background work when to look at the project as it is after the change. */
export function scheduleOf(
  project: Pick<Project, 'projectId' | 'operation' | 'settling' | 'live' | 'aliasCheckAt' | 'owedEvents'>,
): Schedule {
  const dueAt = projectDueAt(project);
  return dueAt === undefined
    ? { set: {}, remove: ['dueShard', 'dueAt'] }
    : { set: { dueShard: dueShardOf(project.projectId), dueAt }, remove: [] };
}
