import type { ProbeAnswer } from '../domain/follow-ups.ts';

/** Asks a site which build answers. */
export interface Probe {
  /** One request, bounded in time. Never throws: whatever keeps a value away is `none` with its reason. */
  ask(url: string, what: ProbedValue): Promise<ProbeAnswer>;
}

/** Where in the answer the value is; exactly one of the two. */
export interface ProbedValue {
  readonly header?: string | undefined;
  /** See `JSON_PATH_PATTERN`. */
  readonly jsonPath?: string | undefined;
}
