import type { AliasState } from '../domain/alias.ts';
import type { AliasRecord } from '../domain/project.ts';
import {
  pointsAt, recordedBefore, toAliasesBefore, type AliasRole, type PlannedMove, type RecordedAlias,
} from '../domain/plan-switch.ts';
import { CloudError, isCloudError } from '../ports/cloud-error.ts';
import { journalBefore, step, stillHeld, type HeldProject } from './operation-journal.ts';
import type { SwitchDeps } from './switch-deps.ts';

export type MoveDeps = Pick<SwitchDeps, 'stores' | 'functions' | 'clock' | 'settings'>;

export type Aliases<T> = Readonly<Partial<Record<AliasRole, T>>>;

export type MoveOutcome =
  | { readonly kind: 'moved'; readonly aliases: Aliases<AliasRecord>; readonly before: Aliases<RecordedAlias> }
  /** It failed and every alias is where it was. */
  | { readonly kind: 'put_back'; readonly cause: CloudError; readonly failed: PlannedMove }
  /** Some alias may have moved: the operation must stay open and be repaired. */
  | { readonly kind: 'stuck'; readonly cause: unknown }
  /** Another replica has taken the operation over. */
  | { readonly kind: 'fenced' };

/** Rounds of looking again and moving again when an alias is not where it was expected. */
const MAX_ROUNDS = 3;

/**
 * Moves every planned alias, or none. All are moved in parallel, each with the RevisionId that
 * proves where it was. With a current live record no alias needs to be read first.
 *
 * Order matters: where an alias was is journaled before its first move, so that whoever finds the
 * operation later knows what to go back to.
 */
export async function moveAliases(
  deps: MoveDeps, held: HeldProject, moves: readonly PlannedMove[], startedAt: number,
): Promise<MoveOutcome> {
  let before: Aliases<RecordedAlias>;
  try {
    before = recordedBefore(moves, held.project.live) ?? await readAliases(deps, held, moves);
  } catch (error) {
    return asPutBack(error, moves);
  }
  if (!await journalIfNew(deps, held, before)) return { kind: 'fenced' };

  const moved: Partial<Record<AliasRole, AliasRecord>> = {};
  const unsure = new Map<AliasRole, PlannedMove>();
  let pending = moves;
  for (let round = 1; ; round++) {
    const known = before;
    const attempts = await Promise.all(pending.map((move) => attemptMove(deps, held, move, known)));
    for (const attempt of attempts) {
      if (attempt.kind === 'moved') moved[attempt.move.role] = landed(attempt.move, attempt.alias);
      if (isUnsure(attempt)) unsure.set(attempt.move.role, attempt.move);
      // Otherwise the alias has another RevisionId than what was sent before; a refusal tells nothing of that.
      else if (attempt.kind !== 'failed') unsure.delete(attempt.move.role);
    }
    const elsewhere = attempts.filter((attempt) => attempt.kind === 'elsewhere');
    const late = round === MAX_ROUNDS || deps.clock.now() - startedAt > deps.settings.budgetMs;
    const cause = attempts.find((attempt) => attempt.kind === 'failed' || attempt.kind === 'unknown')
      ?? (late ? elsewhere[0] : undefined);
    if (cause) return putBack(deps, held, { before, moved, unsure: [...unsure.values()], cause });
    if (elsewhere.length === 0) return { kind: 'moved', aliases: moved, before };
    // Somebody moved these aliases: the real position is what a failure has to go back to.
    for (const found of elsewhere) before = { ...before, [found.move.role]: recordOf(found.move, found.alias) };
    try {
      if (!await journalIfNew(deps, held, before)) return { kind: 'fenced' };
    } catch (error) {
      return { kind: 'stuck', cause: error };
    }
    pending = elsewhere.map((found) => found.move);
  }
}

type Attempt =
  | { readonly kind: 'moved'; readonly move: PlannedMove; readonly alias: AliasState }
  /** Not moved: the alias was changed by somebody else since it was last seen. */
  | { readonly kind: 'elsewhere'; readonly move: PlannedMove; readonly alias: AliasState; readonly error: CloudError }
  /** Certainly not moved. */
  | { readonly kind: 'failed'; readonly move: PlannedMove; readonly error: CloudError }
  /** Nobody knows. */
  | { readonly kind: 'unknown'; readonly move: PlannedMove; readonly error: CloudError };

/** The call may still be on its way: AWS did not say that it refused it. */
function isUnsure(attempt: Attempt): attempt is Exclude<Attempt, { kind: 'moved' | 'failed' }> {
  return attempt.kind === 'unknown' || (attempt.kind === 'elsewhere' && attempt.error.kind !== 'stale');
}

async function attemptMove(
  deps: MoveDeps, held: HeldProject, move: PlannedMove, before: Aliases<RecordedAlias>,
): Promise<Attempt> {
  try {
    const revisionId = before[move.role]?.revisionId;
    const alias = await deps.functions.moveAlias(move.functionName, { version: move.version, weights: {}, revisionId });
    step(deps, held, `move ${move.role} alias to version ${move.version}`);
    return { kind: 'moved', move, alias };
  } catch (error) {
    step(deps, held, `move ${move.role} alias to version ${move.version}`, error);
    if (!(error instanceof CloudError)) throw error;
    if (!isCloudError(error, 'stale', 'unknown_outcome', 'unavailable')) return { kind: 'failed', move, error };
    return lookAfterDoubt(deps, move, error);
  }
}

/**
 * After a refusal for staleness (which an SDK-internal retry of our own call can cause) or a lost
 * answer, the alias itself says what happened.
 */
async function lookAfterDoubt(deps: MoveDeps, move: PlannedMove, error: CloudError): Promise<Attempt> {
  try {
    const alias = await deps.functions.readAlias(move.functionName);
    return pointsAt(alias, move.version)
      ? { kind: 'moved', move, alias }
      : { kind: 'elsewhere', move, alias, error };
  } catch {
    return { kind: 'unknown', move, error };
  }
}

interface Undo {
  readonly before: Aliases<RecordedAlias>;
  readonly moved: Aliases<AliasRecord>;
  /** Moves of which nobody knows whether they took effect. */
  readonly unsure: readonly PlannedMove[];
  readonly cause: { readonly move: PlannedMove; readonly error: CloudError };
}

async function putBack(deps: MoveDeps, held: HeldProject, undo: Undo): Promise<MoveOutcome> {
  try {
    const toPutBack = await aliasesToPutBack(deps, undo);
    if (toPutBack.length > 0 && !await stillHeld(deps, held)) return { kind: 'fenced' };
    await Promise.all(toPutBack.map((one) => putOneBack(deps, held, one)));
    return { kind: 'put_back', cause: undo.cause.error, failed: undo.cause.move };
  } catch (error) {
    return { kind: 'stuck', cause: error };
  }
}

interface PutBack {
  readonly role: AliasRole;
  readonly before: RecordedAlias | undefined;
  readonly revisionId: string;
}

/**
 * An alias is written back even when it may never have moved: the new RevisionId is what makes a move
 * that is still on its way arrive too late.
 */
async function aliasesToPutBack(deps: MoveDeps, { before, moved, unsure }: Undo): Promise<PutBack[]> {
  const known = (Object.entries(moved) as [AliasRole, AliasRecord][])
    .map(([role, { revisionId }]) => ({ role, before: before[role], revisionId }));
  const read = await Promise.all(unsure.map(async ({ role, functionName }) => {
    const { revisionId } = await deps.functions.readAlias(functionName);
    return { role, before: before[role], revisionId };
  }));
  return [...known, ...read];
}

async function putOneBack(deps: MoveDeps, held: HeldProject, { role, before, revisionId }: PutBack): Promise<void> {
  if (!before) throw new Error(`no record of where the ${role} alias was`);
  const { functionName, version, weights } = before;
  try {
    await deps.functions.moveAlias(functionName, { version, weights, revisionId });
    step(deps, held, `put ${role} alias back to version ${version}`);
  } catch (error) {
    step(deps, held, `put ${role} alias back to version ${version}`, error);
    throw error;
  }
}

async function readAliases(
  deps: MoveDeps, held: HeldProject, moves: readonly PlannedMove[],
): Promise<Aliases<RecordedAlias>> {
  const found = await Promise.all(moves.map(async (move) => {
    const alias = await deps.functions.readAlias(move.functionName).catch((error: unknown) => {
      step(deps, held, `read ${move.role} alias`, error);
      throw error;
    });
    return [move.role, recordOf(move, alias)] as const;
  }));
  return Object.fromEntries(found);
}

function recordOf(move: PlannedMove, alias: AliasState): RecordedAlias {
  return { functionName: move.functionName, ...alias };
}

function landed({ functionName, version }: PlannedMove, { revisionId }: AliasState): AliasRecord {
  return { functionName, version, revisionId };
}

/** The live record on the same item already says it when nothing differs from it. */
async function journalIfNew(deps: MoveDeps, held: HeldProject, aliases: Aliases<RecordedAlias>): Promise<boolean> {
  const { live } = held.project;
  const isRecorded = (role: AliasRole) => aliases[role] === undefined
    || (live?.[role]?.functionName === aliases[role].functionName && pointsAt(aliases[role], live[role].version));
  if (isRecorded('server') && isRecorded('image')) return true;
  const before = toAliasesBefore(aliases);
  return before === undefined || journalBefore(deps, held, before);
}

function asPutBack(error: unknown, moves: readonly PlannedMove[]): MoveOutcome {
  const [failed] = moves;
  if (error instanceof CloudError && failed) return { kind: 'put_back', cause: error, failed };
  throw error;
}
