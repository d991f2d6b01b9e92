import type { RouteOptions } from 'fastify';
import type { Role } from '../domain/grants.ts';

/**
 * What a route asks of its caller.
 *
 * - `open`: nothing; nobody has to say who they are.
 * - `known`: that it is recognised. What it sees is up to the operation.
 * - a role: this one, or one that includes it, on the project in the path.
 * - `every:` and a role: the same on every project, for what belongs to none.
 */
export type RouteGrant = 'open' | 'known' | Role | `every:${Role}`;

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Has to be given by every route; one without stops the start. */
    grant?: RouteGrant;
  }
}

export function needsProject(grant: RouteGrant): grant is Role {
  return grant !== 'open' && grant !== 'known' && !grant.startsWith('every:');
}

/** The role that is needed on every project. */
export function roleOnEvery(grant: RouteGrant): Role | undefined {
  return grant.startsWith('every:') ? grant.slice('every:'.length) as Role : undefined;
}

/** What is wrong with a route's grant; undefined when it is in order. */
export function grantMistake({ url, config }: Pick<RouteOptions, 'url' | 'config'>): string | undefined {
  const grant = config?.grant;
  if (grant === undefined) return 'declares no grant: who may use it?';
  const inProject = /\/:projectId(\/|$)/.test(url);
  if (needsProject(grant) === inProject) return undefined;
  return inProject ? `declares "${grant}" although it is inside a project` : `declares "${grant}" without :projectId in its path`;
}
