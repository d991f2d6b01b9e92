import { viewDomain } from '../domain/view-domain.ts';
import type { DomainDeps } from './domain-deps.ts';
import { findProject } from './find-project.ts';
import type { Operations } from './operations.ts';
import { readPage } from './read-page.ts';

/** Newest first, as they were last seen. Throws `project_not_found`. */
export function listDomains({ stores }: Pick<DomainDeps, 'stores'>): Operations['listDomains'] {
  return async (projectId, page) => {
    await findProject(stores, projectId);
    const found = await readPage(
      stores.domains, { query: { index: 'byProject', hash: projectId }, key: 'domainId' }, page,
    );
    return { ...found, items: found.items.map(viewDomain) };
  };
}
