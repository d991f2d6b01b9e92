import { switchTarget, type SwitchTarget } from '../domain/conclude-switch.ts';
import type { Deployment } from '../domain/deployment.ts';
import { AnchorError } from '../domain/errors.ts';
import type { OpenOperation, Operation, OperationKind } from '../domain/operation.ts';
import { toAliasesBefore } from '../domain/plan-switch.ts';
import { targetsOf, type Project } from '../domain/project.ts';
import { commitSwitch, unfinished } from './commit-switch.ts';
import { explainFailure } from './explain-failure.ts';
import { findTarget } from './find-target.ts';
import { moveAliases, type MoveOutcome } from './move-aliases.ts';
import {
  commit, inProgress, release, step, takeProject, type HeldProject, type TakeResult,
} from './operation-journal.ts';
import { recoverOperation } from './recover-operation.ts';
import { settleProject } from './settle-project.ts';
import type { SwitchDeps } from './switch-deps.ts';

export interface SwitchRequest {
  readonly projectId: string;
  readonly kind: OperationKind;
  /** Left out for an undo, whose target the project knows. */
  readonly targetDeploymentId?: string | undefined;
  readonly caller: string;
  readonly reason?: string | undefined;
  readonly pins?: boolean;
  /** Refuses by throwing, with the project held and nothing moved yet. */
  readonly check?: (project: Project) => void;
}

/**
 * Makes a deployment live: all of its aliases or none. Answers the operation that did it.
 *
 * Three AWS round trips in a row on the normal path: take the project and read the target, move the
 * aliases, commit. Throws `AnchorError`: `project_not_found`, `deployment_not_found`,
 * `deployment_not_deployable`, `function_not_configured`, `nothing_to_undo`, `operation_in_progress`,
 * `version_not_found`, `alias_not_found`, `alias_update_failed`, `upstream_throttled`,
 * `operation_unfinished` when the end is not known yet, and whatever `check` throws.
 */
export async function switchLive(deps: SwitchDeps, request: SwitchRequest): Promise<Operation> {
  const { projectId, targetDeploymentId } = request;
  const operation = openOperation(deps, request);
  const [held, read] = await Promise.all([
    take(deps, operation),
    targetDeploymentId === undefined ? undefined : deps.stores.deployments.get({ projectId, deploymentId: targetDeploymentId }),
  ]);
  const target = await checkedTarget(deps, held, read, request.check);
  const outcome = await moveAliases(deps, held, target.moves, operation.startedAt);
  if (outcome.kind !== 'moved') throw await failed(deps, held, outcome);
  const { aliases, before } = outcome;
  const ended = await commitSwitch(deps, held, { target, aliases, before: toAliasesBefore(before) });
  deps.inBackground(() => settleProject(deps, ended.project));
  return ended.operation;
}

function openOperation(deps: SwitchDeps, request: SwitchRequest): OpenOperation {
  const { projectId, kind, targetDeploymentId, caller, reason, pins = false } = request;
  const startedAt = deps.clock.now();
  return {
    projectId, operationId: deps.ids.next('op'), kind, state: 'running', caller, startedAt, steps: [], pins,
    ...(targetDeploymentId !== undefined && { targetDeploymentId }),
    ...(kind === 'rollback' && { resultDeploymentId: deps.ids.next('dep') }),
    ...(reason !== undefined && { reason }),
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

async function checkedTarget(
  deps: SwitchDeps, held: HeldProject, read: Deployment | undefined, check: SwitchRequest['check'],
): Promise<SwitchTarget> {
  const { operation, project } = held;
  try {
    check?.(project);
    const stored = read ?? await findTarget(deps, operation, project);
    return switchTarget(operation, project, stored, targetsOf(project, deps.defaults));
  } catch (error) {
    await release(deps, held);
    throw error;
  }
}

async function failed(
  deps: SwitchDeps, held: HeldProject, outcome: Exclude<MoveOutcome, { kind: 'moved' }>,
): Promise<AnchorError> {
  if (outcome.kind !== 'put_back') return unfinished(deps, held, outcome);
  const error = await explainFailure(deps, held, outcome);
  try {
    const ended = await commit(deps, held, { operation: { state: 'failed', cause: error.message } });
    if (ended.committed) deps.inBackground(() => settleProject(deps, ended.project));
    return error;
  } catch (lost) {
    return unfinished(deps, held, lost);
  }
}
