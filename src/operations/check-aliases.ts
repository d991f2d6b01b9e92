import type { AliasState } from '../domain/alias.ts';
import { compareAliases, type AliasFindings, type SeenAliases } from '../domain/compare-aliases.ts';
import { nextAliasCheckAt } from '../domain/project-due.ts';
import type { LiveRecord, Project } from '../domain/project.ts';
import { isCloudError } from '../ports/cloud-error.ts';
import type { Change } from '../ports/table.ts';
import { announceProject, owing } from './owe-project-events.ts';
import { scheduleOf } from './schedule-project.ts';
import type { SwitchDeps } from './switch-deps.ts';

export type CheckDeps = Pick<SwitchDeps, 'stores' | 'functions' | 'clock' | 'settings' | 'events' | 'inBackground'>;

/**
 * When it is due, compares where the project's aliases are with where they were left, and records on
 * the project what differs, or that nothing does any more. Moves nothing. A `CloudError` passes
 * through and says nothing about drift; the next look is already planned then.
 */
export async function checkAliases(deps: CheckDeps, project: Project): Promise<void> {
  const now = deps.clock.now();
  if (project.operation || project.aliasCheckAt === undefined || project.aliasCheckAt > now) return;
  // First the next look is planned: of several replicas one goes on, and Lambda is asked once.
  const planned = await plan(deps, project, now);
  if (!planned?.live || planned.aliasCheckAt === undefined) return;
  const { live } = planned;
  const findings = compareAliases(planned, live, await look(deps, live), deps.clock.now());
  if (!findings.news) return;
  const saved = await deps.stores.projects.update(
    { projectId: project.projectId }, changeOf(planned, findings, deps.clock.now()),
    { equals: { revision: planned.revision }, absent: ['operation'] },
  );
  if (saved.updated && findings.newDrift) announceProject(deps, saved.item);
}

function changeOf(planned: Project, { live, drift, newDrift }: AliasFindings, now: number): Change<Project> {
  if (!drift) return { set: { live }, remove: ['drift'], add: { revision: 1 } };
  const { since: _, ...data } = drift;
  const change = { set: { live, drift }, add: { revision: 1 } };
  return newDrift ? owing(planned, change, { type: 'drift.found', name: 'drift', data }, now) : change;
}

async function plan(deps: CheckDeps, project: Project, now: number): Promise<Project | undefined> {
  const { aliasCheckAt: _, ...rest } = project;
  const next = project.live && nextAliasCheckAt(deps.settings.followUps.aliasCheckMs, project.projectId, now);
  const schedule = scheduleOf(next === undefined ? rest : { ...rest, aliasCheckAt: next });
  const planned = await deps.stores.projects.update(
    { projectId: project.projectId },
    {
      set: { ...schedule.set, ...(next !== undefined && { aliasCheckAt: next }) },
      remove: [...schedule.remove, ...(next === undefined ? ['aliasCheckAt' as const] : [])],
      add: { revision: 1 },
    },
    { equals: { revision: project.revision }, absent: ['operation'] },
  );
  return planned.updated ? planned.item : undefined;
}

async function look(deps: CheckDeps, { server, image }: LiveRecord): Promise<SeenAliases> {
  const [seenServer, seenImage] = await Promise.all([
    readAlias(deps, server.functionName), image && readAlias(deps, image.functionName),
  ]);
  return { server: seenServer, image: seenImage };
}

async function readAlias({ functions }: CheckDeps, functionName: string): Promise<AliasState | undefined> {
  try {
    return await functions.readAlias(functionName);
  } catch (error) {
    if (isCloudError(error, 'not_found')) return undefined;
    throw error;
  }
}
