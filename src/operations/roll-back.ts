import type { Deployment } from '../domain/deployment.ts';
import { AnchorError } from '../domain/errors.ts';
import type { OpenOperation } from '../domain/operation.ts';
import { planSwitch, type PlannedMove } from '../domain/plan-switch.ts';
import { targetsOf } from '../domain/project.ts';
import { commitSwitch, rollbackRecord } from './commit-switch.ts';
import { owedDeployments } from './find-deployment.ts';
import { moveAliases, type MoveOutcome } from './move-aliases.ts';
import {
  commit, inProgress, release, step, takeProject, type HeldProject, type TakeResult,
} from './operation-journal.ts';
import type { RollbackInput, RollbackResult } from './operations.ts';
import { recoverOperation } from './recover-operation.ts';
import { settleProject } from './settle-project.ts';
import type { SwitchDeps } from './switch-deps.ts';
import { explainFailure } from './explain-failure.ts';

/**
 * Points the live aliases at an earlier deployment: all of them or none.
 *
 * Three AWS round trips in a row on the normal path: take the project and read the target, move the
 * aliases, commit. Throws `AnchorError`: `project_not_found`, `deployment_not_found`,
 * `deployment_not_deployable`, `function_not_configured`, `operation_in_progress`,
 * `version_not_found`, `alias_not_found`, `alias_update_failed`, `upstream_throttled`, and
 * `operation_unfinished` when the end is not known yet.
 */
export function rollBack(deps: SwitchDeps) {
  return async (projectId: string, { targetDeploymentId, caller }: RollbackInput): Promise<RollbackResult> => {
    const startedAt = deps.clock.now();
    const operation = openOperation(deps, projectId, targetDeploymentId, caller);
    const [held, stored] = await Promise.all([
      take(deps, operation),
      deps.stores.deployments.get({ projectId, deploymentId: targetDeploymentId }),
    ]);
    const { target, moves } = await checked(deps, held, stored ?? owedDeployments(held.project).find((each) => each.deploymentId === targetDeploymentId));
    const outcome = await moveAliases(deps, held, moves, startedAt);
    if (outcome.kind !== 'moved') throw await failed(deps, held, outcome);

    const from = outcome.before.server?.version ?? 'unknown';
    const deployment = rollbackRecord(held.operation, target, from, deps.clock.now());
    const committed = await commitSwitch(deps, held, deployment, outcome.aliases);
    deps.inBackground(() => settleProject(deps, committed));
    return {
      message: `Rolled back from version ${from} to deployment ${target.deploymentId}.`,
      deploymentId: deployment.deploymentId,
      rolledBackTo: target.deploymentId,
      previousVersion: from,
      newAliasVersion: outcome.aliases.server?.version ?? 'unknown',
      rollbackTimeMs: deps.clock.now() - startedAt,
      operationId: operation.operationId,
    };
  };
}

function openOperation(
  deps: SwitchDeps, projectId: string, targetDeploymentId: string, caller: string,
): OpenOperation {
  const startedAt = deps.clock.now();
  return {
    projectId, operationId: deps.ids.next('op'), kind: 'rollback', state: 'running', targetDeploymentId,
    resultDeploymentId: deps.ids.next('dep'), caller, startedAt, steps: [],
    leaseUntil: startedAt + deps.settings.leaseMs,
  };
}

/** Takes the project; one whose former holder died is repaired first. */
async function take(deps: SwitchDeps, operation: OpenOperation): Promise<HeldProject> {
  let result: TakeResult = await takeProject(deps, operation);
  if (!result.taken && result.current?.operation && result.current.operation.leaseUntil <= deps.clock.now()) {
    await recoverOperation(deps, operation.projectId);
    result = await takeProject(deps, operation);
  }
  if (result.taken) {
    step(deps, result.held, 'take the project');
    return result.held;
  }
  if (result.current?.operation) throw inProgress(result.current, result.current.operation);
  throw new AnchorError('project_not_found', `There is no project ${operation.projectId}.`);
}

async function checked(
  deps: SwitchDeps, held: HeldProject, target: Deployment | undefined,
): Promise<{ target: Deployment; moves: readonly PlannedMove[] }> {
  try {
    if (!target) {
      throw new AnchorError('deployment_not_found',
        `Project ${held.project.projectId} has no deployment ${held.operation.targetDeploymentId}.`);
    }
    return { target, moves: planSwitch(target, targetsOf(held.project, deps.defaults)) };
  } catch (error) {
    await release(deps, held);
    throw error;
  }
}

async function failed(
  deps: SwitchDeps, held: HeldProject, outcome: Exclude<MoveOutcome, { kind: 'moved' }>,
): Promise<AnchorError> {
  const { operationId } = held.operation;
  if (outcome.kind !== 'put_back') {
    // The lease runs out and any replica repairs it; asking for it now only makes it sooner.
    return new AnchorError('operation_unfinished',
      `Operation ${operationId} could not be brought to an end yet; it is repaired in the background. ` +
      `See GET /projects/${held.project.projectId}/operations/${operationId}.`,
      { operationId, retryAfterSeconds: Math.ceil(deps.settings.leaseMs / 1000), cause: outcome });
  }
  const error = await explainFailure(deps, held, outcome);
  const ended = await commit(deps, held, { state: 'failed', cause: error.message });
  if (ended.committed) deps.inBackground(() => settleProject(deps, ended.project));
  return error;
}
