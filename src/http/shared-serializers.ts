import { SerializerSelector, type RouteDefinition } from '@fastify/fast-json-stringify-compiler';
import type { FastifyServerOptions } from 'fastify';

type CompilersFactory = NonNullable<NonNullable<FastifyServerOptions['schemaController']>['compilersFactory']>;
type BuildSerializer = NonNullable<CompilersFactory['buildSerializer']>;

/**
 * Fastify's own compiler, asked once for each schema rather than for each answer of each route. It looks through every
 * component each time, and most answers are the same few problems: that was most of the time it took to build the app.
 */
export function sharedSerializers(): BuildSerializer {
  const build = SerializerSelector();
  return (externalSchemas, options) => {
    const compile = build(externalSchemas, options);
    const known = new Map<string, ReturnType<typeof compile>>();
    return (definition: RouteDefinition) => {
      const key = JSON.stringify(definition.schema);
      const serializer = known.get(key) ?? compile(definition);
      known.set(key, serializer);
      return serializer;
    };
  };
}
