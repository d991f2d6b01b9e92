import { AnchorError } from '../domain/errors.ts';
import type { Stores } from '../ports/stores.ts';
import { findProject } from './find-project.ts';
import { operationsOnItem } from './list-operations.ts';
import type { Operations } from './operations.ts';

/** Throws `operation_not_found`. */
export function getOperation(
  { stores }: { stores: Pick<Stores, 'projects' | 'operations'> },
): Operations['getOperation'] {
  return async (projectId, operationId) => {
    const project = await findProject(stores, projectId);
    const operation = operationsOnItem(project).find((each) => each.operationId === operationId)
      ?? await stores.operations.get({ projectId, operationId });
    if (!operation) throw new AnchorError('operation_not_found', `The project has no operation ${operationId}.`);
    return operation;
  };
}
