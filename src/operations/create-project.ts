import { createdKeyOf, type Project } from '../domain/project.ts';
import type { Clock } from '../ports/clock.ts';
import type { Ids } from '../ports/ids.ts';
import type { Stores } from '../ports/stores.ts';
import type { Operations, ProjectInput } from './operations.ts';

export function createProject(
  { stores, clock, ids }: { stores: Pick<Stores, 'projects'>; clock: Clock; ids: Ids },
): Operations['createProject'] {
  return async (input) => {
    const project = newProject(ids.next('prj'), input, clock.now());
    const { created } = await stores.projects.create(project);
    if (!created) throw new Error(`the id ${project.projectId} was handed out twice`);
    return project;
  };
}

export function newProject(projectId: string, input: ProjectInput, now: number): Project {
  return {
    ...input,
    projectId,
    collection: 'project',
    createdKey: createdKeyOf(projectId, now),
    createdAt: now,
    updatedAt: now,
    revision: 1,
    fence: 0,
  };
}
