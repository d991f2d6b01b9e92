import type { AliasState } from '../domain/alias.ts';
import type { Deployment } from '../domain/deployment.ts';
import { AnchorError } from '../domain/errors.ts';
import { planSwitch, pointsAt, type AliasRole, type PlannedMove } from '../domain/plan-switch.ts';
import { targetsOf, type AliasRecord, type Project } from '../domain/project.ts';
import { isCloudError } from '../ports/cloud-error.ts';
import { commitSwitch, rollbackRecord } from './commit-switch.ts';
import { owedDeployments } from './find-deployment.ts';
import { commit, step, takeOver, type HeldProject } from './operation-journal.ts';
import { settleProject } from './settle-project.ts';
import type { SwitchDeps } from './switch-deps.ts';

/**
 * Brings an operation to its end whose holder died: finished when any alias had really moved and the
 * rest can follow, undone otherwise. Then writes the records still owed. Safe on several replicas.
 *
 * Every alias of the plan is written once more even where it already stands right: the new
 * RevisionId makes whatever the former holder still sends arrive too late.
 */
export async function recoverOperation(deps: SwitchDeps, projectId: string): Promise<void> {
  const project = await deps.stores.projects.get({ projectId });
  if (!project) return;
  if (!project.operation) return settleProject(deps, project);
  if (project.operation.leaseUntil > deps.clock.now()) return;
  const held = await takeOver(deps, project);
  if (!held) return;
  step(deps, held, 'take over after the lease ran out');
  const ended = await finishOrUndo(deps, held);
  if (ended) await settleProject(deps, ended);
}

async function finishOrUndo(deps: SwitchDeps, held: HeldProject): Promise<Project | undefined> {
  const { projectId, targetDeploymentId } = held.operation;
  const target = await deps.stores.deployments.get({ projectId, deploymentId: targetDeploymentId })
    ?? owedDeployments(held.project).find((each) => each.deploymentId === targetDeploymentId);
  const moves = target && plan(deps, held, target);
  if (!target || !moves) return undo(deps, held, 'The process died before anything was moved.');

  const aliases = await Promise.all(moves.map(async (move) => [move, await readAlias(deps, move)] as const));
  const nothingMoved = aliases.every(([move, alias]) => !alias || !hasMoved(held, move, alias));
  try {
    if (nothingMoved) {
      await Promise.all(aliases.map(([move, alias]) => alias && write(deps, held, move, alias, alias)));
      return await undo(deps, held, 'The process died before anything was moved.');
    }
    const moved = await Promise.all(aliases.map(async ([move, alias]) => {
      const to = { version: move.version, weights: {} };
      return [move.role, await write(deps, held, move, alias, to)] as const;
    }));
    const from = before(held, 'server')?.version ?? 'unknown';
    const deployment = rollbackRecord(held.operation, target, from, deps.clock.now());
    return await commitSwitch(deps, held, deployment, Object.fromEntries(moved));
  } catch (error) {
    // What AWS refuses for good cannot be finished, so it goes back; anything else is tried again when the lease ends.
    if (!isCloudError(error, 'not_found', 'refused')) throw error;
    await goBack(deps, held, moves);
    return undo(deps, held, `It could not be finished: ${error.message}`);
  }
}

function plan(deps: SwitchDeps, held: HeldProject, target: Deployment): readonly PlannedMove[] | undefined {
  try {
    return planSwitch(target, targetsOf(held.project, deps.defaults));
  } catch (error) {
    if (error instanceof AnchorError) return undefined;
    throw error;
  }
}

/** Where the alias was, from the journal; without an entry the live record held when the operation began. */
function before(held: HeldProject, role: AliasRole) {
  const journaled = held.operation.before?.[role];
  if (journaled) return journaled;
  const live = held.operation.before ? undefined : held.project.live?.[role];
  return live && { ...live, weights: {} };
}

/** Without any record of where it was, no move was sent: that record is written first. */
function hasMoved(held: HeldProject, move: PlannedMove, alias: AliasState): boolean {
  const was = before(held, move.role);
  return was !== undefined && pointsAt(alias, move.version);
}

async function readAlias(deps: SwitchDeps, move: PlannedMove): Promise<AliasState | undefined> {
  try {
    return await deps.functions.readAlias(move.functionName);
  } catch (error) {
    if (isCloudError(error, 'not_found')) return undefined;
    throw error;
  }
}

async function write(
  deps: SwitchDeps, held: HeldProject, { role, functionName }: PlannedMove, seen: AliasState | undefined,
  to: { readonly version: string; readonly weights: Readonly<Record<string, number>> },
): Promise<AliasRecord> {
  const { version, weights } = to;
  const alias = await deps.functions.moveAlias(functionName, { version, weights, revisionId: seen?.revisionId });
  step(deps, held, `set ${role} alias to version ${version}`);
  return { functionName, version, revisionId: alias.revisionId };
}

async function goBack(deps: SwitchDeps, held: HeldProject, moves: readonly PlannedMove[]): Promise<void> {
  await Promise.all(moves.map(async (move) => {
    const was = before(held, move.role);
    const alias = await readAlias(deps, move);
    if (was && alias && pointsAt(alias, move.version)) await write(deps, held, move, alias, was);
  }));
}

async function undo(deps: SwitchDeps, held: HeldProject, cause: string): Promise<Project | undefined> {
  const result = await commit(deps, held, { state: 'undone', cause });
  return result.committed ? result.project : undefined;
}
