import { concludeSwitch, type SwitchFacts } from '../domain/conclude-switch.ts';
import { AnchorError } from '../domain/errors.ts';
import type { Operation } from '../domain/operation.ts';
import type { Project } from '../domain/project.ts';
import { commit, endedOperation, step, type HeldProject, type JournalDeps } from './operation-journal.ts';

/**
 * Ends a switch whose aliases are all moved. Throws `operation_unfinished` when another replica has
 * taken the operation over and not finished it, or when the store does not say.
 */
export async function commitSwitch(
  deps: JournalDeps, held: HeldProject, facts: Pick<SwitchFacts, 'target' | 'before' | 'aliases'>,
): Promise<{ operation: Operation; project: Project }> {
  const { operationId, projectId } = held.operation;
  const now = deps.clock.now();
  const { set, remove, deployment, ...ending } = concludeSwitch({
    ...facts, operation: held.operation, project: held.project, now,
  });
  step(deps, held, 'commit');
  try {
    const result = await commit(deps, held, {
      operation: { ...ending, state: 'succeeded' }, set, remove, ...(deployment && { deployment }),
    });
    if (result.committed) return result;
    // Whoever took the operation over may have finished it: then the caller is told what really happened.
    const ended = await endedOperation(deps, projectId, operationId);
    if (ended?.state === 'succeeded' && result.current) return { operation: ended, project: result.current };
  } catch (error) {
    throw unfinished(deps, held, error);
  }
  throw unfinished(deps, held);
}

/** Nobody knows yet how it ends: the lease runs out and any replica brings it to its end. */
export function unfinished(deps: Pick<JournalDeps, 'settings'>, held: HeldProject, cause?: unknown): AnchorError {
  const { operationId, projectId } = held.operation;
  return new AnchorError('operation_unfinished',
    `Operation ${operationId} has not come to an end yet; it is finished or undone in the background. ` +
    `See GET /projects/${projectId}/operations/${operationId}.`,
    { operationId, retryAfterSeconds: Math.ceil(deps.settings.leaseMs / 1000), cause });
}
