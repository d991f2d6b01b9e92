import type { Project, ProjectDefaults } from './project.ts';
import { targetsOf } from './project.ts';

/** How the names of a project get onto CloudFront. A domain keeps the way it was added with. */
export type EdgeMode = 'distribution' | 'tenant';

/** A project's own choice. */
export type ProjectEdge =
  /** All names on the project's distribution, under one shared certificate. */
  | { readonly mode: 'distribution' }
  /** A distribution tenant for each name; what is left out, the installation decides. */
  | ({ readonly mode: 'tenant' } & Partial<TenantTarget>);

/** Where tenants are made, and what their names are pointed at. */
export interface TenantTarget {
  /** A multi-tenant distribution (`ConnectionMode: tenant-only`). */
  readonly distributionId: string;
  /** Of the connection group. */
  readonly routingEndpoint: string;
  /** Left out: the account's default one. */
  readonly connectionGroupId?: string;
}

/**
 * What holds for a project after the defaults of the installation are applied. A project that names a distribution or an endpoint for tenants inherits neither:
 * they belong together.
 */
export function edgeOf(project: Project, defaults: ProjectDefaults): ProjectEdge {
  const { edge } = project;
  const mode = edge?.mode ?? defaults.edgeMode ?? 'distribution';
  if (mode === 'distribution') return { mode };
  if (edge?.mode === 'tenant' && (edge.distributionId !== undefined || edge.routingEndpoint !== undefined)) return edge;
  return { mode, ...defaults.tenants };
}

/** What a new domain of the project is given; undefined when the project has no such distribution. */
export function domainTarget(project: Project, defaults: ProjectDefaults): DomainTarget | undefined {
  const edge = edgeOf(project, defaults);
  if (edge.mode === 'tenant') {
    const { distributionId, routingEndpoint, connectionGroupId } = edge;
    if (distributionId === undefined || routingEndpoint === undefined) return undefined;
    return {
      edgeMode: 'tenant', distributionId, distributionDomain: routingEndpoint,
      ...(connectionGroupId !== undefined && { connectionGroupId }),
    };
  }
  const { distributionId, distributionDomain } = targetsOf(project, defaults);
  if (distributionId === undefined || distributionDomain === undefined) return undefined;
  return { distributionId, distributionDomain };
}

/** The part of a domain's record that says how it gets onto CloudFront. */
export interface DomainTarget {
  readonly edgeMode?: 'tenant';
  readonly distributionId: string;
  readonly distributionDomain: string;
  readonly connectionGroupId?: string;
}
