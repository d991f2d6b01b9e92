/** The pace of what follows a switch; times in milliseconds. */
export interface FollowUpSettings {
  /** Between two questions of a probe. */
  readonly probeIntervalMs: number;
  /** How long after the switch a probe may take to see the target. */
  readonly probeTimeLimitMs: number;
  /** First pause after an invalidation that CloudFront held up; it doubles from there. */
  readonly invalidationRetryMs: number;
  /** After this an invalidation that is still held up has failed. */
  readonly invalidationTimeLimitMs: number;
  /** Between two looks at a project's aliases; 0: they are not looked at. */
  readonly aliasCheckMs: number;
}

export const AWS_FOLLOW_UPS: FollowUpSettings = {
  probeIntervalMs: 1_000,
  probeTimeLimitMs: 120_000,
  invalidationRetryMs: 2_000,
  invalidationTimeLimitMs: 60 * 60_000,
  aliasCheckMs: 300_000,
};

export const LOCAL_FOLLOW_UPS: FollowUpSettings = {
  ...AWS_FOLLOW_UPS,
  probeIntervalMs: 200,
  invalidationRetryMs: 500,
  aliasCheckMs: 5_000,
};
