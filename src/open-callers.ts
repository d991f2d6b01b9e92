import { jwtCallers } from './adapters/oidc/jwt-callers.ts';
import type { AuthSettings } from './auth-settings.ts';
import { addressList } from './domain/address-list.ts';
import { believingUserId, byProxyHeader, byToken, type TokenDeps } from './operations/authenticate.ts';
import type { Authenticate } from './ports/callers.ts';

/** How callers are recognised, as the configuration says. */
export function openCallers(auth: AuthSettings, { stores, clock }: Pick<TokenDeps, 'stores' | 'clock'>): Authenticate {
  switch (auth.mode) {
    case 'none': return believingUserId;
    case 'token': return byToken({ stores, clock, adminTokenSha256: auth.adminTokenSha256 });
    case 'oidc': return jwtCallers(auth.jwt, clock);
    case 'header': return byProxyHeader({ proxies: addressList(auth.proxies) });
  }
}
