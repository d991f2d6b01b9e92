import { randomInt } from 'node:crypto';

const UPPER = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
const LENGTH = 13;

/** `E` (distributions, ETags) or `I` (invalidations) and 13 upper-case letters or digits. */
export function randomId(prefix: 'E' | 'I'): string {
  return prefix + randomText();
}

/** `d` and 13 lower-case letters or digits under cloudfront.net. */
export function randomDomainName(): string {
  return `d${randomText().toLowerCase()}.cloudfront.net`;
}

function randomText(): string {
  return Array.from({ length: LENGTH }, () => UPPER.charAt(randomInt(UPPER.length))).join('');
}
