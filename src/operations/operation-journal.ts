import { AnchorError } from '../domain/errors.ts';
import type { Deployment } from '../domain/deployment.ts';
import type { FollowUps } from '../domain/follow-ups.ts';
import type { AliasesBefore, OpenOperation, Operation, OperationState, OperationStep, SettlingOperation } from '../domain/operation.ts';
import type { Project } from '../domain/project.ts';
import { isCloudError } from '../ports/cloud-error.ts';
import type { Updated } from '../ports/table.ts';
import { scheduleOf } from './schedule-project.ts';
import type { SwitchDeps } from './switch-deps.ts';

/**
 * A project held by one operation. Every write goes through the fence: once another replica has
 * taken the operation over, each of them answers false and the holder must stop.
 */
export interface HeldProject {
  readonly project: Project;
  readonly operation: OpenOperation;
  readonly steps: OperationStep[];
}

export type JournalDeps = Pick<SwitchDeps, 'stores' | 'clock' | 'settings'>;

export type TakeResult =
  | { readonly taken: true; readonly held: HeldProject }
  /**
   * `current` is undefined when there is no such project. `doubtful`: an answer was lost, so the
   * operation may still take the project, or has done so and been ended by another replica.
   */
  | { readonly taken: false; readonly current: Project | undefined; readonly doubtful: boolean };

/** One conditional write: takes the project and records the intent. */
export async function takeProject(deps: JournalDeps, operation: OpenOperation): Promise<TakeResult> {
  const { projectId, operationId, leaseUntil } = operation;
  let sent = 0;
  const result = await readingBack(
    () => {
      sent += 1;
      return deps.stores.projects.update(
        { projectId },
        { set: { operation, ...scheduleOf({ projectId, operation }).set }, add: { fence: 1, revision: 1 } },
        { absent: ['operation', 'closing'] },
      );
    },
    () => deps.stores.projects.get({ projectId }),
    // Another replica that has taken it over has set another lease.
    (project) => project.operation?.operationId === operationId && project.operation.leaseUntil === leaseUntil,
  );
  const doubtful = sent > 1;
  if (!result.updated) return { taken: false, current: result.current, doubtful };
  const held = hold(result.item, operation);
  if (!doubtful || !await hasEnded(deps, held)) return { taken: true, held };
  await release(deps, held);
  return { taken: false, current: result.item, doubtful };
}

/** Whether the operation that holds the project has its end already: then its take was on its way for long. */
export async function hasEnded(
  { stores }: Pick<JournalDeps, 'stores'>, { operation, project }: HeldProject,
): Promise<boolean> {
  const { projectId, operationId } = operation;
  return project.settling?.[operationId] !== undefined
    || await stores.operations.get({ projectId, operationId }) !== undefined;
}

/** Takes an operation over whose lease has run out; the former holder is fenced off from here on. */
export async function takeOver(deps: JournalDeps, project: Project): Promise<HeldProject | undefined> {
  if (!project.operation) return undefined;
  const leaseUntil = deps.clock.now() + deps.settings.leaseMs;
  const operation: OpenOperation = { ...project.operation, leaseUntil };
  const result = await deps.stores.projects.update(
    { projectId: project.projectId },
    { set: { operation, ...scheduleOf({ ...project, operation }).set }, add: { fence: 1, revision: 1 } },
    // Not the fence alone: the former holder may have journaled since where the aliases were.
    { equals: { revision: project.revision }, present: ['operation'] },
  );
  return result.updated ? hold(result.item, operation) : undefined;
}

/** Records where the aliases really are before they are moved. False: fenced off, stop. */
export async function journalBefore(deps: JournalDeps, held: HeldProject, before: AliasesBefore): Promise<boolean> {
  const operation: OpenOperation = { ...held.operation, before, steps: held.steps };
  // Another operation may have found the aliases just where this one did.
  const result = await writeFenced(deps, held, { operation }, (project) => project.fence === held.project.fence
    && project.operation?.before !== undefined && sameBefore(project.operation.before, before));
  return result.updated;
}

/** Whatever order a store gives their parts in. */
function sameBefore(one: AliasesBefore, other: AliasesBefore): boolean {
  const parts = ({ server, image }: AliasesBefore) => JSON.stringify([server, image].map((alias) => (
    alias && [alias.functionName, alias.version, Object.entries(alias.weights).sort()]
  )));
  return parts(one) === parts(other);
}

export interface Ending {
  /** How the operation's own record ends. */
  readonly operation: Pick<Operation, 'cause' | 'failure' | 'result' | 'targetDeploymentId' | 'resultDeploymentId'>
    & { readonly state: Exclude<OperationState, 'running'> };
  /** What else changes on the project's item. */
  readonly set?: Partial<Project>;
  readonly remove?: readonly (keyof Project)[];
  /** The deployment record a rollback leaves. */
  readonly deployment?: Deployment;
  /** What a switch that succeeded still owes. */
  readonly followUps?: FollowUps;
}

export type CommitResult =
  | { readonly committed: true; readonly project: Project; readonly operation: Operation }
  | { readonly committed: false; readonly current: Project | undefined };

/**
 * Ends the operation by one write: what is live, the operation's outcome and the records still owed
 * change together. Those records are written by `settleProject` afterwards.
 */
export async function commit(deps: JournalDeps, held: HeldProject, ending: Ending): Promise<CommitResult> {
  const now = deps.clock.now();
  const { leaseUntil: _lease, before: _before, pins: _pins, keyId: _keyId, resultDeploymentId: _promised, ...journal } = held.operation;
  const { cache, proof, ...owed } = ending.followUps ?? {};
  const operation: Operation = {
    ...journal, ...ending.operation, endedAt: now, steps: held.steps, ...(cache && { cache }), ...(proof && { proof }),
  };
  const { operationId } = operation;
  const pin = pinAfter(ending);
  const settling = {
    ...held.project.settling,
    [operationId]: { operation, ...owed, ...(pin && { pin }), ...(ending.deployment && { deployment: ending.deployment }) },
  };
  const { operation: _open, ...free } = held.project;
  const result = await writeFenced(
    deps, held,
    { ...ending.set, settling, ...scheduleOf({ ...free, ...ending.set, settling }).set },
    (project) => project.settling?.[operationId] !== undefined,
    ['operation', ...ending.remove ?? []],
  );
  if (!result.updated) return { committed: false, current: result.current };
  // Another replica may have ended it first, and otherwise.
  return { committed: true, project: result.item, operation: result.item.settling?.[operationId]?.operation ?? operation };
}

function pinAfter({ set, remove }: Ending): SettlingOperation['pin'] {
  if (set?.pin) return 'set';
  return remove?.includes('pin') ? 'lifted' : undefined;
}

/**
 * Whether nobody has taken the operation over. Only then may a move rest on what was read of an alias
 * before: whoever takes over later writes every alias anew, so the move arrives too late.
 */
export async function stillHeld({ stores }: Pick<JournalDeps, 'stores'>, held: HeldProject): Promise<boolean> {
  const { projectId, fence } = held.project;
  const result = await stores.projects.update(
    { projectId }, { add: { revision: 1 } }, { equals: { fence }, present: ['operation'] },
  );
  return result.updated;
}

/** Gives the project back as if nothing had happened: for requests refused before any alias moved. */
export async function release(deps: JournalDeps, held: HeldProject): Promise<void> {
  const { operation: _, ...free } = held.project;
  const { set, remove } = scheduleOf(free);
  await deps.stores.projects.update(
    { projectId: held.project.projectId },
    { set, remove: ['operation', ...remove], add: { revision: 1 } },
    { equals: { fence: held.project.fence }, present: ['operation'] },
  );
}

/** How an operation that is no longer open has ended. */
export async function endedOperation(
  deps: JournalDeps, projectId: string, operationId: string,
): Promise<Operation | undefined> {
  const project = await deps.stores.projects.get({ projectId });
  return project?.settling?.[operationId]?.operation ?? await deps.stores.operations.get({ projectId, operationId });
}

export function inProgress(project: Project, operation: OpenOperation): AnchorError {
  return new AnchorError('operation_in_progress',
    `Project ${project.projectId} is being changed by operation ${operation.operationId} ` +
    `(${operation.kind} by ${operation.caller}). Wait for its end, then ask again.`,
    { operationId: operation.operationId, retryAfterSeconds: 1 });
}

export function step(deps: JournalDeps, held: HeldProject, name: string, failure?: unknown): void {
  held.steps.push({
    at: deps.clock.now(), name, outcome: failure === undefined ? 'ok' : 'failed',
    ...(failure instanceof Error && { detail: failure.message }),
  });
}

function hold(project: Project, operation: OpenOperation): HeldProject {
  return { project, operation, steps: [...operation.steps] };
}

function writeFenced(
  deps: JournalDeps, held: HeldProject, set: Partial<Project>,
  isOurs: (project: Project) => boolean, remove: readonly (keyof Project)[] = [],
): Promise<Updated<Project>> {
  const { projectId, fence } = held.project;
  return readingBack(
    () => deps.stores.projects.update(
      { projectId },
      { set: { ...set, updatedAt: deps.clock.now() }, remove, add: { revision: 1 } },
      { equals: { fence }, present: ['operation'] },
    ),
    () => deps.stores.projects.get({ projectId }),
    isOurs,
  );
}

/**
 * A conditional write whose answer may be lost: when it was, or when a repeat of it was refused, the
 * item itself says whether it took effect. Tried twice; then the first error stands, because the
 * second says nothing about what the first left open.
 */
async function readingBack(
  write: () => Promise<Updated<Project>>,
  read: () => Promise<Project | undefined>,
  isOurs: (project: Project) => boolean,
): Promise<Updated<Project>> {
  const written = async (): Promise<Updated<Project>> => {
    const result = await write();
    return !result.updated && result.current && isOurs(result.current) ? { updated: true, item: result.current } : result;
  };
  try {
    return await written();
  } catch (error) {
    if (!isCloudError(error, 'unknown_outcome', 'unavailable')) throw error;
    try {
      const current = await read();
      return current && isOurs(current) ? { updated: true, item: current } : await written();
    } catch {
      throw error;
    }
  }
}
