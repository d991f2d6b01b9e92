import { Type } from 'typebox';
import { BODY_PROBLEMS, LOCATION, PAGE_HEADERS, answer, noContent, problems } from '../../answers.ts';
import { PageQuery } from '../../common-schemas.ts';
import { ref } from '../../component.ts';
import { pageBody } from '../../page-reply.ts';
import type { RouteDeps, RouteScope } from '../../route-scope.ts';
import { guardTargets } from './guard-targets.ts';
import { PROJECT_EXAMPLE, Project, ProjectChanges, ProjectInput, ProjectParams, projectView } from './schemas.ts';
import type { Project as ProjectRecord } from '../../../domain/project.ts';

const tags = ['Projects'];

export function projectRoutes(app: RouteScope, { operations, projectDefaults }: RouteDeps): void {
  const view = (project: ProjectRecord) => projectView(project, projectDefaults);

  app.post('/projects', {
    config: { grant: 'every:deployer' },
    schema: {
      operationId: 'createProject', tags, summary: 'Create a project',
      description: 'A project takes the installation\'s functions and distribution where it names none of its own.',
      body: ref(ProjectInput),
      response: {
        201: answer('The new project.', ref(Project), PROJECT_EXAMPLE, LOCATION),
        ...problems(...BODY_PROBLEMS),
      },
    },
  }, async (request, reply) => {
    const project = await operations.createProject(request.body, request.run);
    return reply.code(201).header('location', `/projects/${project.projectId}`).send(view(project));
  });

  app.get('/projects', {
    config: { grant: 'known' },
    schema: {
      operationId: 'listProjects', tags, summary: 'List the projects',
      description: 'Newest first; those that the caller has a role on.',
      querystring: PageQuery,
      response: {
        200: answer('One page of projects.', Type.Array(ref(Project)), [PROJECT_EXAMPLE], PAGE_HEADERS),
        ...problems('invalid_request'),
      },
    },
  }, async (request, reply) => pageBody(request.url, reply, await operations.listProjects(request.query, request.grants), view));

  app.get('/projects/:projectId', {
    config: { grant: 'viewer' },
    schema: {
      operationId: 'getProject', tags, summary: 'Read a project',
      description: 'Its own settings, and under `effective` those that apply.',
      params: ProjectParams,
      response: {
        200: answer('The project.', ref(Project), PROJECT_EXAMPLE),
        ...problems('project_not_found'),
      },
    },
  }, async (request) => view(await operations.getProject(request.params.projectId)));

  app.patch('/projects/:projectId', {
    config: { grant: 'admin' },
    preValidation: guardTargets,
    schema: {
      operationId: 'changeProject', tags, summary: 'Change a project',
      description: 'Changes what is given and leaves the rest. The distribution stays while the project has domains. '
        + 'Functions, distribution and the way onto CloudFront (`edge`) are only changed by an `admin` of every project; '
        + 'the rest, `onDomainDrift` included, is the project\'s own.',
      params: ProjectParams, body: ref(ProjectChanges),
      response: {
        200: answer('The project after the change.', ref(Project), PROJECT_EXAMPLE),
        ...problems(...BODY_PROBLEMS, 'project_not_found', 'project_has_domains', 'operation_in_progress',
          'project_busy'),
      },
    },
  }, async (request) => view(await operations.changeProject(request.params.projectId, request.body)));

  app.delete('/projects/:projectId', {
    config: { grant: 'admin' },
    schema: {
      operationId: 'deleteProject', tags, summary: 'Delete a project',
      description: 'Deletes the project with its deployments and operations. The functions and the distribution stay. '
        + 'A project that still has domains is refused.',
      params: ProjectParams,
      response: {
        204: noContent('The project is gone.'),
        ...problems('project_not_found', 'project_has_domains', 'operation_in_progress', 'project_busy'),
      },
    },
  }, async (request, reply) => {
    await operations.deleteProject(request.params.projectId, request.run);
    return reply.code(204).send(null);
  });
}
