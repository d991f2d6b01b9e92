/** How the embedded cloud behaves; times in milliseconds. */
export interface LocalCloudSettings {
  readonly region: string;
  readonly accountId: string;
  /** How long a distribution takes from an accepted change to Deployed. */
  readonly deployTimeMs: number;
  /** How often a pending certificate looks for its records in DNS. */
  readonly certificateCheckMs: number;
  /** How long after the request a certificate's validation record is not yet known. */
  readonly validationRecordDelayMs: number;
  /** How long a certificate stays pending before VALIDATION_TIMED_OUT (72 hours on AWS). */
  readonly validationTimeoutMs: number;
  /** How long ACM still says "in use" after CloudFront let go of a certificate. */
  readonly inUseLagMs: number;
  /** ACM's default quota of names on one certificate. */
  readonly namesPerCertificate: number;
  /** CloudFront's default quota of aliases on one distribution. */
  readonly aliasesPerDistribution: number;
}

export const DEFAULT_LOCAL_CLOUD: LocalCloudSettings = {
  region: 'us-east-1',
  accountId: '123456789012',
  deployTimeMs: 3_000,
  certificateCheckMs: 1_000,
  validationRecordDelayMs: 500,
  validationTimeoutMs: 72 * 3_600_000,
  inUseLagMs: 1_000,
  namesPerCertificate: 10,
  aliasesPerDistribution: 100,
};
