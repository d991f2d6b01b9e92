import { createHmac } from 'node:crypto';
import type { Event } from './event.ts';

export const SECRET_PREFIX = 'whsec_';

export interface Message {
  readonly id: string;
  readonly timestampSeconds: number;
  readonly body: string;
}

/**
 * The headers of a message by the Standard Webhooks specification (https://www.standardwebhooks.com, version 1):
 * the HMAC-SHA-256 of id, time and body under every secret that stands.
 */
export function signedHeaders(
  { id, timestampSeconds, body }: Message, secrets: readonly string[],
): Readonly<Record<'webhook-id' | 'webhook-timestamp' | 'webhook-signature', string>> {
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.slice(SECRET_PREFIX.length), 'base64');
    return `v1,${createHmac('sha256', key).update(`${id}.${timestampSeconds}.${body}`).digest('base64')}`;
  });
  return { 'webhook-id': id, 'webhook-timestamp': String(timestampSeconds), 'webhook-signature': signatures.join(' ') };
}

/** What a receiver gets. The address a request came from is nobody's business outside. */
export function messageBody({ type, at, eventId, projectId, actor, data }: Event): string {
  return JSON.stringify({
    type, timestamp: new Date(at).toISOString(),
    data: { eventId, projectId, caller: actor?.caller ?? null, ...data },
  });
}
