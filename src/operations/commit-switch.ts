import { concludeSwitch, type SwitchFacts } from '../domain/conclude-switch.ts';
import { AnchorError } from '../domain/errors.ts';
import { owedFollowUps, type FollowUps } from '../domain/follow-ups.ts';
import type { Operation } from '../domain/operation.ts';
import { nextAliasCheckAt } from '../domain/project-due.ts';
import { targetsOf, type Project } from '../domain/project.ts';
import { commit, endedOperation, step, type HeldProject, type JournalDeps } from './operation-journal.ts';
import type { SwitchDeps } from './switch-deps.ts';

export type CommitDeps = JournalDeps & Pick<SwitchDeps, 'defaults'>;

type SwitchEnd = Pick<SwitchFacts, 'target' | 'before' | 'aliases'>;

/**
 * Ends a switch whose aliases are all moved. Throws `operation_unfinished` when another replica has
 * taken the operation over and not finished it, or when the store does not say.
 */
export async function commitSwitch(
  deps: CommitDeps, held: HeldProject, facts: SwitchEnd,
): Promise<{ operation: Operation; project: Project }> {
  const { operationId, projectId } = held.operation;
  const now = deps.clock.now();
  const { set, remove, deployment, ...ending } = concludeSwitch({
    ...facts, operation: held.operation, project: held.project, now,
  });
  const aliasCheckAt = nextAliasCheckAt(deps.settings.followUps.aliasCheckMs, projectId, now);
  step(deps, held, 'commit');
  try {
    const result = await commit(deps, held, {
      operation: { ...ending, state: 'succeeded' }, ...(deployment && { deployment }),
      set: { ...set, ...(aliasCheckAt !== undefined && { aliasCheckAt }) }, remove: [...remove, 'drift'],
      followUps: followUpsOf(deps, held, facts, ending.targetDeploymentId, now),
    });
    if (result.committed && result.operation.state === 'succeeded') return result;
    // Whoever took the operation over may have finished it: then the caller is told what really happened.
    const ended = await endedOperation(deps, projectId, operationId);
    const current = result.committed ? result.project : result.current;
    if (ended?.state === 'succeeded' && current) return { operation: ended, project: current };
  } catch (error) {
    throw unfinished(deps, held, error);
  }
  throw unfinished(deps, held);
}

function followUpsOf(
  deps: CommitDeps, { operation, project }: HeldProject, { target, aliases }: SwitchEnd,
  targetDeploymentId: string | undefined, now: number,
): FollowUps {
  const { distributionId } = targetsOf(project, deps.defaults);
  const deploymentIds = [targetDeploymentId, target.deployment?.rollbackTo].filter((id) => id !== undefined);
  return owedFollowUps(
    {
      operationId: operation.operationId, project, distributionId, now,
      target: { deploymentIds, version: aliases.server?.version ?? 'unknown' },
    },
    deps.settings.followUps,
  );
}

/** Nobody knows yet how it ends: the lease runs out and any replica brings it to its end. */
export function unfinished(deps: Pick<JournalDeps, 'settings'>, held: HeldProject, cause?: unknown): AnchorError {
  const { operationId, projectId } = held.operation;
  return new AnchorError('operation_unfinished',
    `Operation ${operationId} has not come to an end yet; it is finished or undone in the background. ` +
    `See GET /projects/${projectId}/operations/${operationId}.`,
    { operationId, retryAfterSeconds: Math.ceil(deps.settings.leaseMs / 1000), cause });
}
