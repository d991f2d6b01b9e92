import { LISTED_AFTER_EXPIRY_MS, sha256Of, tokenText, type AccessToken } from '../domain/access-token.ts';
import { AnchorError } from '../domain/errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { Ids } from '../ports/ids.ts';
import type { Secrets } from '../ports/secrets.ts';
import type { Stores } from '../ports/stores.ts';
import type { Operations, TokenInput } from './operations.ts';
import { readPage } from './read-page.ts';

export interface TokenStoreDeps {
  readonly stores: Pick<Stores, 'tokens'>;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly secrets: Secrets;
}

/**
 * Makes a token and answers it this once; afterwards nobody can find it out. A repeated request finds the record of
 * the first without it. Throws `invalid_request` for an expiry that is not in the future.
 */
export function createToken({ stores, clock, ids, secrets }: TokenStoreDeps): Operations['createToken'] {
  return async (input, run) => {
    const now = clock.now();
    checkExpiry(input, now);
    const tokenId = run?.idOf('tok') ?? ids.next('tok');
    const token = tokenText(tokenId, secrets.next());
    const record = recordOf(tokenId, token, input, now);
    const made = await stores.tokens.create(record);
    if (made.created) return { record, token };
    if (run) return { record: made.existing, token: null };
    throw new Error(`the id ${tokenId} was handed out twice`);
  };
}

function recordOf(tokenId: string, token: string, { name, grants, expiresAt, caller }: TokenInput, now: number): AccessToken {
  return {
    tokenId, collection: 'token', name, grants, sha256: sha256Of(token), createdAt: now, createdBy: caller,
    ...(expiresAt !== undefined && {
      expiresAt, goneAtSeconds: Math.ceil((expiresAt + LISTED_AFTER_EXPIRY_MS) / 1000),
    }),
  };
}

function checkExpiry({ expiresAt }: TokenInput, now: number): void {
  if (expiresAt === undefined || expiresAt > now) return;
  const message = `must lie in the future (now is ${now})`;
  throw new AnchorError('invalid_request', `expiresAt ${message}.`, { errors: [{ field: 'body/expiresAt', message }] });
}

export function listTokens({ stores }: Pick<TokenStoreDeps, 'stores'>): Operations['listTokens'] {
  return (page) => readPage(stores.tokens, { query: { index: 'byCreation', hash: 'token' }, key: 'tokenId' }, page);
}

/** Throws `token_not_found`. */
export function getToken({ stores }: Pick<TokenStoreDeps, 'stores'>): Operations['getToken'] {
  return async (tokenId) => {
    const token = await stores.tokens.get({ tokenId });
    if (!token) throw new AnchorError('token_not_found', `There is no token ${tokenId}.`);
    return token;
  };
}

/** From the next request on the token is of no use. Harmless when there is none. */
export function deleteToken({ stores }: Pick<TokenStoreDeps, 'stores'>): Operations['deleteToken'] {
  return async (tokenId) => {
    await stores.tokens.remove({ tokenId });
  };
}
