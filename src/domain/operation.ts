import type { Deployment } from './deployment.ts';

/**
 * - `rollback`: to an earlier deployment, with a record of its own
 * - `promote`: to any deployment, going forward
 * - `undo`: back to what was live before the latest rollback
 */
export type OperationKind = 'rollback' | 'promote' | 'undo';
export type OperationState = 'running' | 'succeeded' | 'failed' | 'undone';

/** One change of what is live, as a resource: who, why, to what, and every step with its time. */
export interface Operation {
  readonly projectId: string;
  readonly operationId: string;
  readonly kind: OperationKind;
  readonly state: OperationState;
  /** Absent for an undo to versions of which no deployment is known. */
  readonly targetDeploymentId?: string;
  /** The deployment that is live when it succeeds: for a rollback the record it writes. */
  readonly resultDeploymentId?: string;
  readonly caller: string;
  /** Why, in the caller's words. */
  readonly reason?: string;
  readonly startedAt: number;
  readonly endedAt?: number;
  readonly steps: readonly OperationStep[];
  /** For `failed` and `undone`: the cause in words a person can act on. */
  readonly cause?: string;
  /** For `succeeded`. */
  readonly result?: OperationResult;
}

/** What a change of live did, once it is done. */
export interface OperationResult {
  /** The server function's version before and after. */
  readonly previousVersion: string;
  readonly newVersion: string;
}

export interface OperationStep {
  readonly at: number;
  /** e.g. `move server alias`. */
  readonly name: string;
  readonly outcome: 'ok' | 'failed';
  readonly detail?: string;
}

/** The journal entry on the project's item while an operation runs. */
export interface OpenOperation extends Operation {
  readonly state: 'running';
  /** After this time (ms since the epoch) any replica may take the operation over. */
  readonly leaseUntil: number;
  /** A rollback pins the project unless its caller declines. */
  readonly pins: boolean;
  /**
   * Where the aliases really were, written before the first move whenever that is not what the
   * project's live record says. Compensation goes back to here.
   */
  readonly before?: AliasesBefore;
}

export interface AliasesBefore {
  readonly server: AliasBefore;
  readonly image?: AliasBefore;
}

export interface AliasBefore {
  readonly functionName: string;
  readonly version: string;
  readonly weights: Readonly<Record<string, number>>;
}

/** A finished operation with the records it still owes; flushed, then dropped from the project's item. */
export interface SettlingOperation {
  readonly operation: Operation;
  /** The record of a rollback that succeeded. */
  readonly deployment?: Deployment;
}
