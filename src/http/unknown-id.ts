import { AnchorError } from '../domain/errors.ts';
import { projectNotFound } from '../operations/find-project.ts';
import { ID_PATTERN } from './common-schemas.ts';

/** Said of an id that names nothing because of its form; it is not repeated, whatever it may hold. */
export const NOT_AN_ID = 'The id in the path is not one Anchor gives out.';

const ID = new RegExp(ID_PATTERN);

/** The same words as for a project that does not exist. */
export function noSuchProject(projectId: string): AnchorError {
  return ID.test(projectId) ? projectNotFound(projectId) : new AnchorError('project_not_found', NOT_AN_ID);
}
