import { targetIdOf } from '../domain/conclude-switch.ts';
import type { Deployment } from '../domain/deployment.ts';
import type { Operation } from '../domain/operation.ts';
import type { Project } from '../domain/project.ts';
import { owedDeployments } from './find-deployment.ts';
import type { SwitchDeps } from './switch-deps.ts';

/** The deployment an operation goes to; also one whose own record its rollback still owes. */
export async function findTarget(
  deps: Pick<SwitchDeps, 'stores'>, operation: Operation, project: Project,
): Promise<Deployment | undefined> {
  const { projectId } = project;
  const deploymentId = targetIdOf(operation, project);
  if (deploymentId === undefined) return undefined;
  return owedDeployments(project).find((each) => each.deploymentId === deploymentId)
    ?? await deps.stores.deployments.get({ projectId, deploymentId });
}
