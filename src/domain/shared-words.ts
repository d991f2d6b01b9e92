/** Words that records and the events about them share. */

/**
 * - `rollback`: to an earlier deployment, with a record of its own
 * - `promote`: to any deployment, going forward
 * - `undo`: back to what was live before the latest rollback
 */
export type OperationKind = 'rollback' | 'promote' | 'undo';

export type DeploymentStatus = 'building' | 'deployed' | 'failed';

export type StepOutcome = 'ok' | 'failed';

/** An alias that is not where the project's live record says: somebody else moved it. */
export interface AliasDrift {
  /** The version that the project records as live. */
  readonly expected: string;
  /** Absent when the alias does not exist. */
  readonly found?: string;
  /** Shares of traffic (0 to 1) that go to other versions. */
  readonly weights: Readonly<Record<string, number>>;
}
