import type { FastifyInstance, RouteOptions } from 'fastify';
import { withProblems, type Responses } from '../answers.ts';
import { grantMistake, needsProject, roleOnEvery, type RouteGrant } from '../route-grant.ts';

/** A route that nobody said who may use is a mistake found at boot. Sees only routes that are added after it. */
export function requireGrants(app: FastifyInstance): void {
  const routes: RouteOptions[] = [];
  app.addHook('onRoute', (route) => {
    routes.push(route);
    describeGrant(route);
  });
  app.addHook('onReady', async () => {
    const mistakes = routes.flatMap((route) => {
      const mistake = grantMistake(route);
      return mistake === undefined ? [] : [`${String(route.method)} ${route.url} ${mistake}`];
    });
    if (mistakes.length > 0) throw new Error(mistakes.join('; '));
  });
}

/** Says in the document what the route asks for, and how it refuses. */
function describeGrant(route: RouteOptions): void {
  const { schema, config } = route;
  if (!schema || schema.hide || config?.grant === undefined) return;
  const { grant } = config;
  const refusals = grant === 'open' || grant === 'known' ? [] : ['grant_missing'] as const;
  route.schema = {
    ...schema,
    description: [schema.description, sentenceOn(grant)].filter(Boolean).join(' '),
    ...(grant === 'open' && { security: [] }),
    response: withProblems(schema.response as Responses, ...refusals),
  };
}

function sentenceOn(grant: RouteGrant): string | undefined {
  if (grant === 'open') return undefined;
  if (needsProject(grant)) return `Needs the role \`${grant}\` on the project.`;
  const role = roleOnEvery(grant);
  return role && `Needs the role \`${role}\` on every project (\`*\`).`;
}
