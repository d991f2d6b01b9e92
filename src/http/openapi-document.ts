import type { Operations } from '../operations/operations.ts';
import { buildApp } from './app.ts';

/** The OpenAPI document as YAML, from the route schemas. Serves nothing. */
export async function openApiYaml(): Promise<string> {
  const app = await buildApp({
    operations: {} as Operations, // only named by handlers, and no handler runs
    projectDefaults: {
      serverFunctionName: undefined, imageFunctionName: undefined,
      distributionId: undefined, distributionDomain: undefined,
    },
    readiness: async () => ({ ready: true, checks: {} }),
    authenticate: () => ({ caller: 'nobody' }),
  });
  const yaml = app.swagger({ yaml: true });
  await app.close();
  return yaml;
}
