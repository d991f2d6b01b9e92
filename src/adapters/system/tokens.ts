import { randomBytes } from 'node:crypto';
import type { Tokens } from '../../ports/tokens.ts';

/** 160 random bits, as 40 hex digits. */
export function systemTokens(): Tokens {
  return { next: () => randomBytes(20).toString('hex') };
}
