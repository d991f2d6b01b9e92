import type { Outbox } from './event.ts';
import type { DeploymentStatus } from './shared-words.ts';
import type { VersionArn } from './version-arn.ts';

/** A finished or running build, or the record of a rollback to one. Keyed by project and id. */
export interface Deployment extends Outbox {
  readonly projectId: string;
  readonly deploymentId: string;
  readonly commitSha: string;
  readonly branch: string;
  /** The caller's name for the build; `rollback-<target>-<time>` for a rollback. */
  readonly version: string;
  readonly status: DeploymentStatus;
  readonly lambdaServerVersionArn?: VersionArn;
  readonly lambdaImageVersionArn?: VersionArn;
  /** Base 64 of the SHA-256 of the versions' code when they were registered, if Lambda said so. */
  readonly serverCodeSha256?: string;
  readonly imageCodeSha256?: string;
  readonly isRollback: boolean;
  /** For a rollback: the server version that was live before. */
  readonly rollbackFrom?: string;
  /** For a rollback: the deployment that was gone back to. */
  readonly rollbackTo?: string;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly deployedAt?: number;
}
