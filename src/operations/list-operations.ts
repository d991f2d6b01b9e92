import type { Operation } from '../domain/operation.ts';
import type { Project } from '../domain/project.ts';
import type { Stores } from '../ports/stores.ts';
import { findProject } from './find-project.ts';
import type { Operations } from './operations.ts';
import { readPage } from './read-page.ts';

export function listOperations(
  { stores }: { stores: Pick<Stores, 'projects' | 'operations'> },
): Operations['listOperations'] {
  return async (projectId, page) => {
    const owed = operationsOnItem(await findProject(stores, projectId));
    return readPage(stores.operations, { query: { hash: projectId }, key: 'operationId', owed }, page);
  };
}

/** The running operation, and ended ones whose own record may not be written yet. */
export function operationsOnItem(project: Project): Operation[] {
  const ended = Object.values(project.settling ?? {}).map(({ operation }) => operation);
  return project.operation ? [...ended, project.operation] : ended;
}
