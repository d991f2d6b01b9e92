import { randomInt } from 'node:crypto';

const UPPER = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
const ANY_CASE = `${UPPER}abcdefghijklmnopqrstuvwxyz`;

/** `E` (distributions, ETags) or `I` (invalidations) and 13 upper-case letters or digits. */
export function randomId(prefix: 'E' | 'I'): string {
  return prefix + randomText(UPPER, 13);
}

/** `dt_` (distribution tenants) or `cg_` (connection groups) and 27 letters of either case or digits. */
export function randomLongId(prefix: 'dt_' | 'cg_'): string {
  return prefix + randomText(ANY_CASE, 27);
}

/** `d` and 13 lower-case letters or digits under cloudfront.net. */
export function randomDomainName(): string {
  return `d${randomText(UPPER, 13).toLowerCase()}.cloudfront.net`;
}

function randomText(alphabet: string, length: number): string {
  return Array.from({ length }, () => alphabet.charAt(randomInt(alphabet.length))).join('');
}
