import type { Deployment } from '../domain/deployment.ts';
import { AnchorError } from '../domain/errors.ts';
import type { Project } from '../domain/project.ts';
import type { Stores } from '../ports/stores.ts';

/**
 * A deployment of this project, also when it is the record of a rollback that is still owed.
 * Throws `deployment_not_found`.
 */
export async function findDeployment(
  stores: Pick<Stores, 'deployments'>, project: Project, deploymentId: string,
): Promise<Deployment> {
  const deployment = await stores.deployments.get({ projectId: project.projectId, deploymentId })
    ?? owedDeployments(project).find((each) => each.deploymentId === deploymentId);
  if (!deployment) {
    throw new AnchorError('deployment_not_found', `The project has no deployment ${deploymentId}.`);
  }
  return deployment;
}

/** Records of finished rollbacks that may not be in their table yet. */
export function owedDeployments(project: Project): Deployment[] {
  return Object.values(project.settling ?? {}).flatMap(({ deployment }) => (deployment ? [deployment] : []));
}
