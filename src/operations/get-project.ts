import type { Stores } from '../ports/stores.ts';
import { findProject } from './find-project.ts';
import type { Operations } from './operations.ts';

export function getProject({ stores }: { stores: Pick<Stores, 'projects'> }): Operations['getProject'] {
  return (projectId) => findProject(stores, projectId);
}
