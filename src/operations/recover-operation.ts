import type { AliasState } from '../domain/alias.ts';
import { switchTarget, type SwitchTarget } from '../domain/conclude-switch.ts';
import { AnchorError } from '../domain/errors.ts';
import type { AliasBefore, AliasesBefore } from '../domain/operation.ts';
import { pointsAt, type AliasRole, type PlannedMove } from '../domain/plan-switch.ts';
import { targetsOf, type AliasRecord, type Project } from '../domain/project.ts';
import { isCloudError } from '../ports/cloud-error.ts';
import { commitSwitch } from './commit-switch.ts';
import { findTarget } from './find-target.ts';
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
  const target = await knownTarget(deps, held);
  if (!target) return undo(deps, held, 'The process died before anything was moved.');

  const aliases = await Promise.all(target.moves.map(async (move) => [move, await readAlias(deps, move)] as const));
  const nothingMoved = aliases.every(([move, alias]) => !alias || !hasMoved(held, move, alias));
  try {
    if (nothingMoved) {
      await Promise.all(aliases.map(async ([move, alias]) => alias && write(deps, held, move, alias, alias)));
      return await undo(deps, held, 'The process died before anything was moved.');
    }
    const moved = await Promise.all(aliases.map(async ([move, alias]) => {
      const to = { version: move.version, weights: {} };
      return [move.role, await write(deps, held, move, alias, to)] as const;
    }));
    const ended = await commitSwitch(deps, held, {
      target, aliases: Object.fromEntries(moved), before: knownBefore(held, target.moves),
    });
    return ended.project;
  } catch (error) {
    // What AWS refuses for good cannot be finished, so it goes back; anything else is tried again when the lease ends.
    if (!isCloudError(error, 'not_found', 'refused')) throw error;
    await goBack(deps, held, target.moves);
    return undo(deps, held, `It could not be finished: ${error.message}`);
  }
}

/** Undefined when the request would have been refused: then nothing was moved. */
async function knownTarget(deps: SwitchDeps, held: HeldProject): Promise<SwitchTarget | undefined> {
  const { operation, project } = held;
  const stored = await findTarget(deps, operation, project);
  try {
    return switchTarget(operation, project, stored, targetsOf(project, deps.defaults));
  } catch (error) {
    if (error instanceof AnchorError) return undefined;
    throw error;
  }
}

function knownBefore(held: HeldProject, moves: readonly PlannedMove[]): AliasesBefore | undefined {
  const found = moves.flatMap(({ role }) => {
    const was = before(held, role);
    return was ? [[role, { functionName: was.functionName, version: was.version, weights: was.weights }] as const] : [];
  });
  const { server, image } = Object.fromEntries(found) as Partial<Record<AliasRole, AliasBefore>>;
  return server && { server, ...(image && { image }) };
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
  const result = await commit(deps, held, { operation: { state: 'undone', cause } });
  return result.committed ? result.project : undefined;
}
