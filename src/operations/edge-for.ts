import type { CustomDomain } from '../domain/custom-domain.ts';
import type { DomainEdge } from '../ports/edge.ts';
import { distributionEdge } from './distribution-edge.ts';
import type { DomainDeps } from './domain-deps.ts';
import { tenantEdge } from './tenant-edge.ts';

/** The way onto CloudFront that this domain takes. */
export function edgeFor(deps: DomainDeps, { edgeMode }: CustomDomain): DomainEdge {
  return edgeMode === 'tenant' ? tenantEdge(deps) : distributionEdge(deps);
}
