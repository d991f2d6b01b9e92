import type { Operations } from './operations.ts';
import type { SwitchDeps } from './switch-deps.ts';
import { switchLive } from './switch-live.ts';

/**
 * Makes an earlier deployment live, leaves a deployment record of the rollback, and pins the project
 * unless its caller declines. See `switchLive` for errors.
 */
export function rollBack(deps: SwitchDeps): Operations['rollBack'] {
  return async (projectId, { targetDeploymentId, pin = true, ...who }) => {
    const startedAt = deps.clock.now();
    const operation = await switchLive(deps, { projectId, kind: 'rollback', targetDeploymentId, pins: pin, ...who });
    const { previousVersion = 'unknown', newVersion = 'unknown' } = operation.result ?? {};
    return {
      message: `Rolled back from version ${previousVersion} to deployment ${targetDeploymentId}.`,
      deploymentId: operation.resultDeploymentId ?? '',
      rolledBackTo: targetDeploymentId,
      previousVersion,
      newAliasVersion: newVersion,
      rollbackTimeMs: deps.clock.now() - startedAt,
      operationId: operation.operationId,
    };
  };
}
