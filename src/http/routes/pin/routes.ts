import { BODY_PROBLEMS, answer, noContent, problems } from '../../answers.ts';
import { ref } from '../../component.ts';
import type { RouteDeps, RouteScope } from '../../route-scope.ts';
import { ProjectParams } from '../projects/schemas.ts';
import { PIN_EXAMPLE, Pin, PinInput, pinView } from './schemas.ts';

const tags = ['Live'];
const path = '/projects/:projectId/pin';

export function pinRoutes(app: RouteScope, { operations }: RouteDeps): void {
  app.put(path, {
    config: { grant: 'deployer' },
    schema: {
      operationId: 'setPin', tags, summary: 'Pin a project',
      description: 'Holds promotes back, so that no pipeline replaces what is live. Replaces a pin that stands. A '
        + 'rollback sets one by itself, and is never held back.',
      params: ProjectParams, body: ref(PinInput),
      response: {
        200: answer('The pin.', ref(Pin), PIN_EXAMPLE),
        ...problems(...BODY_PROBLEMS, 'project_not_found', 'operation_in_progress', 'project_busy'),
      },
    },
  }, async ({ params, body, caller }) => pinView(await operations.setPin(params.projectId, { ...body, caller })));

  app.get(path, {
    config: { grant: 'viewer' },
    schema: {
      operationId: 'getPin', tags, summary: 'Read the pin of a project', description: 'One that has expired is no pin.',
      params: ProjectParams,
      response: {
        200: answer('The pin that stands.', ref(Pin), PIN_EXAMPLE),
        ...problems('project_not_found', 'pin_not_found'),
      },
    },
  }, async ({ params }) => pinView(await operations.getPin(params.projectId)));

  app.delete(path, {
    config: { grant: 'deployer' },
    schema: {
      operationId: 'clearPin', tags, summary: 'Lift the pin of a project', description: 'Harmless when there is none.',
      params: ProjectParams,
      response: { 204: noContent('The project is not pinned.'), ...problems('project_not_found', 'operation_in_progress', 'project_busy') },
    },
  }, async ({ params }, reply) => {
    await operations.clearPin(params.projectId);
    return reply.code(204).send(null);
  });
}
