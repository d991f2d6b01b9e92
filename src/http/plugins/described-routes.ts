import type { FastifyInstance, RouteOptions } from 'fastify';

/** A route that the document could not describe, or an operationId used twice, is a mistake found at boot. */
export function requireDescriptions(app: FastifyInstance): void {
  const seen = new Map<string, string>();
  app.addHook('onRoute', (route) => {
    if (route.schema?.hide || route.method === 'HEAD') return;
    const where = `${String(route.method)} ${route.url}`;
    const missing = missingParts(route);
    if (missing.length > 0) throw new Error(`${where} has no ${missing.join(', ')} in its schema`);
    const operationId = String(route.schema?.operationId);
    const other = seen.get(operationId);
    if (other) throw new Error(`${where} and ${other} share the operationId ${operationId}`);
    seen.set(operationId, where);
  });
}

function missingParts({ schema }: RouteOptions): string[] {
  return (['operationId', 'summary', 'tags', 'response'] as const).filter((part) => {
    const value = schema?.[part];
    return value === undefined || (Array.isArray(value) && value.length === 0);
  });
}
