import type { DistributionChange, DistributionState } from '../domain/distribution.ts';
import type { NameConflict } from '../domain/held-name.ts';

/** CloudFront standard distributions. Every method may throw `CloudError`. */
export interface Distributions {
  /** Undefined when CloudFront has no such distribution. */
  read(distributionId: string): Promise<DistributionState | undefined>;
  /**
   * Replaces aliases and viewer certificate and sends every other setting back as it was read in
   * `state`. Throws `stale` when the distribution has changed since `state` was read (both AWS
   * names for it), `conflict` with awsName `CNAMEAlreadyExists` when another distribution holds an
   * alias, `refused` with awsName `InvalidViewerCertificate` or `TooManyDistributionCNAMEs`.
   */
  change(state: DistributionState, change: DistributionChange): Promise<DistributionState>;
  /**
   * Everybody who has this name, or an alias that overlaps it, our own distribution among them. Throws
   * `refused` with awsName `InvalidArgument` while the certificate of our distribution does not cover
   * the name.
   */
  conflicts(distributionId: string, name: string): Promise<readonly NameConflict[]>;
  /**
   * Takes the name from whoever has it and adds it to the distribution, in one step for viewers; a repeat
   * is harmless. Throws `refused` with awsName `IllegalUpdate` when the certificate of the distribution
   * does not cover the name, DNS does not show the TXT record, or AWS does not move it from there; and
   * `stale` as `change` does.
   */
  move(state: DistributionState, name: string): Promise<void>;
  /**
   * Makes the edge forget what it has of these paths, and answers CloudFront's id of the invalidation
   * once it is accepted. The same reference with the same paths answers the one that exists, so a
   * repeat is harmless. Throws `not_found` when there is no such distribution, `throttled` also while
   * too many are in progress, `refused` for a path that CloudFront does not take, `conflict` with
   * awsName `InvalidationBatchAlreadyExists` when the reference was used with other paths.
   */
  invalidate(distributionId: string, batch: InvalidationBatch): Promise<string>;
}

export interface InvalidationBatch {
  /** Each starts with a slash, a `*` at most at its end. */
  readonly paths: readonly string[];
  /** Unique for every invalidation that is wanted. */
  readonly callerReference: string;
}
