import { AnchorError } from '../domain/errors.ts';
import { isCloudError } from '../ports/cloud-error.ts';
import type { Operations, Promotion } from './operations.ts';
import { promote } from './promote.ts';
import { registerDeployment } from './register-deployment.ts';
import type { SwitchDeps } from './switch-deps.ts';

/**
 * Registers a build and makes it live, unless the project is pinned. The registration stands however
 * the promotion ends. Throws what `registerDeployment` throws, and `invalid_request` for a build that
 * is not deployed.
 */
export function releaseDeployment(deps: SwitchDeps): Operations['releaseDeployment'] {
  const register = registerDeployment(deps);
  const goLive = promote(deps);
  return async (projectId, input, caller, run) => {
    if (input.status !== 'deployed') throw notDeployed(input.status);
    const deployment = await register(projectId, input, run);
    const { deploymentId } = deployment;
    try {
      const { message, operationId } = await goLive(projectId, { deploymentId, caller, run });
      return { deployment, promotion: { outcome: 'promoted', message, operationId } };
    } catch (error) {
      if (error instanceof AnchorError && error.code === 'request_in_progress') throw error;
      return { deployment, promotion: withoutPromotion(error) };
    }
  };
}

function notDeployed(status: string): AnchorError {
  const message = `is possible only with status deployed, not ${status}`;
  return new AnchorError('invalid_request', `promote ${message}.`, { errors: [{ field: 'body/promote', message }] });
}

function withoutPromotion(error: unknown): Promotion {
  if (error instanceof AnchorError) {
    const { code, message, operationId } = error;
    const outcome = code === 'project_pinned' ? 'pinned' : code === 'operation_unfinished' ? 'unfinished' : 'failed';
    return { outcome, message, ...(operationId !== undefined && { operationId }) };
  }
  if (!isCloudError(error)) throw error;
  // The message of AWS can name accounts and roles.
  const message = `${error.service} ${error.operation} failed with ${error.awsName}. Promote it again.`;
  return { outcome: 'failed', message };
}
