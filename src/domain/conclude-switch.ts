import type { Deployment } from './deployment.ts';
import { AnchorError } from './errors.ts';
import type { AliasesBefore, OpenOperation, Operation, OperationResult } from './operation.ts';
import { planSwitch, type PlannedMove } from './plan-switch.ts';
import { standingPin, type AliasRecord, type LiveRecord, type Project, type ProjectTargets } from './project.ts';

/** What a switch is going to. */
export interface SwitchTarget {
  readonly moves: readonly PlannedMove[];
  /** Undefined only for an undo to versions of which no deployment is known. */
  readonly deployment: Deployment | undefined;
}

/**
 * The target of an operation that holds its project. An undo's comes from the project's item, so it
 * is the same for whoever takes the operation over.
 *
 * Throws `nothing_to_undo`, `deployment_not_found`, and what `planSwitch` throws.
 */
export function switchTarget(
  operation: Operation, project: Project, stored: Deployment | undefined, functions: ProjectTargets,
): SwitchTarget {
  if (operation.kind === 'undo') return { moves: undoMoves(project), deployment: stored };
  if (!stored) {
    throw new AnchorError('deployment_not_found',
      `Project ${project.projectId} has no deployment ${operation.targetDeploymentId ?? ''}.`);
  }
  return { moves: planSwitch(stored, functions), deployment: stored };
}

/** The deployment an operation goes to, as far as it is known before its project is held. */
export function targetIdOf(operation: Operation, project: Project): string | undefined {
  return operation.kind === 'undo' ? project.lastRollback?.deploymentId : operation.targetDeploymentId;
}

function undoMoves(project: Project): readonly PlannedMove[] {
  const { lastRollback, live } = project;
  if (!lastRollback || live?.operationId !== lastRollback.operationId) {
    throw new AnchorError('nothing_to_undo', lastRollback
      ? `The latest rollback (${lastRollback.operationId}) is not what is live any more; promote a deployment instead.`
      : `Project ${project.projectId} has no rollback to undo.`);
  }
  const { server, image } = lastRollback.before;
  const moves: PlannedMove[] = [{ role: 'server', functionName: server.functionName, version: server.version }];
  if (image) moves.push({ role: 'image', functionName: image.functionName, version: image.version });
  return moves;
}

/** What a successful switch changes on its project's item, and the record it leaves. */
export interface Conclusion {
  readonly set: Partial<Project>;
  readonly remove: readonly (keyof Project)[];
  readonly result: OperationResult;
  readonly targetDeploymentId?: string;
  readonly resultDeploymentId?: string;
  readonly deployment?: Deployment;
}

export interface SwitchFacts {
  readonly operation: OpenOperation;
  readonly project: Project;
  readonly target: SwitchTarget;
  /** Where the moved aliases were, if that is known. */
  readonly before: AliasesBefore | undefined;
  readonly aliases: { readonly server?: AliasRecord; readonly image?: AliasRecord };
  readonly now: number;
}

/** Pure: the same facts give the same ending, whoever brings the operation to its end. */
export function concludeSwitch(facts: SwitchFacts): Conclusion {
  const { operation, before, aliases } = facts;
  const result: OperationResult = {
    previousVersion: before?.server.version ?? 'unknown',
    newVersion: aliases.server?.version ?? 'unknown',
  };
  switch (operation.kind) {
    case 'rollback': return rollbackConclusion(facts, result);
    case 'promote': return { ...conclusion(facts, facts.target.deployment?.deploymentId, result), remove: ['lastRollback'] };
    case 'undo': return undoConclusion(facts, result);
  }
}

function rollbackConclusion(facts: SwitchFacts, result: OperationResult): Conclusion {
  const { operation, project, target, before, now } = facts;
  if (!target.deployment) throw new Error('a rollback always has a target');
  const deployment = rollbackRecord(operation, target.deployment, result.previousVersion, now);
  const { set, ...rest } = conclusion(facts, deployment.deploymentId, result);
  const standing = standingPin(project, now);
  const pin = { reason: operation.reason ?? 'rolled back', caller: operation.caller, at: now, operationId: operation.operationId };
  const was = project.live?.deploymentId;
  return {
    ...rest,
    targetDeploymentId: target.deployment.deploymentId,
    deployment,
    set: {
      ...set,
      // A pin that somebody set by hand stays theirs; that of an earlier rollback gives way to this one's.
      ...(operation.pins && (!standing || standing.operationId !== undefined) && { pin }),
      ...(before && {
        lastRollback: { operationId: operation.operationId, before, ...(was !== undefined && { deploymentId: was }) },
      }),
    },
  };
}

function undoConclusion(facts: SwitchFacts, result: OperationResult): Conclusion {
  const { project } = facts;
  const setByRollback = project.pin !== undefined && project.pin.operationId === project.lastRollback?.operationId;
  return {
    ...conclusion(facts, facts.target.deployment?.deploymentId ?? project.lastRollback?.deploymentId, result),
    remove: setByRollback ? ['lastRollback', 'pin'] : ['lastRollback'],
  };
}

function conclusion(facts: SwitchFacts, deploymentId: string | undefined, result: OperationResult): Conclusion {
  return {
    set: { live: liveRecord(facts, deploymentId) },
    remove: [],
    result,
    ...(deploymentId !== undefined && { targetDeploymentId: deploymentId, resultDeploymentId: deploymentId }),
  };
}

function liveRecord({ operation, project, aliases, now }: SwitchFacts, deploymentId: string | undefined): LiveRecord {
  if (!aliases.server) throw new Error('a switch always moves the server alias');
  // A target without an image version leaves the image alias where it was.
  const image = aliases.image ?? project.live?.image;
  return {
    operationId: operation.operationId, at: now, server: aliases.server,
    ...(deploymentId !== undefined && { deploymentId }),
    ...(image && { image }),
  };
}

/** The record that a rollback leaves: the target's build under an id of its own. */
function rollbackRecord(operation: OpenOperation, target: Deployment, from: string, now: number): Deployment {
  const { commitSha, branch, lambdaServerVersionArn, lambdaImageVersionArn, serverCodeSha256, imageCodeSha256 } = target;
  if (operation.resultDeploymentId === undefined) throw new Error('a rollback has the id of its record from the start');
  return {
    projectId: operation.projectId,
    deploymentId: operation.resultDeploymentId,
    commitSha, branch,
    ...(lambdaServerVersionArn && { lambdaServerVersionArn }),
    ...(lambdaImageVersionArn && { lambdaImageVersionArn }),
    ...(serverCodeSha256 !== undefined && { serverCodeSha256 }),
    ...(imageCodeSha256 !== undefined && { imageCodeSha256 }),
    version: `rollback-${target.deploymentId}-${now}`,
    status: 'deployed',
    isRollback: true,
    rollbackFrom: from,
    rollbackTo: target.deploymentId,
    createdAt: now,
    updatedAt: now,
    deployedAt: now,
  };
}
