import { AnchorError } from './errors.ts';

export function unauthenticated(detail: string): AnchorError {
  return new AnchorError('unauthenticated', detail);
}

/** The token of an `Authorization` header. Throws `unauthenticated`. */
export function bearerTokenIn(authorization: string | undefined): string {
  const [, token] = /^Bearer ([\x21-\x7e]+)$/i.exec(authorization ?? '') ?? [];
  if (!token) throw unauthenticated('Send the header "Authorization: Bearer <token>".');
  return token;
}
