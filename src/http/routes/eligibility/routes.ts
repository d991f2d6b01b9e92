import { answer, problems } from '../../answers.ts';
import { ref } from '../../component.ts';
import type { RouteDeps, RouteScope } from '../../route-scope.ts';
import { DeploymentParams } from '../deployments/schemas.ts';
import { ELIGIBILITY_EXAMPLE, Eligibility, eligibilityView } from './schemas.ts';

export function eligibilityRoutes(app: RouteScope, { operations }: RouteDeps): void {
  app.get('/projects/:projectId/deployments/:deploymentId/eligibility', {
    config: { grant: 'viewer' },
    schema: {
      operationId: 'getEligibility', tags: ['Deployments'], summary: 'Check whether a deployment can be made live',
      description: 'Asks Lambda about its versions, their state and code, and the aliases. Moves nothing.',
      params: DeploymentParams,
      response: {
        200: answer('What was found.', ref(Eligibility), ELIGIBILITY_EXAMPLE),
        ...problems('project_not_found', 'deployment_not_found'),
      },
    },
  }, async ({ params }) => eligibilityView(await operations.checkEligibility(params.projectId, params.deploymentId)));
}
