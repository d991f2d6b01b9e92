import type { Deployment } from './deployment.ts';

export type OperationKind = 'rollback';
export type OperationState = 'running' | 'succeeded' | 'failed' | 'undone';

/** One change of what is live, as a resource: who, why, to what, and every step with its time. */
export interface Operation {
  readonly projectId: string;
  readonly operationId: string;
  readonly kind: OperationKind;
  readonly state: OperationState;
  readonly targetDeploymentId: string;
  /** The deployment record this operation writes when it succeeds. */
  readonly resultDeploymentId: string;
  readonly caller: string;
  readonly startedAt: number;
  readonly endedAt?: number;
  readonly steps: readonly OperationStep[];
  /** For `failed` and `undone`: the cause in words a person can act on. */
  readonly cause?: string;
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
