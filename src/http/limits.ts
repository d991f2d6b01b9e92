/** What one caller, or everybody together, may ask of the server. */
export interface HttpLimits {
  /** Who may read the documentation: everybody, or callers who are recognised. */
  readonly docs: 'open' | 'callers';
  /** Of one caller, or of one address whose callers are not recognised; 0: any number. */
  readonly requestsPerMinute: number;
  /** How late the event loop may be before requests are sent away; 0: any time. */
  readonly eventLoopDelayMs: number;
  readonly bodyLimitBytes: number;
  /** For the whole head of a request, from the start of its connection or the end of the request before. */
  readonly headersTimeoutMs: number;
  /** For the whole of a request. */
  readonly requestTimeoutMs: number;
  /** Until a caller has taken the answer. */
  readonly responseTimeoutMs: number;
  readonly maxConnections: number;
  /** Origins whose pages may call the server. */
  readonly corsOrigins: readonly string[];
  /** Addresses and networks of what stands in front and is believed about where requests come from. */
  readonly trustedProxies: readonly string[];
}

/** For a server of which nothing else is said. */
export const USUAL_LIMITS: HttpLimits = {
  docs: 'open', requestsPerMinute: 0, eventLoopDelayMs: 0, bodyLimitBytes: 1_048_576, headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000, responseTimeoutMs: 30_000, maxConnections: 10_000, corsOrigins: [],
  trustedProxies: [],
};
