import type { IncomingHttpHeaders } from 'node:http';
import type { RouteScope } from '../route-scope.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who is asking; for records of who did what. */
    caller: string;
  }
}

/** Every route of this scope knows its caller, before its body is read. */
export function authenticateRequests(
  scope: RouteScope, authenticate: (headers: IncomingHttpHeaders) => { readonly caller: string },
): void {
  scope.decorateRequest('caller', '');
  scope.addHook('onRequest', async (request) => {
    request.caller = authenticate(request.headers).caller;
  });
}
