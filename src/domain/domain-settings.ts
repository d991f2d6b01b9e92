/** The pace and the limits of custom domains; times in milliseconds. */
export interface DomainSettings {
  /** Base interval between looks at a certificate; it grows with the wait (see `CHECK_SCHEDULE`). */
  readonly certificateCheckMs: number;
  /** Between looks at a distribution that CloudFront is deploying. */
  readonly deployCheckMs: number;
  /**
   * How long the newest name that is ready waits for others, and the oldest six times as long at most, so
   * that one change takes up all of them.
   */
  readonly edgeBatchWindowMs: number;
  /** Between looks for outside changes on a distribution that has names of ours. */
  readonly driftCheckMs: number;
  /** Between looks for outside changes on the tenant of a domain that is served. */
  readonly tenantCheckMs: number;
  /** Between looks whether the validation record of an active domain is still there: DNS only, spread by the domain's id. */
  readonly renewalCheckMs: number;
  /** A record is only taken for gone when it was missing on two looks at least so long apart. */
  readonly renewalConfirmMs: number;
  /** From so long before its end ACM renews a certificate, so that its end is asked for anew. */
  readonly renewalWindowMs: number;
  /**
   * How long a shared certificate may be pending before the records of its names are looked for.
   * A name whose record is gone is then left out; after six times as long, any name that is pending.
   */
  readonly graceForPendingMs: number;
  /** How long no new shared certificate is planned after one failed for a reason that is still there. */
  readonly replanAfterMs: number;
  /** Between attempts to delete a certificate that CloudFront has not let go of. */
  readonly inUseRetryMs: number;
  /** How long after a name was taken off a late change may still bring it back. */
  readonly strayMs: number;
  /** How long POST waits for ACM to name the validation record. */
  readonly pollForRecordMs: number;
  /** How long GET waits for AWS. */
  readonly lookBoundMs: number;
  /** GET looks at AWS at most this often for one domain. */
  readonly getLookEveryMs: number;
  /** How long all look-ups of one diagnosis may take together. */
  readonly diagnosisBoundMs: number;
  /** Least time between two verifications of one domain. */
  readonly verifyEveryMs: number;
  /** After this a name that was claimed without a record of its domain may be claimed by others. */
  readonly claimTakeoverMs: number;
  /** How long the record that proves control of a name that others hold or held is looked for. */
  readonly challengeMs: number;
  /** Names on one distribution, those of others included: ACM's quota of names per certificate (10, raisable to 100). */
  readonly distributionNameLimit: number;
}

export const AWS_DOMAIN_SETTINGS: DomainSettings = {
  certificateCheckMs: 10_000,
  deployCheckMs: 15_000,
  edgeBatchWindowMs: 5_000,
  driftCheckMs: 10 * 60_000,
  tenantCheckMs: 6 * 60 * 60_000,
  renewalCheckMs: 24 * 60 * 60_000,
  renewalConfirmMs: 60 * 60_000,
  renewalWindowMs: 45 * 24 * 60 * 60_000,
  graceForPendingMs: 10 * 60_000,
  replanAfterMs: 60 * 60_000,
  inUseRetryMs: 60_000,
  strayMs: 5 * 60_000,
  pollForRecordMs: 8_000,
  lookBoundMs: 3_000,
  getLookEveryMs: 5_000,
  diagnosisBoundMs: 4_000,
  verifyEveryMs: 10_000,
  claimTakeoverMs: 5 * 60_000,
  challengeMs: 7 * 86_400_000,
  distributionNameLimit: 10,
};

/** The whole story of a domain in under half a minute, against the embedded cloud. */
export const LOCAL_DOMAIN_SETTINGS: DomainSettings = {
  ...AWS_DOMAIN_SETTINGS,
  certificateCheckMs: 1_000,
  deployCheckMs: 500,
  edgeBatchWindowMs: 500,
  driftCheckMs: 15_000,
  tenantCheckMs: 15_000,
  renewalCheckMs: 20_000,
  renewalConfirmMs: 5_000,
  graceForPendingMs: 10_000,
  replanAfterMs: 30_000,
  inUseRetryMs: 1_000,
  strayMs: 30_000,
  pollForRecordMs: 3_000,
  lookBoundMs: 2_000,
  getLookEveryMs: 1_000,
  verifyEveryMs: 2_000,
};
