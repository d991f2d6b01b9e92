import { hasEnded, sameSha256, sha256Of, tokenIdIn } from '../domain/access-token.ts';
import type { AddressList } from '../domain/address-list.ts';
import { EVERYTHING, parseGrants } from '../domain/grants.ts';
import { bearerTokenIn, unauthenticated } from '../domain/unauthenticated.ts';
import type { Authenticate } from '../ports/callers.ts';
import type { Clock } from '../ports/clock.ts';
import type { Stores } from '../ports/stores.ts';

/** Printable ASCII without blanks at its ends. */
const USER_ID = /^[\x21-\x7e](?:[\x20-\x7e]{0,126}[\x21-\x7e])?$/;

/** For a token whose id is not known, so that the comparison is made all the same. */
const NOBODY = '0'.repeat(64);

export interface TokenDeps {
  readonly stores: Pick<Stores, 'tokens'>;
  readonly clock: Clock;
  /** SHA-256 (hex) of one more token, which may do everything. */
  readonly adminTokenSha256: string | undefined;
}

/**
 * Believes the tokens of the store, read anew for every request, so that one that was deleted is of no use at once.
 * Why a token is refused is not told.
 */
export function byToken({ stores, clock, adminTokenSha256 = NOBODY }: TokenDeps): Authenticate {
  return async ({ headers }) => {
    const token = bearerTokenIn(headers.authorization);
    const sha256 = sha256Of(token);
    if (sameSha256(sha256, adminTokenSha256)) return { caller: 'admin', grants: EVERYTHING };
    const tokenId = tokenIdIn(token);
    const known = tokenId === undefined ? undefined : await stores.tokens.get({ tokenId });
    const isRight = sameSha256(sha256, known?.sha256 ?? NOBODY);
    if (!known || !isRight || hasEnded(known, clock.now())) {
      throw unauthenticated('The bearer token is not one this server knows; it may have expired or been deleted.');
    }
    return { caller: `${known.name} (${known.tokenId})`, grants: known.grants };
  };
}

/** Believes `x-user-id` and `x-user-grants` of requests that come from a listed address, and nobody else. */
export function byProxyHeader({ proxies }: { readonly proxies: AddressList }): Authenticate {
  return async ({ headers, rawHeaders, remoteAddress }) => {
    if (!proxies.has(remoteAddress ?? '')) {
      throw unauthenticated('Requests are taken from the listed proxies alone; this one came from elsewhere.');
    }
    for (const name of ['x-user-id', 'x-user-grants']) {
      // A proxy that adds its header beside the one its client sent would otherwise let the client grant itself.
      if (rawHeaders.filter((each, index) => index % 2 === 0 && each.toLowerCase() === name).length > 1) {
        throw unauthenticated(`The header ${name} came more than once; the proxy has to replace what its clients send.`);
      }
    }
    const { 'x-user-id': userId, 'x-user-grants': listed = '' } = headers;
    if (!isUserId(userId)) throw unauthenticated('The proxy names nobody: x-user-id is missing or not printable ASCII.');
    const parsed = parseGrants(listed);
    if ('problem' in parsed) throw unauthenticated(`The header x-user-grants ${parsed.problem}.`);
    return { caller: userId, grants: parsed.grants };
  };
}

/** Believes whoever says who they are, and lets everybody do everything. */
export const believingUserId: Authenticate = async ({ headers: { 'x-user-id': userId } }) =>
  ({ caller: isUserId(userId) ? userId : 'local', grants: EVERYTHING });

function isUserId(value: unknown): value is string {
  return typeof value === 'string' && USER_ID.test(value);
}
