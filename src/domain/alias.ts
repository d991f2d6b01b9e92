export interface AliasState {
  readonly version: string;
  /** Share of traffic (0 to 1) sent to other versions. */
  readonly weights: Readonly<Record<string, number>>;
  /** Changes with every change of the alias, whoever makes it. */
  readonly revisionId: string;
}

export interface AliasTarget {
  readonly version: string;
  readonly weights: Readonly<Record<string, number>>;
  readonly revisionId?: string | undefined;
}

export interface VersionState {
  readonly version: string;
  readonly state: 'Pending' | 'Active' | 'Inactive' | 'Failed' | 'Deactivating' | 'ActiveNonInvocable' | 'Deleting' | (string & {});
  readonly stateReason: string | undefined;
  readonly codeSha256: string | undefined;
  readonly role: string | undefined;
  readonly architectures: readonly string[];
}

/** Instances that Lambda keeps warm for an alias. After a move it allocates them anew for the other version. */
export interface ProvisionedConcurrency {
  readonly requested: number;
  readonly status: 'IN_PROGRESS' | 'READY' | 'FAILED' | (string & {});
}
