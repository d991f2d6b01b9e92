import type { Operations } from './operations.ts';
import type { SwitchDeps } from './switch-deps.ts';
import { switchLive } from './switch-live.ts';

/**
 * Makes an earlier deployment live, leaves a deployment record of the rollback, and pins the project
 * unless its caller declines. See `switchLive` for errors.
 */
export function rollBack(deps: SwitchDeps): Operations['rollBack'] {
  return async (projectId, { targetDeploymentId, pin = true, ...who }) => {
    const operation = await switchLive(deps, { projectId, kind: 'rollback', targetDeploymentId, pins: pin, ...who });
    const { previousVersion = 'unknown', newVersion = 'unknown' } = operation.result ?? {};
    const { startedAt, endedAt = startedAt } = operation;
    return {
      message: `Rolled back from version ${previousVersion} to deployment ${targetDeploymentId}.`,
      deploymentId: operation.resultDeploymentId ?? '',
      rolledBackTo: targetDeploymentId,
      previousVersion,
      newAliasVersion: newVersion,
      rollbackTimeMs: endedAt - startedAt,
      operationId: operation.operationId,
    };
  };
}
