import type { Deployment } from '../domain/deployment.ts';
import { AnchorError } from '../domain/errors.ts';
import type { ProjectDefaults } from '../domain/project.ts';
import type { Stores } from '../ports/stores.ts';
import { checkVersionArns } from './check-version-arns.ts';
import type { VersionArns } from './check-version-arns.ts';
import { findDeployment } from './find-deployment.ts';
import { findOpenProject } from './find-project.ts';
import type { DeploymentEnd, Operations } from './operations.ts';
import { owesDeployment, type DeploymentEventDeps } from './owe-deployment-events.ts';
import { publishDeployment } from './publish-owed.ts';
import { readCodeHashes, type CodeHashDeps } from './read-code-hashes.ts';

/** Throws `deployment_status_final` unless the build is still running or already has this very end. */
export function finishDeployment(deps: CodeHashDeps & DeploymentEventDeps & {
  stores: Pick<Stores, 'projects'>; defaults: ProjectDefaults;
}): Operations['finishDeployment'] {
  const { stores, clock, defaults } = deps;
  return async (projectId, deploymentId, end) => {
    const project = await findOpenProject(stores, projectId);
    const deployment = await findDeployment(stores, project, deploymentId);
    if (deployment.status !== 'building') return sameEnd(deployment, end);
    const arns = checkVersionArns(end, project, defaults);
    const hashes = await readCodeHashes(deps, arns);
    const now = clock.now();
    const owed = owesDeployment('deployment.finished', { ...deployment, status: end.status }, now);
    const saved = await stores.deployments.update(
      { projectId, deploymentId },
      { set: { ...hashes, ...endOf(end, arns, now), ...owed }, add: { revision: 1 } },
      { equals: { status: 'building' } },
    );
    // Somebody else ended it first; fine when they said the same.
    if (!saved.updated) return sameEnd(await findDeployment(stores, project, deploymentId), end);
    deps.inBackground?.(() => publishDeployment(deps, saved.item));
    return saved.item;
  };
}

function endOf({ status }: DeploymentEnd, arns: VersionArns, now: number): Partial<Deployment> {
  return { status, ...arns, updatedAt: now, ...(status === 'deployed' ? { deployedAt: now } : {}) };
}

function sameEnd(deployment: Deployment, end: DeploymentEnd): Deployment {
  const { status, lambdaServerVersionArn: server, lambdaImageVersionArn: image } = end;
  const same = status === deployment.status
    && (server === undefined || server === deployment.lambdaServerVersionArn)
    && (image === undefined || image === deployment.lambdaImageVersionArn);
  if (same) return deployment;
  throw new AnchorError('deployment_status_final',
    `The deployment has already ended as ${deployment.status} and does not change any more. Register a new one.`);
}
