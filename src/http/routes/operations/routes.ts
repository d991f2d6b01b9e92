import { Type } from 'typebox';
import { PAGE_HEADERS, answer, problems } from '../../answers.ts';
import { PageQuery } from '../../common-schemas.ts';
import { ref } from '../../component.ts';
import { pageBody } from '../../page-reply.ts';
import type { RouteDeps, RouteScope } from '../../route-scope.ts';
import { ProjectParams } from '../projects/schemas.ts';
import { OPERATION_EXAMPLE, Operation, OperationParams, operationView } from './schemas.ts';

const tags = ['Operations'];

export function operationRoutes(app: RouteScope, { operations }: RouteDeps): void {
  app.get('/projects/:projectId/operations', {
    config: { grant: 'viewer' },
    schema: {
      operationId: 'listOperations', tags, summary: 'List the operations of a project',
      description: 'Newest first, the running one included.',
      params: ProjectParams, querystring: PageQuery,
      response: {
        200: answer('One page of operations.', Type.Array(ref(Operation)), [OPERATION_EXAMPLE], PAGE_HEADERS),
        ...problems('invalid_request', 'project_not_found'),
      },
    },
  }, async (request, reply) => {
    const page = await operations.listOperations(request.params.projectId, request.query);
    return pageBody(request.url, reply, page, operationView);
  });

  app.get('/projects/:projectId/operations/:operationId', {
    config: { grant: 'viewer' },
    schema: {
      operationId: 'getOperation', tags, summary: 'Read an operation',
      description: 'How far it has come, and why it ended as it did.',
      params: OperationParams,
      response: {
        200: answer('The operation.', ref(Operation), OPERATION_EXAMPLE),
        ...problems('project_not_found', 'operation_not_found'),
      },
    },
  }, async ({ params }) => operationView(await operations.getOperation(params.projectId, params.operationId)));
}
