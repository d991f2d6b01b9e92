import { createHash, timingSafeEqual } from 'node:crypto';
import { AnchorError } from '../domain/errors.ts';

export interface Caller {
  /** Kept on every operation this caller starts. */
  readonly caller: string;
}

export type Authenticate = (headers: Readonly<Record<string, string | string[] | undefined>>) => Caller;

/** Accepts the one bearer token whose SHA-256 is given. Throws `unauthenticated`. */
export function byAdminToken(tokenSha256: string): Authenticate {
  const expected = Buffer.from(tokenSha256, 'hex');
  return ({ authorization }) => {
    const [, token] = /^Bearer ([\x21-\x7e]+)$/i.exec(String(authorization ?? '')) ?? [];
    if (!token) {
      throw new AnchorError('unauthenticated', 'Send the header "Authorization: Bearer <token>".');
    }
    if (!timingSafeEqual(createHash('sha256').update(token).digest(), expected)) {
      throw new AnchorError('unauthenticated', 'The bearer token is not the one this server knows.');
    }
    return { caller: 'admin' };
  };
}

/** Local mode: believes whoever says who they are. */
export const believingUserId: Authenticate = (headers) => {
  const userId = headers['x-user-id'];
  return { caller: typeof userId === 'string' && /^[\x20-\x7e]{1,128}$/.test(userId) ? userId : 'local' };
};
