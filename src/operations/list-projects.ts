import type { Stores } from '../ports/stores.ts';
import type { Operations } from './operations.ts';
import { readPage } from './read-page.ts';

export function listProjects({ stores }: { stores: Pick<Stores, 'projects'> }): Operations['listProjects'] {
  return (page) => readPage(stores.projects, {
    query: { index: 'byCreation', hash: 'project' }, key: 'createdKey',
  }, page);
}
