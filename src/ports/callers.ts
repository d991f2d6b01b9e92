import type { IncomingHttpHeaders } from 'node:http';
import type { Caller } from '../domain/grants.ts';

/** What a request shows of its caller. */
export interface Presented {
  readonly headers: Readonly<IncomingHttpHeaders>;
  /** Names and values in turn, as they came; a name that came twice is there twice. */
  readonly rawHeaders: readonly string[];
  /** The address at the other end of the connection: the caller's own, or that of a proxy. */
  readonly remoteAddress: string | undefined;
}

/** Who is asking. Rejects with `unauthenticated`, or `callers_unavailable` while nobody can be known. */
export type Authenticate = (presented: Presented) => Promise<Caller>;
