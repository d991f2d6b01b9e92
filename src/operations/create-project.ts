import { cacheSettings } from '../domain/follow-ups.ts';
import { checkProbe } from '../domain/probe.ts';
import { createdKeyOf, type Project } from '../domain/project.ts';
import type { Clock } from '../ports/clock.ts';
import type { Ids } from '../ports/ids.ts';
import type { Stores } from '../ports/stores.ts';
import type { Operations, ProjectInput } from './operations.ts';

export function createProject(
  { stores, clock, ids }: { stores: Pick<Stores, 'projects'>; clock: Clock; ids: Ids },
): Operations['createProject'] {
  return async (input, run) => {
    const project = newProject(run?.idOf('prj') ?? ids.next('prj'), input, clock.now());
    const made = await stores.projects.create(project);
    if (made.created) return project;
    // Only an earlier run of the same request can have made it.
    if (run) return made.existing;
    throw new Error(`the id ${project.projectId} was handed out twice`);
  };
}

export function newProject(projectId: string, input: ProjectInput, now: number): Project {
  const { cache, ...settings } = input;
  checkProbe(settings.probe);
  return {
    ...settings,
    ...(cache && { cache: cacheSettings(cache) }),
    projectId,
    collection: 'project',
    createdKey: createdKeyOf(projectId, now),
    createdAt: now,
    updatedAt: now,
    revision: 1,
    fence: 0,
  };
}
