import { cacheSettings } from '../domain/follow-ups.ts';
import { checkProbe } from '../domain/probe.ts';
import { createdKeyOf, type Project } from '../domain/project.ts';
import type { Ids } from '../ports/ids.ts';
import { dueShardOf } from '../ports/stores.ts';
import type { Operations, ProjectInput } from './operations.ts';
import { announceProject, projectEvent, type AnnounceDeps } from './owe-project-events.ts';

export function createProject(
  deps: AnnounceDeps & { readonly ids: Ids },
): Operations['createProject'] {
  const { stores, clock, ids } = deps;
  return async (input, run) => {
    const project = withEvent(newProject(run?.idOf('prj') ?? ids.next('prj'), input, clock.now()));
    const made = await stores.projects.create(project);
    if (made.created) return announceProject(deps, project);
    // Only an earlier run of the same request can have made it.
    if (run) return made.existing;
    throw new Error(`the id ${project.projectId} was handed out twice`);
  };
}

function withEvent(project: Project): Project {
  const { projectId, name, createdAt } = project;
  const created = projectEvent(project, { type: 'project.created', name: 'created', data: { name } }, createdAt);
  return { ...project, owedEvents: [created], dueShard: dueShardOf(projectId), dueAt: createdAt };
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
