import { answer, problems } from '../../answers.ts';
import { ref } from '../../component.ts';
import type { RouteDeps, RouteScope } from '../../route-scope.ts';
import { ProjectParams } from '../projects/schemas.ts';
import { LIVE_EXAMPLE, LiveState, liveView } from './schemas.ts';

export function liveRoutes(app: RouteScope, { operations }: RouteDeps): void {
  app.get('/projects/:projectId/live', {
    config: { grant: 'viewer' },
    schema: {
      operationId: 'getLive', tags: ['Live'], summary: 'Read what is live',
      description: 'The deployment by the records, both aliases as they are on Lambda, whether they agree, the pin and '
        + 'the running operation. An alias that Lambda does not tell in time is shown with its `error`.',
      params: ProjectParams,
      response: {
        200: answer('What is live.', ref(LiveState), LIVE_EXAMPLE),
        ...problems('project_not_found'),
      },
    },
  }, async ({ params }) => liveView(await operations.getLive(params.projectId)));
}
