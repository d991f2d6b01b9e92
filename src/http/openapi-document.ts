import type { FastifyInstance } from 'fastify';
import type { Operations } from '../operations/operations.ts';
import { buildApp } from './app.ts';
import { USUAL_LIMITS } from './limits.ts';

/** The OpenAPI document as YAML, from the route schemas. Serves nothing. */
export function openApiYaml(): Promise<string> {
  return described((app) => app.swagger({ yaml: true }));
}

/** The same as an object. */
export function openApiDocument(): Promise<object> {
  return described((app) => app.swagger());
}

async function described<T>(describe: (app: FastifyInstance) => T): Promise<T> {
  const app = await buildApp({
    operations: {} as Operations, // only named by handlers, and no handler runs
    projectDefaults: {
      serverFunctionName: undefined, imageFunctionName: undefined,
      distributionId: undefined, distributionDomain: undefined,
    },
    readiness: async () => ({ ready: true, checks: {} }),
    authenticate: async () => ({ caller: 'nobody', grants: [] }),
    limits: USUAL_LIMITS,
    metricsPage: { contentType: 'text/plain', text: async () => '' },
  });
  const document = describe(app);
  await app.close();
  return document;
}
