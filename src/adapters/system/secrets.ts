import { randomBytes } from 'node:crypto';
import type { Secrets } from '../../ports/secrets.ts';

/** From the operating system's generator. */
export function systemSecrets(): Secrets {
  return { next: () => randomBytes(32).toString('hex') };
}
