import type { OwedEvent } from './event.ts';
import type { AliasesBefore, OpenOperation, SettlingOperation } from './operation.ts';
import type { ProbeSettings } from './probe.ts';
import type { AliasDrift } from './shared-words.ts';
import type { EdgeMode, ProjectEdge, TenantTarget } from './project-edge.ts';

/** One site: the two functions whose alias goes live together, and the distribution in front of them. */
export interface Project {
  readonly projectId: string;
  /** Constant; the hash of the index that lists all projects. */
  readonly collection: 'project';
  /** Creation time and id, so that the index sorts by creation whatever the id looks like. */
  readonly createdKey: string;
  readonly name: string;
  /** The project's own functions and distribution; the installation's defaults where left out. */
  readonly serverFunctionName?: string;
  readonly imageFunctionName?: string;
  readonly distributionId?: string;
  readonly distributionDomain?: string;
  /** How new domains get onto CloudFront; the installation's choice where left out. */
  readonly edge?: ProjectEdge;
  /** Left out: the whole cache of the distribution is invalidated after a switch, if there is one. */
  readonly cache?: CacheSettings;
  /** What is done about a domain's name or certificate that others changed on CloudFront. Left out: repaired. */
  readonly onDomainDrift?: DriftHandling;
  /** Left out: that a switch is live is not proven. */
  readonly probe?: ProbeSettings;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** Grows with every write. */
  readonly revision: number;
  /** Grows whenever somebody takes or takes over the project; a writer with an older one is too late. */
  readonly fence: number;
  /** What the last finished operation made live; absent until the first. */
  readonly live?: LiveRecord;
  /** The aliases are elsewhere: found by the latest look at them. */
  readonly drift?: Drift;
  /** When the aliases are looked at next. */
  readonly aliasCheckAt?: number;
  /** While it stands, what is live is not changed by a promote. */
  readonly pin?: Pin;
  /** What an undo goes back from and to. */
  readonly lastRollback?: LastRollback;
  /** The operation that holds the project now. */
  readonly operation?: OpenOperation;
  /** Finished operations whose own records may not have been written yet. */
  readonly settling?: Readonly<Record<string, SettlingOperation>>;
  /** Events of the project's own changes that are not recorded yet. */
  readonly owedEvents?: readonly OwedEvent[];
  /** The project is being deleted: no new domain, deployment or operation. */
  readonly closing?: true;
  readonly dueShard?: number;
  /** When background work has to look at the project (see `projectDueAt`). */
  readonly dueAt?: number;
}

/** `repair`: put right what others changed; `report`: leave it, and tell the owner. */
export type DriftHandling = 'repair' | 'report';

export interface CacheSettings {
  /** Whether CloudFront is told to forget after a switch. */
  readonly invalidate: boolean;
  /** 1 to 15; each starts with a slash and has a `*` at most at its end. */
  readonly paths: readonly string[];
}

export interface Drift {
  /** When it was first seen. */
  readonly since: number;
  readonly server?: AliasDrift;
  readonly image?: AliasDrift;
}

export interface Pin {
  readonly reason: string;
  /** Who set it. */
  readonly caller: string;
  readonly at: number;
  readonly expiresAt?: number;
  /** The rollback that set it; absent for a pin set by hand. */
  readonly operationId?: string;
}

export interface LastRollback {
  readonly operationId: string;
  /** The deployment that was live before it, when that is known. */
  readonly deploymentId?: string;
  /** Where the aliases were before it. */
  readonly before: AliasesBefore;
}

export function createdKeyOf(projectId: string, createdAt: number): string {
  return `${String(createdAt).padStart(15, '0')}.${projectId}`;
}

/** A pin that has expired is no pin. */
export function standingPin({ pin }: Project, now: number): Pin | undefined {
  return pin && (pin.expiresAt === undefined || pin.expiresAt > now) ? pin : undefined;
}

/** Where the aliases were left, with the RevisionIds that prove nobody has moved them since. */
export interface LiveRecord {
  /** Absent after an undo to versions of which no deployment is known. */
  readonly deploymentId?: string;
  readonly operationId: string;
  readonly at: number;
  readonly server: AliasRecord;
  readonly image?: AliasRecord;
}

export interface AliasRecord {
  readonly functionName: string;
  readonly version: string;
  readonly revisionId: string;
}

/** The project's functions and distribution after the installation's defaults are applied. */
export interface ProjectTargets {
  readonly serverFunctionName: string | undefined;
  readonly imageFunctionName: string | undefined;
  readonly distributionId: string | undefined;
  readonly distributionDomain: string | undefined;
}

/** What the installation decides for projects that do not. */
export interface ProjectDefaults extends ProjectTargets {
  /** Left out: `distribution`. */
  readonly edgeMode?: EdgeMode | undefined;
  /** For projects in mode `tenant`. */
  readonly tenants?: TenantTarget | undefined;
}

/**
 * A project that names its own server function does not inherit the default image function: the two
 * must belong to one build. The same holds for the distribution's id and domain.
 */
export function targetsOf(project: Project, defaults: ProjectDefaults): ProjectTargets {
  const ownFunctions = project.serverFunctionName !== undefined || project.imageFunctionName !== undefined;
  const ownDistribution = project.distributionId !== undefined || project.distributionDomain !== undefined;
  return {
    serverFunctionName: project.serverFunctionName ?? defaults.serverFunctionName,
    imageFunctionName: ownFunctions ? project.imageFunctionName : defaults.imageFunctionName,
    distributionId: ownDistribution ? project.distributionId : defaults.distributionId,
    distributionDomain: ownDistribution ? project.distributionDomain : defaults.distributionDomain,
  };
}
