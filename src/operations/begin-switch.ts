import type { Deployment } from '../domain/deployment.ts';
import { AnchorError } from '../domain/errors.ts';
import type { OpenOperation, Operation } from '../domain/operation.ts';
import type { Project } from '../domain/project.ts';
import type { OperationKind } from '../domain/shared-words.ts';
import { requestInProgress } from './claim-request.ts';
import type { KeyedRun } from './keyed-run.ts';
import { endedOperation, inProgress, release, step, takeProject, type HeldProject } from './operation-journal.ts';
import { actorNow } from './origin.ts';
import { recoverOperation } from './recover-operation.ts';
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
  /** Of a request with an Idempotency-Key. */
  readonly run?: KeyedRun | undefined;
}

export type Beginning =
  /** Nothing is moved yet. `read` is the target, if there is one. */
  | { readonly kind: 'held'; readonly held: HeldProject; readonly read: Deployment | undefined }
  /** An earlier run of the same request has brought its operation to its end. */
  | { readonly kind: 'ended'; readonly operation: Operation };

/** How often, and after what, a project is asked for again that another run of this request is about to give back. */
const MAX_ASKS = 10;
const ASK_AGAIN_MS = 25;

/**
 * Takes the project, reads the target and claims the request, all at the same time: one round trip.
 * Whoever then finds that the request is not theirs gives the project back; a process that dies in
 * between leaves an operation that has moved nothing and is undone.
 *
 * Throws `project_not_found`, `operation_in_progress`, and what `KeyedRun.claim` throws.
 */
export async function beginSwitch(deps: SwitchDeps, request: SwitchRequest): Promise<Beginning> {
  const { projectId, targetDeploymentId, run } = request;
  const operation = openOperation(deps, request);
  const [taking, reading, claiming] = await Promise.allSettled([
    take(deps, operation),
    targetDeploymentId === undefined ? undefined
      : deps.stores.deployments.get({ projectId, deploymentId: targetDeploymentId }),
    run?.claim(operation.operationId),
  ]);
  let held = taking.status === 'fulfilled' ? taking.value.held : undefined;
  try {
    const former = formerId(operation, claiming);
    const ended = former === undefined ? undefined : await endOf(deps, projectId, former);
    if (ended) {
      if (held) await giveBack(deps, held);
      return { kind: 'ended', operation: ended };
    }
    const claimed = valueOf(claiming);
    held = heldOf(former === undefined ? await askAgain(deps, operation, valueOf(taking)) : valueOf(taking));
    if (run && claimed?.operationId !== operation.operationId) await run.begin(operation.operationId);
    // Later than this, another run may have looked for this operation in vain and begun its own.
    if (run && deps.clock.now() >= operation.leaseUntil) throw requestInProgress();
    return { kind: 'held', held, read: valueOf(reading) };
  } catch (error) {
    if (held) await giveBack(deps, held);
    throw error;
  }
}

function openOperation(deps: SwitchDeps, request: SwitchRequest): OpenOperation {
  const { projectId, kind, targetDeploymentId, caller, reason, pins = false, run } = request;
  const startedAt = deps.clock.now();
  const { caller: _, ...origin } = actorNow() ?? {};
  return {
    projectId, operationId: deps.ids.next('op'), kind, state: 'running', caller, startedAt, steps: [], pins,
    ...(targetDeploymentId !== undefined && { targetDeploymentId }),
    ...(kind === 'rollback' && { resultDeploymentId: deps.ids.next('dep') }),
    ...(reason !== undefined && { reason }),
    ...(Object.keys(origin).length > 0 && { origin }),
    ...(run && { keyId: run.keyId }),
    leaseUntil: startedAt + deps.settings.leaseMs,
  };
}

type Taking =
  | { readonly held: HeldProject; readonly refusal?: never }
  | {
    readonly held?: never; readonly refusal: AnchorError;
    /** The operation that holds the project was begun by another run of this very request. */
    readonly byOtherRun: boolean;
  };

/** Takes the project; one whose former holder died is repaired first. */
async function take(deps: SwitchDeps, operation: OpenOperation): Promise<Taking> {
  const { projectId, keyId } = operation;
  let result = await takeProject(deps, operation);
  const former = !result.taken && !result.doubtful ? result.current?.operation : undefined;
  if (former && former.leaseUntil <= deps.clock.now()) {
    await recoverOperation(deps, projectId);
    result = await takeProject(deps, operation);
  }
  if (result.taken) {
    step(deps, result.held, 'take the project');
    return { held: result.held };
  }
  const holder = result.current?.operation;
  return {
    refusal: result.current && holder ? inProgress(result.current, holder)
      : new AnchorError('project_not_found', `There is no project ${projectId}.`),
    byOtherRun: holder?.keyId !== undefined && holder.keyId === keyId,
  };
}

/** For the run that has the request: one that does not has taken the project a moment earlier, and gives it back. */
async function askAgain(deps: SwitchDeps, operation: OpenOperation, first: Taking): Promise<Taking> {
  let taking = first;
  for (let asks = 1; taking.refusal && taking.byOtherRun && asks < MAX_ASKS; asks++) {
    await deps.clock.sleep(ASK_AGAIN_MS);
    taking = await take(deps, operation);
  }
  return taking;
}

function heldOf(taking: Taking): HeldProject {
  if (taking.held) return taking.held;
  throw taking.byOtherRun ? requestInProgress(taking.refusal.operationId) : taking.refusal;
}

/** The operation an earlier run of the request began, whether or not that run still has the request. */
function formerId(
  { operationId }: OpenOperation, claiming: PromiseSettledResult<Awaited<ReturnType<KeyedRun['claim']>> | undefined>,
): string | undefined {
  if (claiming.status === 'fulfilled') {
    return claiming.value?.operationId === operationId ? undefined : claiming.value?.operationId;
  }
  const error: unknown = claiming.reason;
  return error instanceof AnchorError && error.code === 'request_in_progress' ? error.operationId : undefined;
}

/** An operation that was undone has changed nothing: the request is still to be served. */
async function endOf(deps: SwitchDeps, projectId: string, operationId: string): Promise<Operation | undefined> {
  const ended = await endedOperation(deps, projectId, operationId);
  return ended?.state === 'undone' ? undefined : ended;
}

/** If that fails the lease runs out, and the operation is undone. */
async function giveBack(deps: SwitchDeps, held: HeldProject): Promise<void> {
  await release(deps, held).catch(() => undefined);
}

function valueOf<T>(settled: PromiseSettledResult<T>): T {
  if (settled.status === 'fulfilled') return settled.value;
  throw settled.reason;
}
