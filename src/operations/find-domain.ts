import type { CustomDomain } from '../domain/custom-domain.ts';
import { AnchorError } from '../domain/errors.ts';
import type { Stores } from '../ports/stores.ts';
import { findProject } from './find-project.ts';

/** Throws `domain_not_found`, also for a domain of another project, and `project_not_found`. */
export async function findDomain(
  stores: Pick<Stores, 'projects' | 'domains'>, projectId: string, domainId: string,
): Promise<CustomDomain> {
  const domain = await stores.domains.get({ domainId });
  if (domain?.projectId === projectId) return domain;
  await findProject(stores, projectId);
  throw new AnchorError('domain_not_found', `The project has no domain ${domainId}.`);
}
