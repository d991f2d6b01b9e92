import { BODY_PROBLEMS, answer, problems } from '../../answers.ts';
import { ref } from '../../component.ts';
import type { RouteDeps, RouteScope } from '../../route-scope.ts';
import { ProjectParams } from '../projects/schemas.ts';
import { ROLLBACK_EXAMPLE, RollbackRequest, RollbackResult } from './schemas.ts';

export function rollbackRoutes(app: RouteScope, { operations }: RouteDeps): void {
  app.post('/projects/:projectId/rollback', {
    schema: {
      operationId: 'rollBack', tags: ['Rollback'], summary: 'Roll back to a deployment',
      description: 'Points the live alias of the server function, and of the image function when the target has an '
        + 'image version, at the target\'s versions: all of them or none. The answer comes when they are moved.',
      params: ProjectParams, body: ref(RollbackRequest),
      response: {
        200: answer('The target is live.', ref(RollbackResult), ROLLBACK_EXAMPLE),
        ...problems(...BODY_PROBLEMS, 'project_not_found', 'deployment_not_found', 'deployment_not_deployable',
          'version_not_found', 'alias_not_found', 'function_not_configured', 'operation_in_progress', 'project_busy',
          'alias_update_failed', 'operation_unfinished'),
      },
    },
  }, async ({ params, body, caller }) => operations.rollBack(params.projectId, { ...body, caller }));
}
