import { AnchorError } from '../domain/errors.ts';
import { standingPin, type Pin, type Project } from '../domain/project.ts';
import type { Clock } from '../ports/clock.ts';
import type { Stores } from '../ports/stores.ts';
import type { Change } from '../ports/table.ts';
import { findProject, projectNotFound } from './find-project.ts';
import { inProgress } from './operation-journal.ts';
import type { Operations } from './operations.ts';

export interface PinDeps {
  readonly stores: Pick<Stores, 'projects'>;
  readonly clock: Clock;
}

/** Replaces a pin that stands. Throws `operation_in_progress`, and `invalid_request` for an expiry that is not in the future. */
export function setPin({ stores, clock }: PinDeps): Operations['setPin'] {
  return async (projectId, { reason, expiresAt, caller }) => {
    const at = clock.now();
    if (expiresAt !== undefined && expiresAt <= at) {
      const message = `must lie in the future (now is ${at})`;
      throw new AnchorError('invalid_request', `expiresAt ${message}.`, { errors: [{ field: 'body/expiresAt', message }] });
    }
    const pin: Pin = { reason, caller, at, ...(expiresAt !== undefined && { expiresAt }) };
    await changePin(stores, projectId, { set: { pin, updatedAt: at } });
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
export function clearPin({ stores, clock }: PinDeps): Operations['clearPin'] {
  return async (projectId) => {
    await changePin(stores, projectId, { set: { updatedAt: clock.now() }, remove: ['pin'] });
  };
}

/** Not while an operation runs: how it ends was decided by the pin that stood when it began. */
async function changePin(stores: PinDeps['stores'], projectId: string, change: Change<Project>): Promise<void> {
  const result = await stores.projects.update(
    { projectId }, { ...change, add: { revision: 1 } }, { absent: ['closing', 'operation'] },
  );
  if (result.updated) return;
  const { current } = result;
  throw current?.operation ? inProgress(current, current.operation) : projectNotFound(projectId);
}
