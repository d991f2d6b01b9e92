import type { Deployment } from '../domain/deployment.ts';
import type { ProjectDefaults } from '../domain/project.ts';
import type { Clock } from '../ports/clock.ts';
import type { Ids } from '../ports/ids.ts';
import type { Stores } from '../ports/stores.ts';
import { checkVersionArns } from './check-version-arns.ts';
import { findOpenProject } from './find-project.ts';
import type { Operations } from './operations.ts';

export function registerDeployment({ stores, clock, ids, defaults }: {
  stores: Pick<Stores, 'projects' | 'deployments'>; clock: Clock; ids: Ids; defaults: ProjectDefaults;
}): Operations['registerDeployment'] {
  return async (projectId, input) => {
    const project = await findOpenProject(stores, projectId);
    const arns = checkVersionArns(input, project, defaults);
    const now = clock.now();
    const deployment: Deployment = {
      projectId,
      deploymentId: ids.next('dep'),
      commitSha: input.commitSha,
      branch: input.branch,
      version: input.version,
      status: input.status,
      ...arns,
      isRollback: false,
      createdAt: now,
      updatedAt: now,
      ...(input.status === 'deployed' ? { deployedAt: now } : {}),
    };
    const { created } = await stores.deployments.create(deployment);
    if (!created) throw new Error(`the id ${deployment.deploymentId} was handed out twice`);
    return deployment;
  };
}
