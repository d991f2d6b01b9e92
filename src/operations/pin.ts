import { AnchorError } from '../domain/errors.ts';
import type { EventData } from '../domain/event.ts';
import { standingPin, type Pin, type Project } from '../domain/project.ts';
import type { Stores } from '../ports/stores.ts';
import type { Change } from '../ports/table.ts';
import { findProject, projectNotFound } from './find-project.ts';
import { inProgress } from './operation-journal.ts';
import type { Operations } from './operations.ts';
import { announceProject, owing, type AnnounceDeps } from './owe-project-events.ts';

/** Writers that lose this often in a row meet a project under heavy change. */
const MAX_TRIES = 8;

export interface PinDeps extends AnnounceDeps {
  readonly stores: Pick<Stores, 'projects' | 'events' | 'feeds'>;
}

/** Replaces a pin that stands. Throws `operation_in_progress`, and `invalid_request` for an expiry that is not in the future. */
export function setPin(deps: PinDeps): Operations['setPin'] {
  return async (projectId, { reason, expiresAt, caller }) => {
    const at = deps.clock.now();
    if (expiresAt !== undefined && expiresAt <= at) {
      const message = `must lie in the future (now is ${at})`;
      throw new AnchorError('invalid_request', `expiresAt ${message}.`, { errors: [{ field: 'body/expiresAt', message }] });
    }
    const pin: Pin = { reason, caller, at, ...(expiresAt !== undefined && { expiresAt }) };
    await changePin(deps, projectId, () => ({
      change: { set: { pin, updatedAt: at } },
      event: { type: 'project.pinned', name: 'pinned', data: { reason, ...(expiresAt !== undefined && { expiresAt }) } },
    }));
    return pin;
  };
}

/** Throws `pin_not_found`. */
export function getPin({ stores, clock }: PinDeps): Operations['getPin'] {
  return async (projectId) => {
    const pin = standingPin(await findProject(stores, projectId), clock.now());
    if (!pin) throw new AnchorError('pin_not_found', `Project ${projectId} is not pinned.`);
    return pin;
  };
}

/** Harmless when no pin stands. Throws `operation_in_progress`. */
export function clearPin(deps: PinDeps): Operations['clearPin'] {
  return async (projectId) => {
    await changePin(deps, projectId, ({ pin }) => pin && {
      change: { set: { updatedAt: deps.clock.now() }, remove: ['pin'] },
      event: { type: 'project.unpinned', name: 'unpinned', data: {} },
    });
  };
}

interface PinChange {
  readonly change: Change<Project>;
  readonly event: { [T in 'project.pinned' | 'project.unpinned']: {
    readonly type: T; readonly name: string; readonly data: EventData[T];
  } }['project.pinned' | 'project.unpinned'];
}

/** Not while an operation runs: how it ends was decided by the pin that stood when it began. */
async function changePin(
  deps: PinDeps, projectId: string, changeOf: (project: Project) => PinChange | undefined,
): Promise<void> {
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const project = await findProject(deps.stores, projectId);
    if (project.operation) throw inProgress(project, project.operation);
    if (project.closing) throw projectNotFound(projectId);
    const wanted = changeOf(project);
    if (!wanted) return;
    const saved = await deps.stores.projects.update(
      { projectId }, owing(project, { ...wanted.change, add: { revision: 1 } }, wanted.event, deps.clock.now()),
      { equals: { revision: project.revision } },
    );
    if (saved.updated) return void announceProject(deps, saved.item);
  }
  throw new AnchorError('project_busy', 'The project was changed by others at the same time. Try again.',
    { retryAfterSeconds: 1 });
}
