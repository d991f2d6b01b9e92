import type { Deployment } from '../domain/deployment.ts';
import type { Stores } from '../ports/stores.ts';
import { owedDeployments } from './find-deployment.ts';
import { findProject } from './find-project.ts';
import type { DeploymentFilter, Operations } from './operations.ts';
import { readPage } from './read-page.ts';

export function listDeployments(
  { stores }: { stores: Pick<Stores, 'projects' | 'deployments'> },
): Operations['listDeployments'] {
  return async (projectId, filter, page) => {
    const project = await findProject(stores, projectId);
    const where = whereOf(filter);
    const owed = owedDeployments(project).filter((deployment) => matches(deployment, where));
    return readPage(stores.deployments, { query: { hash: projectId, where }, key: 'deploymentId', owed }, page);
  };
}

function whereOf({ branch, status }: DeploymentFilter): Partial<Deployment> {
  return { ...(branch === undefined ? {} : { branch }), ...(status === undefined ? {} : { status }) };
}

function matches(deployment: Deployment, { branch, status }: DeploymentFilter): boolean {
  return (branch === undefined || deployment.branch === branch)
    && (status === undefined || deployment.status === status);
}
