import { randomBytes } from 'node:crypto';
import { SECRET_PREFIX } from '../../domain/sign-webhook.ts';

/** The specification takes keys of 24 to 64 bytes. */
const KEY_BYTES = 32;

export function newWebhookSecret(): string {
  return `${SECRET_PREFIX}${randomBytes(KEY_BYTES).toString('base64')}`;
}
