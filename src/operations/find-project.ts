import { AnchorError } from '../domain/errors.ts';
import type { Project } from '../domain/project.ts';
import type { Stores } from '../ports/stores.ts';

/** Throws `project_not_found`. */
export async function findProject(stores: Pick<Stores, 'projects'>, projectId: string): Promise<Project> {
  const project = await stores.projects.get({ projectId });
  if (!project) throw projectNotFound(projectId);
  return project;
}

/** Throws `project_not_found`, and `project_busy` while the project is being deleted. */
export async function findOpenProject(stores: Pick<Stores, 'projects'>, projectId: string): Promise<Project> {
  const project = await findProject(stores, projectId);
  if (project.closing) throw projectClosing();
  return project;
}

export function projectNotFound(projectId: string): AnchorError {
  return new AnchorError('project_not_found', `There is no project ${projectId}.`);
}

export function projectClosing(): AnchorError {
  return new AnchorError('project_busy', 'The project is being deleted, so nothing can be changed in it any more.');
}
