import type { Stores } from '../ports/stores.ts';
import { findDeployment } from './find-deployment.ts';
import { findProject } from './find-project.ts';
import type { Operations } from './operations.ts';

export function getDeployment(
  { stores }: { stores: Pick<Stores, 'projects' | 'deployments'> },
): Operations['getDeployment'] {
  return async (projectId, deploymentId) =>
    findDeployment(stores, await findProject(stores, projectId), deploymentId);
}
