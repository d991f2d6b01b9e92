import type { Operation } from '../domain/operation.ts';
import type { SwitchResult } from './operations.ts';

/** The answer to a switch that succeeded, from its operation alone. */
export function switchResult(operation: Operation, message: string): SwitchResult {
  const { result, resultDeploymentId, startedAt, endedAt = startedAt, operationId } = operation;
  return {
    message,
    deploymentId: resultDeploymentId ?? null,
    previousVersion: result?.previousVersion ?? 'unknown',
    newAliasVersion: result?.newVersion ?? 'unknown',
    switchTimeMs: endedAt - startedAt,
    operationId,
  };
}
