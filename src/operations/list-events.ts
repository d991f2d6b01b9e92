import type { Stores } from '../ports/stores.ts';
import { findProject } from './find-project.ts';
import type { Operations } from './operations.ts';
import { readPage } from './read-page.ts';

/** Throws `project_not_found` when there is neither such a project nor an event of one that is gone. */
export function listEvents(
  { stores }: { stores: Pick<Stores, 'projects' | 'events'> },
): Operations['listEvents'] {
  return async (projectId, { type }, page) => {
    const where = type === undefined ? {} : { type };
    const found = await readPage(stores.events, { query: { hash: projectId, where }, key: 'eventId' }, page);
    if (found.items.length === 0) await demandRecord(stores, projectId);
    return found;
  };
}

async function demandRecord(stores: Pick<Stores, 'projects' | 'events'>, projectId: string): Promise<void> {
  const [last] = await stores.events.query({ hash: projectId, order: 'descending', limit: 1 });
  if (!last) await findProject(stores, projectId);
}
