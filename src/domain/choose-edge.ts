import type { ProjectEdge } from './project-edge.ts';
import type { Project, ProjectDefaults } from './project.ts';
import { targetsOf } from './project.ts';

/**
 * What holds for a project after the defaults of the installation are applied. A project that says
 * anything of where its tenants are made inherits nothing of that: it belongs together.
 */
export function edgeOf(project: Project, defaults: ProjectDefaults): ProjectEdge {
  const { edge } = project;
  const mode = edge?.mode ?? defaults.edgeMode ?? 'distribution';
  if (mode === 'distribution') return { mode };
  if (edge?.mode === 'tenant' && Object.keys(edge).length > 1) return edge;
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
