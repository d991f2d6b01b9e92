import type { Deployment } from '../domain/deployment.ts';
import type { ProjectDefaults } from '../domain/project.ts';
import type { Ids } from '../ports/ids.ts';
import type { Stores } from '../ports/stores.ts';
import { checkVersionArns } from './check-version-arns.ts';
import { findOpenProject } from './find-project.ts';
import type { Operations } from './operations.ts';
import { owesDeployment, type DeploymentEventDeps } from './owe-deployment-events.ts';
import { publishDeployment } from './publish-owed.ts';
import { readCodeHashes, type CodeHashDeps } from './read-code-hashes.ts';

/** Lambda being out of reach is no reason to refuse a build: its code hashes are then not recorded. */
export function registerDeployment(deps: CodeHashDeps & DeploymentEventDeps & {
  stores: Pick<Stores, 'projects'>; ids: Ids; defaults: ProjectDefaults;
}): Operations['registerDeployment'] {
  const { stores, clock, ids, defaults } = deps;
  return async (projectId, input, run) => {
    const project = await findOpenProject(stores, projectId);
    const arns = checkVersionArns(input, project, defaults);
    const hashes = await readCodeHashes(deps, arns);
    const now = clock.now();
    const deployment: Deployment = {
      projectId,
      deploymentId: run?.idOf('dep') ?? ids.next('dep'),
      commitSha: input.commitSha,
      branch: input.branch,
      version: input.version,
      status: input.status,
      ...arns,
      ...hashes,
      isRollback: false,
      createdAt: now,
      updatedAt: now,
      ...(input.status === 'deployed' ? { deployedAt: now } : {}),
    };
    const made = await stores.deployments.create({
      ...deployment, revision: 1, ...owesDeployment('deployment.registered', deployment, now),
    });
    if (made.created) {
      deps.inBackground?.(() => publishDeployment(deps, deployment));
      return deployment;
    }
    // Only an earlier run of the same request can have made it.
    if (run) return made.existing;
    throw new Error(`the id ${deployment.deploymentId} was handed out twice`);
  };
}
