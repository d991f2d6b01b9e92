import { nameSchemas } from './name-schemas.ts';
import { BODY_OPTIONAL } from './optional-body.ts';

interface Document {
  readonly components: { readonly schemas: Readonly<Record<string, { readonly examples?: readonly unknown[] }>> };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Route>>>>;
}

interface Route {
  readonly operationId: string;
  readonly requestBody?: Body;
}

interface Body {
  required: boolean;
  readonly content: Readonly<Record<string, { readonly schema: { readonly $ref: string }; example?: unknown }>>;
}

/**
 * Shows each body's example beside the body too, where documentation tools look for it, and copies
 * the parts that routes share, which would come out as YAML anchors.
 */
export function finishDocument<T extends object>(document: T): T {
  const own = nameSchemas(structuredClone(document) as T & Document);
  const routes = Object.values(own.paths).flatMap((path) => Object.values(path));
  for (const media of routes.flatMap((route) => Object.values(route.requestBody?.content ?? {}))) {
    const name = media.schema.$ref.replace('#/components/schemas/', '');
    media.example = own.components.schemas[name]?.examples?.[0];
  }
  for (const { operationId, requestBody } of routes) {
    if (requestBody && BODY_OPTIONAL.includes(operationId)) requestBody.required = false;
  }
  return JSON.parse(JSON.stringify(own)) as T;
}
