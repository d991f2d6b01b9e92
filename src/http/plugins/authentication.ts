import type { FastifyInstance, FastifyRequest } from 'fastify';
import { EVERY_PROJECT, verdictOn, type Grant } from '../../domain/grants.ts';
import type { Authenticate } from '../../ports/callers.ts';
import { demandGrant } from '../demand-grant.ts';
import { needsProject, roleOnEvery } from '../route-grant.ts';
import { noSuchProject } from '../unknown-id.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who is asking; for records of who did what. Empty on routes that are open to all. */
    caller: string;
    grants: readonly Grant[];
    /** Why the caller is not recognised. */
    refusal: Error | undefined;
  }
}

/**
 * First half: finds out who is asking. A refusal is kept for the second half, so that what stands between them can count
 * those who are not recognised.
 */
export function recogniseCallers(app: FastifyInstance, authenticate: Authenticate): void {
  app.decorateRequest('caller', '');
  app.decorateRequest('grants');
  app.decorateRequest('refusal');
  app.addHook('onRequest', async (request) => {
    request.grants = [];
    if (isOpen(request)) return;
    try {
      Object.assign(request, await authenticate(presentedBy(request)));
    } catch (error) {
      request.refusal = error instanceof Error ? error : new Error(String(error));
    }
  });
}

/**
 * Second half: lets through who may use the route. Works on the head of the request alone and asks no store, so that a
 * project somebody may not see and one that does not exist are refused in the same way and the same time.
 */
export function checkGrants(app: FastifyInstance): void {
  app.addHook('onRequest', async (request) => {
    if (isOpen(request)) return;
    if (request.refusal !== undefined) throw request.refusal;
    authorise(request);
  });
}

/** A path that is no route tells nobody anything. */
export function isOpen({ is404, routeOptions: { config } }: FastifyRequest): boolean {
  return is404 || config.grant === 'open';
}

function presentedBy({ headers, raw, socket }: FastifyRequest): Parameters<Authenticate>[0] {
  return { headers, rawHeaders: raw.rawHeaders, remoteAddress: socket.remoteAddress };
}

function authorise({ grants, routeOptions: { config: { grant } }, params }: FastifyRequest): void {
  // Every route has one, or the server would not have started.
  if (grant === undefined) throw new Error('the route declares no grant');
  if (grant === 'open' || grant === 'known') return;
  const everywhere = roleOnEvery(grant);
  if (everywhere !== undefined) return demandGrant(grants, EVERY_PROJECT, everywhere);
  if (!needsProject(grant)) return;
  const { projectId } = params as { readonly projectId: string };
  if (verdictOn(grants, projectId, grant) === 'hidden') throw noSuchProject(projectId);
  demandGrant(grants, projectId, grant);
}
