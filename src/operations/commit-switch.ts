import type { Deployment } from '../domain/deployment.ts';
import { AnchorError } from '../domain/errors.ts';
import type { Operation } from '../domain/operation.ts';
import type { AliasRecord, LiveRecord, Project } from '../domain/project.ts';
import type { Aliases } from './move-aliases.ts';
import { commit, endedOperation, step, type HeldProject } from './operation-journal.ts';
import type { SwitchDeps } from './switch-deps.ts';

/** The record that a rollback leaves: the target's build under an id of its own. */
export function rollbackRecord(operation: Operation, target: Deployment, from: string, now: number): Deployment {
  const { commitSha, branch, lambdaServerVersionArn, lambdaImageVersionArn } = target;
  return {
    projectId: operation.projectId,
    deploymentId: operation.resultDeploymentId,
    commitSha, branch,
    ...(lambdaServerVersionArn && { lambdaServerVersionArn }),
    ...(lambdaImageVersionArn && { lambdaImageVersionArn }),
    version: `rollback-${target.deploymentId}-${now}`,
    status: 'deployed',
    isRollback: true,
    rollbackFrom: from,
    rollbackTo: target.deploymentId,
    createdAt: now,
    updatedAt: now,
    deployedAt: now,
  };
}

/**
 * Ends a switch whose aliases are all moved. Answers the project as committed; throws
 * `operation_unfinished` when another replica has taken the operation over or the store does not say.
 */
export async function commitSwitch(
  deps: Pick<SwitchDeps, 'stores' | 'clock' | 'settings'>, held: HeldProject, deployment: Deployment,
  aliases: Aliases<AliasRecord>,
): Promise<Project> {
  const { operationId, projectId } = held.operation;
  step(deps, held, 'commit');
  try {
    const result = await commit(deps, held, {
      state: 'succeeded', deployment, live: liveRecord(held, deployment, aliases, deps.clock.now()),
    });
    if (result.committed) return result.project;
    // Whoever took the operation over may have finished it: then the caller is told what really happened.
    const ended = await endedOperation(deps, projectId, operationId);
    if (ended?.state === 'succeeded' && result.current) return result.current;
  } catch (error) {
    throw unfinished(deps, held, error);
  }
  throw unfinished(deps, held);
}

function liveRecord(
  held: HeldProject, deployment: Deployment, { server, image }: Aliases<AliasRecord>, now: number,
): LiveRecord {
  if (!server) throw new Error('a switch always moves the server alias');
  const unmoved = held.project.live?.image;
  const liveImage = image ?? unmoved;
  return {
    deploymentId: deployment.deploymentId, operationId: held.operation.operationId, at: now, server,
    ...(liveImage && { image: liveImage }),
  };
}

function unfinished(deps: Pick<SwitchDeps, 'settings'>, held: HeldProject, cause?: unknown): AnchorError {
  const { operationId, projectId } = held.operation;
  return new AnchorError('operation_unfinished',
    `Whether operation ${operationId} has ended is not known yet; it is finished or undone in the background. ` +
    `See GET /projects/${projectId}/operations/${operationId}.`,
    { operationId, retryAfterSeconds: Math.ceil(deps.settings.leaseMs / 1000), cause });
}
