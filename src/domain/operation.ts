import type { Deployment } from './deployment.ts';
import type { ErrorCode } from './errors.ts';
import type { Actor, Outbox } from './event.ts';
import type { OperationKind, StepOutcome } from './shared-words.ts';

export type OperationState = 'running' | 'succeeded' | 'failed' | 'undone';

/** One change of what is live, as a resource: who, why, to what, and every step with its time. */
export interface Operation extends Outbox {
  readonly projectId: string;
  readonly operationId: string;
  readonly kind: OperationKind;
  readonly state: OperationState;
  /** Absent for an undo to versions of which no deployment is known. */
  readonly targetDeploymentId?: string;
  /** The deployment that is live when it succeeds: for a rollback the record it writes. */
  readonly resultDeploymentId?: string;
  readonly caller: string;
  /** Where the request came from. */
  readonly origin?: Omit<Actor, 'caller'>;
  /** Why, in the caller's words. */
  readonly reason?: string;
  readonly startedAt: number;
  readonly endedAt?: number;
  readonly steps: readonly OperationStep[];
  /** For `failed` and `undone`: the cause in words a person can act on. */
  readonly cause?: string;
  /** For `failed`: with `cause`, what its caller was told. */
  readonly failure?: OperationFailure;
  /** For `succeeded`. */
  readonly result?: OperationResult;
  /** For `succeeded`: whether CloudFront was told to forget the other build. */
  readonly cache?: CacheOutcome;
  /** For `succeeded`: whether the site was seen to answer with the target. */
  readonly proof?: ProofOutcome;
}

/** `off`: not asked for. `done`: CloudFront has accepted the invalidation, which it ends in about a minute. */
export interface CacheOutcome {
  readonly state: 'off' | 'pending' | 'done' | 'failed';
  /** CloudFront's own id of the invalidation. */
  readonly invalidationId?: string;
  /** Why it failed, or what holds it up. */
  readonly detail?: string;
}

/** `off`: the project has no probe. `superseded`: another operation changed what is live meanwhile. */
export interface ProofOutcome {
  readonly state: 'off' | 'pending' | 'confirmed' | 'failed' | 'superseded';
  /** From the operation's start to the first of the answers that proved it, in milliseconds. */
  readonly liveAfterMs?: number;
  readonly detail?: string;
}

export interface OperationFailure {
  readonly code: ErrorCode;
  readonly retryAfterSeconds?: number;
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
  readonly outcome: StepOutcome;
  readonly detail?: string;
}

/** The journal entry on the project's item while an operation runs. */
export interface OpenOperation extends Operation {
  readonly state: 'running';
  /** After this time (ms since the epoch) any replica may take the operation over. */
  readonly leaseUntil: number;
  /** A rollback pins the project unless its caller declines. */
  readonly pins: boolean;
  /** Of the request that asked for it, if that carries an Idempotency-Key. */
  readonly keyId?: string;
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

/** A finished operation with what it still owes; dropped from the project's item once that is done. */
export interface SettlingOperation {
  readonly operation: Operation;
  /** The record of a rollback that succeeded; dropped once it is written. */
  readonly deployment?: Deployment;
  /** What it did to the project's pin. */
  readonly pin?: 'set' | 'lifted';
  /** The records have been written, the operation's own as it was then. */
  readonly recorded?: true;
  /** Gone once `operation.cache` has its end. */
  readonly invalidation?: OwedInvalidation;
  /** Gone once `operation.proof` has its end. */
  readonly probe?: OwedProbe;
}

/** An invalidation that CloudFront has not accepted yet. */
export interface OwedInvalidation {
  readonly distributionId: string;
  readonly paths: readonly string[];
  /** The operation's id: CloudFront answers a repeated request with the invalidation that exists. */
  readonly callerReference: string;
  /** Requests that were held up. */
  readonly attempts: number;
  /** Also how long the replica that is at it keeps others away. */
  readonly dueAt: number;
  /** A request that is held up after this has failed. */
  readonly deadline: number;
}

/** A proof of live that has not come to its end yet. */
export interface OwedProbe {
  readonly url: string;
  readonly header?: string;
  readonly jsonPath?: string;
  /** Any of these is right. */
  readonly expected: readonly string[];
  readonly timeLimitMs: number;
  readonly deadline: number;
  /** Also how long the replica that is at it keeps others away. */
  readonly dueAt: number;
  /** Right answers in a row so far. */
  readonly matches: number;
  /** When the first of them came. */
  readonly firstMatchAt?: number;
}
