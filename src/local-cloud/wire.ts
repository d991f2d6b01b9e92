/** One HTTP exchange as data, so that the embedded cloud is a function before it is a server. */
export interface WireRequest {
  readonly method: string;
  /** Percent-encoded as sent, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export interface WireResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** Undefined: not mine, ask the next one. */
export type WireHandler = (request: WireRequest) => Promise<WireResponse | undefined>;
