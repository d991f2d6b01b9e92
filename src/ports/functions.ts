import type { AliasState, AliasTarget, ProvisionedConcurrency, VersionState } from '../domain/alias.ts';

/** Lambda, as far as moving an alias needs it. Every method may throw `CloudError`. */
export interface Functions {
  /** Reads the alias the installation switches (setting `ALIAS_NAME`). Throws `not_found` when it is missing. */
  readAlias(functionName: string): Promise<AliasState>;
  /**
   * Points the alias at a version and replaces its weights (empty: all traffic to `version`).
   * With `revisionId` it throws `stale` when the alias has changed since; `not_found` when
   * the alias or the version does not exist.
   */
  moveAlias(functionName: string, to: AliasTarget): Promise<AliasState>;
  /** What Lambda says of one published version; undefined when it does not exist. */
  describeVersion(functionName: string, version: string): Promise<VersionState | undefined>;
  /** Instances kept warm for the alias; undefined when there are none to move with it. `not_found` without the alias. */
  provisionedConcurrency(functionName: string): Promise<ProvisionedConcurrency | undefined>;
}
