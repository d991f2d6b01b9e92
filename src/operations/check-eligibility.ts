import type { Deployment } from '../domain/deployment.ts';
import { eligibilityOf, judge, undeployable, type FunctionFacts } from '../domain/eligibility.ts';
import { AnchorError } from '../domain/errors.ts';
import { planSwitch, type PlannedMove } from '../domain/plan-switch.ts';
import { targetsOf, type ProjectTargets } from '../domain/project.ts';
import { findDeployment } from './find-deployment.ts';
import { findProject } from './find-project.ts';
import type { LiveDeps } from './get-live.ts';
import { lookWithin } from './look-within.ts';
import type { Operations } from './operations.ts';

/**
 * What can be said of making a deployment live, without moving anything. What Lambda does not say in
 * time becomes a warning. Throws `project_not_found` and `deployment_not_found`.
 */
export function checkEligibility(deps: LiveDeps): Operations['checkEligibility'] {
  return async (projectId, deploymentId) => {
    const project = await findProject(deps.stores, projectId);
    const deployment = await findDeployment(deps.stores, project, deploymentId);
    const plan = planOf(deployment, targetsOf(project, deps.defaults));
    if (plan instanceof AnchorError) return eligibilityOf(deploymentId, [undeployable(plan.message)]);
    const facts = await Promise.all(plan.map((move) => gather(deps, move, deployment)));
    return eligibilityOf(deploymentId, judge(facts));
  };
}

function planOf(deployment: Deployment, targets: ProjectTargets): readonly PlannedMove[] | AnchorError {
  try {
    return planSwitch(deployment, targets);
  } catch (error) {
    if (error instanceof AnchorError) return error;
    throw error;
  }
}

async function gather(
  { functions, clock }: LiveDeps, move: PlannedMove, deployment: Deployment,
): Promise<FunctionFacts> {
  const { role, functionName, version } = move;
  const describe = (asked: string) => lookWithin(clock, () => functions.describeVersion(functionName, asked));
  const [target, [alias, live], provisioned] = await Promise.all([
    describe(version),
    lookWithin(clock, () => functions.readAlias(functionName))
      .then(async (seen) => [seen, seen.kind === 'found' ? await describe(seen.value.version) : seen] as const),
    lookWithin(clock, () => functions.provisionedConcurrency(functionName)),
  ]);
  const recordedCodeSha256 = role === 'server' ? deployment.serverCodeSha256 : deployment.imageCodeSha256;
  return { move, target, recordedCodeSha256, alias, live, provisioned };
}
