import { isDeepStrictEqual } from 'node:util';
import { AnchorError } from '../domain/errors.ts';
import { cacheSettings } from '../domain/follow-ups.ts';
import { checkProbe } from '../domain/probe.ts';
import type { Project } from '../domain/project.ts';
import type { Stores } from '../ports/stores.ts';
import type { Change } from '../ports/table.ts';
import { findOpenProject } from './find-project.ts';
import type { Operations, ProjectChanges } from './operations.ts';
import { announceProject, owing, type AnnounceDeps } from './owe-project-events.ts';

const SETTINGS = [
  'name', 'serverFunctionName', 'imageFunctionName', 'distributionId', 'distributionDomain', 'edge', 'cache', 'probe',
  'onDomainDrift',
] as const;
type Setting = (typeof SETTINGS)[number];
/** Null clears a setting. */
type Changes = { readonly [K in Setting]?: Project[K] | null };

/** Writers that lose this often in a row meet a project under heavy change. */
const MAX_TRIES = 8;

interface Deps extends AnnounceDeps {
  readonly stores: Pick<Stores, 'projects' | 'domains' | 'events' | 'feeds'>;
}

/**
 * Throws `invalid_request` for a probe that cannot be one, `project_has_domains` when the distribution
 * would change under them, and `operation_in_progress` when the functions would change under an
 * operation that moves their aliases.
 */
export function changeProject(deps: Deps): Operations['changeProject'] {
  const { stores, clock } = deps;
  return async (projectId, asked) => {
    checkProbe(asked.probe);
    const changes = wholeChanges(asked);
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const project = await findOpenProject(stores, projectId);
      const changed = SETTINGS.filter((name) => isChange(project, changes, name));
      if (changed.length === 0) return project;
      await refuseIfInUse(stores, project, changed);
      const change = changeOf(changes, changed, clock.now());
      const event = { type: 'project.changed', name: 'changed', data: { changed } } as const;
      const saved = await stores.projects.update(
        { projectId }, owing(project, change, event, clock.now()), { equals: { revision: project.revision } },
      );
      if (saved.updated) return announceProject(deps, saved.item);
    }
    throw new AnchorError('project_busy', 'The project was changed by others at the same time. Try again.',
      { retryAfterSeconds: 1 });
  };
}

function wholeChanges({ cache, ...others }: ProjectChanges): Changes {
  return { ...others, ...(cache !== undefined && { cache: cache && cacheSettings(cache) }) };
}

function isChange(project: Project, changes: Changes, name: Setting): boolean {
  return changes[name] !== undefined && !isDeepStrictEqual(changes[name] ?? undefined, project[name]);
}

async function refuseIfInUse(stores: Deps['stores'], project: Project, changed: readonly Setting[]): Promise<void> {
  if (touchesFunctions(changed) && project.operation) {
    throw new AnchorError('operation_in_progress',
      `Operation ${project.operation.operationId} is moving the aliases of the project's functions; `
      + 'change the functions when it has ended.', { operationId: project.operation.operationId, retryAfterSeconds: 1 });
  }
  if (!changed.some((name) => name.startsWith('distribution'))) return;
  const [domain] = await stores.domains.query({
    index: 'byProject', hash: project.projectId, order: 'descending', limit: 1,
  });
  if (domain) {
    throw new AnchorError('project_has_domains',
      `The project's domains, ${domain.domain} among them, are served by its present distribution. `
      + 'Delete them before the distribution is changed.');
  }
}

/** What was live on the old functions says nothing about the new ones, and an undo must not move the old ones. */
function changeOf(changes: Changes, changed: readonly Setting[], now: number): Change<Project> {
  const set: Partial<Record<Setting, unknown>> = {};
  const remove: (keyof Project)[] = touchesFunctions(changed) ? ['live', 'lastRollback', 'drift', 'aliasCheckAt'] : [];
  for (const name of changed) {
    const value = changes[name];
    if (value === null) remove.push(name);
    else set[name] = value;
  }
  return { set: { ...set as Partial<Project>, updatedAt: now }, remove, add: { revision: 1 } };
}

function touchesFunctions(changed: readonly Setting[]): boolean {
  return changed.some((name) => name.endsWith('FunctionName'));
}
