import { Type } from 'typebox';
import { BODY_PROBLEMS, LOCATION, PAGE_HEADERS, answer, problems } from '../../answers.ts';
import { ref } from '../../component.ts';
import { pageBody } from '../../page-reply.ts';
import type { RouteDeps, RouteScope } from '../../route-scope.ts';
import { ProjectParams } from '../projects/schemas.ts';
import {
  DEPLOYMENT_EXAMPLE, Deployment, DeploymentEnd, DeploymentInput, DeploymentParams, DeploymentQuery,
  REGISTERED_EXAMPLE, RegisteredDeployment, deploymentView, registeredView,
} from './schemas.ts';

const tags = ['Deployments'];

export function deploymentRoutes(app: RouteScope, { operations }: RouteDeps): void {
  app.post('/projects/:projectId/deployments', {
    config: { grant: 'deployer' },
    schema: {
      operationId: 'registerDeployment', tags, summary: 'Register a build',
      description: 'Records a build and the versions it published, so that it can be rolled back to. With `promote` it '
        + 'is made live as well, unless the project is pinned; `promotion` says what came of that.',
      params: ProjectParams, body: ref(DeploymentInput),
      response: {
        201: answer('The new deployment.', ref(RegisteredDeployment), REGISTERED_EXAMPLE, LOCATION),
        ...problems(...BODY_PROBLEMS, 'project_not_found', 'function_not_configured', 'project_busy'),
      },
    },
  }, async (request, reply) => {
    const { params: { projectId }, body: { promote = false, ...build }, caller, run } = request;
    const { deployment, promotion } = promote
      ? await operations.releaseDeployment(projectId, build, caller, run)
      : { deployment: await operations.registerDeployment(projectId, build, run), promotion: null };
    return reply.code(201)
      .header('location', `/projects/${projectId}/deployments/${deployment.deploymentId}`)
      .send(registeredView(deployment, promotion));
  });

  app.get('/projects/:projectId/deployments', {
    config: { grant: 'viewer' },
    schema: {
      operationId: 'listDeployments', tags, summary: 'List the deployments of a project',
      description: 'Newest first, rollbacks included.',
      params: ProjectParams, querystring: DeploymentQuery,
      response: {
        200: answer('One page of deployments.', Type.Array(ref(Deployment)), [DEPLOYMENT_EXAMPLE], PAGE_HEADERS),
        ...problems('invalid_request', 'project_not_found'),
      },
    },
  }, async (request, reply) => {
    const { branch, status, ...page } = request.query;
    const found = await operations.listDeployments(request.params.projectId, { branch, status }, page);
    return pageBody(request.url, reply, found, deploymentView);
  });

  app.get('/projects/:projectId/deployments/:deploymentId', {
    config: { grant: 'viewer' },
    schema: {
      operationId: 'getDeployment', tags, summary: 'Read a deployment',
      description: 'A build, or the record of a rollback.',
      params: DeploymentParams,
      response: {
        200: answer('The deployment.', ref(Deployment), DEPLOYMENT_EXAMPLE),
        ...problems('project_not_found', 'deployment_not_found'),
      },
    },
  }, async ({ params }) => deploymentView(await operations.getDeployment(params.projectId, params.deploymentId)));

  app.patch('/projects/:projectId/deployments/:deploymentId', {
    config: { grant: 'deployer' },
    schema: {
      operationId: 'finishDeployment', tags, summary: 'End a build',
      description: 'Moves a build from `building` to its end. Telling the same end again is harmless.',
      params: DeploymentParams, body: ref(DeploymentEnd),
      response: {
        200: answer('The deployment after the change.', ref(Deployment), DEPLOYMENT_EXAMPLE),
        ...problems(...BODY_PROBLEMS, 'project_not_found', 'deployment_not_found', 'deployment_status_final',
          'function_not_configured', 'project_busy'),
      },
    },
  }, async ({ params, body }) =>
    deploymentView(await operations.finishDeployment(params.projectId, params.deploymentId, body)));
}
