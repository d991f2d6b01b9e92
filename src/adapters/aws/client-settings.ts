/** Bounds for every AWS call, from the configuration. */
export interface AwsClientSettings {
  readonly region: string;
  /** One endpoint for all services (the local cloud), or undefined for AWS itself. */
  readonly endpoint: string | undefined;
  readonly connectTimeoutMs: number;
  /** From sending a request to its whole answer. */
  readonly requestTimeoutMs: number;
  /** Attempts the SDK makes for one call, the first included. */
  readonly maxAttempts: number;
}
