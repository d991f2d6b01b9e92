import { createHash, timingSafeEqual } from 'node:crypto';
import type { Grant } from './grants.ts';

/** A bearer token as it is kept: whoever reads the store cannot make a token of it. */
export interface AccessToken {
  readonly tokenId: string;
  /** Constant; the hash of the index that lists all tokens. */
  readonly collection: 'token';
  /** What it is for, in the words of whoever made it. */
  readonly name: string;
  readonly grants: readonly Grant[];
  /** SHA-256 (hex) of the whole token. Its secret has 256 random bits, so that a slow hash would add nothing. */
  readonly sha256: string;
  readonly createdAt: number;
  /** Who made it. */
  readonly createdBy: string;
  /** Milliseconds since the epoch; absent: never. */
  readonly expiresAt?: number;
  /** Some time after its end the record goes as well. */
  readonly goneAtSeconds?: number;
}

/** For how long an expired token is still listed. */
export const LISTED_AFTER_EXPIRY_MS = 30 * 24 * 3_600_000;

const FORM = /^anc_([A-Za-z0-9]{1,64})_[0-9a-f]{64}$/;

/** `secret` is 64 hex digits. */
export function tokenText(tokenId: string, secret: string): string {
  return `anc_${tokenId.replace(/^tok_/, '')}_${secret}`;
}

/** The id of the token that the text would be, if it is one. */
export function tokenIdIn(text: string): string | undefined {
  const [, id] = FORM.exec(text) ?? [];
  return id === undefined ? undefined : `tok_${id}`;
}

export function sha256Of(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Compares two SHA-256 in hex, taking the same time whatever they have in common. */
export function sameSha256(one: string, other: string): boolean {
  return timingSafeEqual(Buffer.from(one, 'hex'), Buffer.from(other, 'hex'));
}

export function hasEnded({ expiresAt }: Pick<AccessToken, 'expiresAt'>, now: number): boolean {
  return expiresAt !== undefined && expiresAt <= now;
}
