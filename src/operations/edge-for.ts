import type { CustomDomain } from '../domain/custom-domain.ts';
import type { DomainEdge } from '../ports/edge.ts';
import type { DomainDeps } from './domain-deps.ts';
import { distributionEdge } from './distribution-edge.ts';

/** The way onto CloudFront that this domain takes. */
export function edgeFor(deps: DomainDeps, _record: CustomDomain): DomainEdge {
  return distributionEdge(deps);
}
