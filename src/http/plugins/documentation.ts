import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import { stringify } from 'yaml';
import { finishDocument } from '../finish-document.ts';
import { OPENAPI } from '../openapi-info.ts';

/** Everything comes from this server; no `upgrade-insecure-requests`, which would leave plain http blank. */
const CONTENT_SECURITY_POLICY = {
  'default-src': ["'self'"],
  'base-uri': ["'self'"],
  'frame-ancestors': ["'self'"],
  'img-src': ["'self'", 'data:'],
  'object-src': ["'none'"],
  'script-src': ["'self'"],
  'style-src': ["'self'", "'unsafe-inline'"],
};

/** The bar at the top asks for the address of another document and shows the framework's name: neither is of use here. */
const STYLE = `
.swagger-ui .topbar { display: none; }
.swagger-ui .info { margin: 32px 0 24px; }
.swagger-ui textarea.body-param__text { min-height: 0; height: 140px; }
.swagger-ui .scheme-container { padding: 16px 0; box-shadow: none; border-bottom: 1px solid #d8dde7; }
`;

/** `/docs` for people and `/openapi.json` for programs. Sees only routes that are added after it. */
export async function documentRoutes(app: FastifyInstance, docs: 'open' | 'callers'): Promise<void> {
  const grant = docs === 'open' ? 'open' : 'known';
  await app.register(swagger, {
    openapi: OPENAPI,
    refResolver: { buildLocalReference: (json) => json.$id as string },
    transformObject: (document) => finishDocument((document as { openapiObject: object }).openapiObject),
  });
  const describe = app.swagger;
  app.swagger = ((options) => (options?.yaml ? yamlOf(describe()) : describe())) as typeof describe;
  await app.register(async (pages) => {
    pages.addHook('onRoute', (route) => { route.config = { ...route.config, grant }; });
    await pages.register(swaggerUi, {
      routePrefix: '/docs',
      staticCSP: CONTENT_SECURITY_POLICY,
      theme: { title: 'Anchor API', css: [{ filename: 'anchor.css', content: STYLE }] },
      uiConfig: {
        validatorUrl: null, tryItOutEnabled: true, docExpansion: 'list', persistAuthorization: true, filter: true,
        displayRequestDuration: true, defaultModelsExpandDepth: 0,
      },
    });
  });
  app.get('/openapi.json', { config: { grant }, schema: { hide: true } }, async () => app.swagger());
}

/** Many readers still follow YAML 1.1, in which a bare `off` is a boolean. */
function yamlOf(document: object): string {
  return stringify(document, { compat: 'yaml-1.1' });
}
