import { visibleProjects } from '../domain/grants.ts';
import type { Stores } from '../ports/stores.ts';
import type { Operations } from './operations.ts';
import { pageOf, readPage } from './read-page.ts';

/** Whoever may see single projects has them read by their keys: the pages are full, and nothing else is looked at. */
export function listProjects({ stores }: { stores: Pick<Stores, 'projects'> }): Operations['listProjects'] {
  return async (page, grants) => {
    const visible = visibleProjects(grants);
    if (visible === 'all') {
      return readPage(stores.projects, { query: { index: 'byCreation', hash: 'project' }, key: 'createdKey' }, page);
    }
    const found = await Promise.all(visible.map((projectId) => stores.projects.get({ projectId })));
    return pageOf(found.filter((project) => project !== undefined), 'createdKey', page);
  };
}
