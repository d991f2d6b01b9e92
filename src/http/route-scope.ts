import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type {
  FastifyBaseLogger, FastifyInstance, RawReplyDefaultExpression, RawRequestDefaultExpression, RawServerDefault,
} from 'fastify';
import type { ProjectDefaults } from '../domain/project.ts';
import type { Operations } from '../operations/operations.ts';

/** What routes are added to: handlers get their types from the schemas. */
export type RouteScope = FastifyInstance<
  RawServerDefault, RawRequestDefaultExpression, RawReplyDefaultExpression, FastifyBaseLogger, TypeBoxTypeProvider
>;

export interface RouteDeps {
  readonly operations: Operations;
  /** Shown in answers as what applies where a project says nothing. */
  readonly projectDefaults: ProjectDefaults;
}
