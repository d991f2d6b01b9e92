import { onBehalfOf } from '../../operations/origin.ts';
import type { RouteScope } from '../route-scope.ts';

/** What a request changes is noted with who sent it, from where. */
export function noteOrigins(scope: RouteScope): void {
  scope.addHook('preHandler', ({ caller, ip, id }, _reply, done) => {
    onBehalfOf({ caller, address: ip, requestId: id }, done);
  });
}
