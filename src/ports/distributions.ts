import type { DistributionChange, DistributionState } from '../domain/distribution.ts';

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
}
