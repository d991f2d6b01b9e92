import { AnchorError } from '../domain/errors.ts';
import type { Deployment } from '../domain/deployment.ts';
import type { AliasesBefore, OpenOperation, Operation, OperationState, OperationStep } from '../domain/operation.ts';
import type { Project } from '../domain/project.ts';
import { isCloudError } from '../ports/cloud-error.ts';
import { dueShardOf } from '../ports/stores.ts';
import type { Updated } from '../ports/table.ts';
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
  /** `current` is undefined when there is no such project. */
  | { readonly taken: false; readonly current: Project | undefined };

/** One conditional write: takes the project and records the intent. */
export async function takeProject(deps: JournalDeps, operation: OpenOperation): Promise<TakeResult> {
  const { projectId } = operation;
  const result = await readingBack(
    () => deps.stores.projects.update(
      { projectId },
      { set: { operation, ...due(projectId, operation.leaseUntil) }, add: { fence: 1, revision: 1 } },
      { absent: ['operation', 'closing'] },
    ),
    () => deps.stores.projects.get({ projectId }),
    (project) => project.operation?.operationId === operation.operationId,
  );
  if (!result.updated) return { taken: false, current: result.current };
  return { taken: true, held: hold(result.item, operation) };
}

/** Takes an operation over whose lease has run out; the former holder is fenced off from here on. */
export async function takeOver(deps: JournalDeps, project: Project): Promise<HeldProject | undefined> {
  if (!project.operation) return undefined;
  const leaseUntil = deps.clock.now() + deps.settings.leaseMs;
  const operation: OpenOperation = { ...project.operation, leaseUntil };
  const result = await deps.stores.projects.update(
    { projectId: project.projectId },
    { set: { operation, ...due(project.projectId, leaseUntil) }, add: { fence: 1, revision: 1 } },
    { equals: { fence: project.fence }, present: ['operation'] },
  );
  return result.updated ? hold(result.item, operation) : undefined;
}

/** Records where the aliases really are before they are moved. False: fenced off, stop. */
export async function journalBefore(deps: JournalDeps, held: HeldProject, before: AliasesBefore): Promise<boolean> {
  const operation: OpenOperation = { ...held.operation, before, steps: held.steps };
  const result = await writeFenced(deps, held, { operation }, (project) => project.operation?.before !== undefined
    && JSON.stringify(project.operation.before) === JSON.stringify(before));
  return result.updated;
}

export interface Ending {
  /** How the operation's own record ends. */
  readonly operation: Pick<Operation, 'cause' | 'result' | 'targetDeploymentId' | 'resultDeploymentId'>
    & { readonly state: Exclude<OperationState, 'running'> };
  /** What else changes on the project's item. */
  readonly set?: Partial<Project>;
  readonly remove?: readonly (keyof Project)[];
  /** The deployment record a rollback leaves. */
  readonly deployment?: Deployment;
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
  const { leaseUntil: _lease, before: _before, pins: _pins, ...journal } = held.operation;
  const operation: Operation = { ...journal, ...ending.operation, endedAt: now, steps: held.steps };
  const { projectId, operationId } = operation;
  const settling = {
    ...held.project.settling,
    [operationId]: { operation, ...(ending.deployment && { deployment: ending.deployment }) },
  };
  const result = await writeFenced(
    deps, held,
    { ...ending.set, settling, ...due(projectId, now) },
    (project) => project.settling?.[operationId] !== undefined,
    ['operation', ...ending.remove ?? []],
  );
  return result.updated
    ? { committed: true, project: result.item, operation }
    : { committed: false, current: result.current };
}

/** Gives the project back as if nothing had happened: for requests refused before any alias moved. */
export async function release(deps: JournalDeps, held: HeldProject): Promise<void> {
  const owed = held.project.settling !== undefined;
  await deps.stores.projects.update(
    { projectId: held.project.projectId },
    { remove: owed ? ['operation'] : ['operation', 'dueShard', 'dueAt'], add: { revision: 1 } },
    { equals: { fence: held.project.fence } },
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

function due(projectId: string, dueAt: number): Pick<Project, 'dueShard' | 'dueAt'> {
  return { dueShard: dueShardOf(projectId), dueAt };
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
 * item itself says whether it took effect. Tried twice; then the error stands.
 */
async function readingBack(
  write: () => Promise<Updated<Project>>,
  read: () => Promise<Project | undefined>,
  isOurs: (project: Project) => boolean,
): Promise<Updated<Project>> {
  for (let attempt = 1; ; attempt++) {
    try {
      const result = await write();
      if (result.updated || !result.current || !isOurs(result.current)) return result;
      return { updated: true, item: result.current };
    } catch (error) {
      if (!isCloudError(error, 'unknown_outcome', 'unavailable') || attempt === 2) throw error;
      const current = await read();
      if (current && isOurs(current)) return { updated: true, item: current };
    }
  }
}
