import type { AliasState } from '../domain/alias.ts';
import { switchTarget, type SwitchTarget } from '../domain/conclude-switch.ts';
import { AnchorError } from '../domain/errors.ts';
import type { AliasBefore, AliasesBefore } from '../domain/operation.ts';
import { pointsAt, type AliasRole, type PlannedMove } from '../domain/plan-switch.ts';
import { targetsOf, type AliasRecord, type Project } from '../domain/project.ts';
import { isCloudError } from '../ports/cloud-error.ts';
import { commitSwitch } from './commit-switch.ts';
import { findTarget } from './find-target.ts';
import { commit, hasEnded, release, step, stillHeld, takeOver, type HeldProject } from './operation-journal.ts';
import { settleProject } from './settle-project.ts';
import type { SwitchDeps } from './switch-deps.ts';
import { whileLeased } from './while-leased.ts';

/**
 * Brings an operation to its end whose holder died: finished when any alias had really moved and the
 * rest can follow, undone otherwise. Then goes on with what is still owed. Safe on several replicas.
 * Answers the project as it is afterwards; undefined when it is gone or somebody else is at it.
 *
 * Every alias of the plan is written once more even where it already stands right: the new
 * RevisionId makes whatever the former holder still sends arrive too late.
 */
export async function recoverOperation(deps: SwitchDeps, projectId: string): Promise<Project | undefined> {
  const project = await deps.stores.projects.get({ projectId });
  if (!project?.operation) return project && settleProject(deps, project);
  if (project.operation.leaseUntil > deps.clock.now()) return project;
  const held = await takeOver(deps, project);
  if (!held) return undefined;
  step(deps, held, 'take over after the lease ran out');
  const ended = await whileLeased(deps.metrics, 'operations', () => endIt(deps, held));
  return ended && settleProject(deps, ended);
}

async function endIt(deps: SwitchDeps, held: HeldProject): Promise<Project | undefined> {
  if (!await hasEnded(deps, held)) return finishOrUndo(deps, held);
  await release(deps, held);
  return undefined;
}

async function finishOrUndo(deps: SwitchDeps, held: HeldProject): Promise<Project | undefined> {
  const target = await knownTarget(deps, held);
  if (!target) return undo(deps, held, 'The process died before anything was moved.');

  const aliases = await Promise.all(target.moves.map(async (move) => [move, await readAlias(deps, move)] as const));
  if (!await stillHeld(deps, held)) return undefined;
  const nothingMoved = aliases.every(([move, alias]) => !alias || !hasMoved(held, move, alias));
  try {
    if (nothingMoved) {
      await allEnded(aliases.map(async ([move, alias]) => alias && write(deps, held, move, alias, alias)));
      return await undo(deps, held, 'The process died before anything was moved.');
    }
    const moved = await allEnded(aliases.map(async ([move, alias]) => {
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
    if (!await goBack(deps, held, target.moves)) return undefined;
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

/**
 * Without any record of where it was, no move was sent: that record is written first. An alias that
 * stood there before shows nothing: its operation may have been refused, and its caller told so.
 */
function hasMoved(held: HeldProject, move: PlannedMove, alias: AliasState): boolean {
  const was = before(held, move.role);
  return was !== undefined && !pointsAt(was, move.version) && pointsAt(alias, move.version);
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

/** Writes every alias of the plan anew, as the way forward does. False: fenced off. */
async function goBack(deps: SwitchDeps, held: HeldProject, moves: readonly PlannedMove[]): Promise<boolean> {
  const aliases = await Promise.all(moves.map(async (move) => [move, await readAlias(deps, move)] as const));
  if (!await stillHeld(deps, held)) return false;
  await allEnded(aliases.map(async ([move, alias]) => {
    const to = alias && pointsAt(alias, move.version) ? before(held, move.role) : alias;
    if (to) await write(deps, held, move, alias, to);
  }));
  return true;
}

/** Like `Promise.all`, but a failure leaves no call behind that is still on its way. */
async function allEnded<T>(work: readonly Promise<T>[]): Promise<T[]> {
  const results = await Promise.allSettled(work);
  return results.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
}

async function undo(deps: SwitchDeps, held: HeldProject, cause: string): Promise<Project | undefined> {
  const result = await commit(deps, held, { operation: { state: 'undone', cause } });
  return result.committed ? result.project : undefined;
}
