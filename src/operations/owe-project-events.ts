import type { EventData, OwedEvent } from '../domain/event.ts';
import type { Project } from '../domain/project.ts';
import type { Stores } from '../ports/stores.ts';
import type { Change } from '../ports/table.ts';
import { actorNow } from './origin.ts';
import { publishProject } from './publish-owed.ts';
import type { EventDeps } from './record-events.ts';
import { scheduleOf } from './schedule-project.ts';

export interface AnnounceDeps extends EventDeps {
  readonly stores: Pick<Stores, 'projects' | 'events' | 'feeds'>;
  /** Left out: the worker records what is owed at its next pass. */
  readonly inBackground?: (task: () => Promise<unknown>) => void;
}

type NewEvent = { [T in `project.${string}` & keyof EventData | 'drift.found']: {
  readonly type: T; readonly name: string; readonly data: EventData[T];
} }[`project.${string}` & keyof EventData | 'drift.found'];

/** `name` and the revision that the change makes tell the event from all others. */
export function projectEvent(
  { projectId, revision }: Pick<Project, 'projectId' | 'revision'>, { name, ...event }: NewEvent, at: number,
): OwedEvent {
  const actor = actorNow();
  return { ...event, eventKey: `${projectId}:${name}:${revision}`, at, ...(actor && { actor }) };
}

/** The change with its event, in one write that has to rest on the project's revision. */
export function owing(project: Project, change: Change<Project>, event: NewEvent, at: number): Change<Project> {
  const next = { ...project, ...change.set, revision: project.revision + 1 };
  const owedEvents = [...project.owedEvents ?? [], projectEvent(next, event, at)];
  const after: Project = { ...next, owedEvents };
  for (const name of change.remove ?? []) delete (after as Partial<Record<keyof Project, unknown>>)[name];
  return { ...change, set: { ...change.set, owedEvents, ...scheduleOf(after).set } };
}

/** Answers the project; its events are recorded meanwhile. */
export function announceProject(deps: AnnounceDeps, project: Project): Project {
  deps.inBackground?.(() => publishProject(deps, project));
  return project;
}
