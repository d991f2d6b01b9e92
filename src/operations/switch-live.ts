import { switchTarget, type SwitchTarget } from '../domain/conclude-switch.ts';
import type { Deployment } from '../domain/deployment.ts';
import { AnchorError } from '../domain/errors.ts';
import type { Operation, OperationFailure } from '../domain/operation.ts';
import { toAliasesBefore } from '../domain/plan-switch.ts';
import { targetsOf } from '../domain/project.ts';
import { beginSwitch, type Beginning, type SwitchRequest } from './begin-switch.ts';
import { commitSwitch, unfinished } from './commit-switch.ts';
import { explainFailure } from './explain-failure.ts';
import { findTarget } from './find-target.ts';
import type { KeyedRun } from './keyed-run.ts';
import { moveAliases, type MoveOutcome } from './move-aliases.ts';
import { commit, release, type HeldProject } from './operation-journal.ts';
import { recordOwed } from './record-owed.ts';
import { settleProject } from './settle-project.ts';
import type { SwitchDeps } from './switch-deps.ts';
import { whileLeased } from './while-leased.ts';

/**
 * Makes a deployment live: all of its aliases or none. Answers the operation that did it.
 *
 * Three AWS round trips in a row on the normal path: take the project and read the target, move the
 * aliases, commit. Throws `AnchorError`: `project_not_found`, `deployment_not_found`,
 * `deployment_not_deployable`, `function_not_configured`, `nothing_to_undo`, `operation_in_progress`,
 * `version_not_found`, `alias_not_found`, `alias_update_failed`, `upstream_throttled`,
 * `operation_unfinished` when the end is not known yet, and whatever `check` throws. For a request with
 * an Idempotency-Key also what `KeyedRun.claim` throws; one that an earlier run has brought to its end
 * is answered with that end.
 */
export async function switchLive(deps: SwitchDeps, request: SwitchRequest): Promise<Operation> {
  const beginning = await beginSwitch(deps, request);
  if (beginning.kind === 'ended') return answerOf(beginning.operation, request.run);
  return whileLeased(deps.metrics, 'operations', () => switchHeld(deps, request, beginning));
}

async function switchHeld(
  deps: SwitchDeps, { run, check }: SwitchRequest, beginning: Extract<Beginning, { kind: 'held' }>,
): Promise<Operation> {
  const target = await checkedTarget(deps, beginning.held, beginning.read, check);
  const [outcome, held] = await Promise.all([
    moveAliases(deps, beginning.held, target.moves, beginning.held.operation.startedAt),
    recordOwed(deps, beginning.held),
  ]);
  if (outcome.kind !== 'moved') throw await failed(deps, held, outcome, run);
  const { aliases, before } = outcome;
  const ended = await commitSwitch(deps, held, { target, aliases, before: toAliasesBefore(before) });
  run?.answerIsOnRecord();
  deps.inBackground(() => settleProject(deps, ended.project));
  return ended.operation;
}

/** An earlier run of the same request did it: this one tells the same. */
function answerOf(operation: Operation, run: KeyedRun | undefined): Operation {
  if (operation.state === 'succeeded') return operation;
  run?.forgetOperation();
  const { operationId, cause = '', failure } = operation;
  throw new AnchorError(failure?.code ?? 'alias_update_failed', cause,
    { operationId, retryAfterSeconds: failure?.retryAfterSeconds });
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
  deps: SwitchDeps, held: HeldProject, outcome: Exclude<MoveOutcome, { kind: 'moved' }>, run: KeyedRun | undefined,
): Promise<AnchorError> {
  if (outcome.kind !== 'put_back') return unfinished(deps, held, outcome);
  const error = await explainFailure(deps, held, outcome);
  try {
    const ended = await commit(deps, held, {
      operation: { state: 'failed', cause: error.message, failure: failureOf(error) },
    });
    // Another replica has taken it over, and may have ended it otherwise.
    if (!ended.committed || ended.operation.state !== 'failed') return unfinished(deps, held, error);
    run?.forgetOperation();
    deps.inBackground(() => settleProject(deps, ended.project));
    return error;
  } catch (lost) {
    return unfinished(deps, held, lost);
  }
}

function failureOf({ code, retryAfterSeconds }: AnchorError): OperationFailure {
  return { code, ...(retryAfterSeconds !== undefined && { retryAfterSeconds }) };
}
