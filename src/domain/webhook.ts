import type { EventType, Outbox } from './event.ts';

/** Where a project's events are sent. */
export interface Webhook extends Outbox {
  readonly projectId: string;
  readonly webhookId: string;
  readonly url: string;
  /** Left out: every type. */
  readonly types?: readonly EventType[];
  /** The newest first; each that has not expired signs. Never shown again and never logged. */
  readonly secrets: readonly WebhookSecret[];
  /** The id of the last event that deliveries have been made of. */
  readonly through: string;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly revision: number;
}

export interface WebhookSecret {
  /** `whsec_` and the key in base 64. */
  readonly secret: string;
  readonly expiresAt?: number;
}

/** One event on its way to one webhook. */
export interface Delivery {
  readonly webhookId: string;
  /** That of the event. */
  readonly deliveryId: string;
  readonly projectId: string;
  readonly type: EventType;
  /** What is sent, to the byte, also when it is sent again. */
  readonly body: string;
  readonly state: 'pending' | 'delivered' | 'failed';
  /** Since it was made, or was asked for again. */
  readonly attempts: number;
  /** When it is given up. */
  readonly deadline: number;
  readonly createdAt: number;
  readonly lastAttempt?: DeliveryAttempt;
  readonly deliveredAt?: number;
  readonly revision: number;
  readonly dueShard?: number;
  readonly dueAt?: number;
  readonly expiresAtSeconds: number;
}

export interface DeliveryAttempt {
  readonly at: number;
  /** The HTTP status that was answered. */
  readonly status?: number;
  /** Why there was no answer. */
  readonly detail?: string;
}

export const MOST_WEBHOOKS = 10;

/** For so long the secret before the newest signs as well, so that receivers can be changed one after the other. */
export const SECRET_OVERLAP_MS = 24 * 3_600_000;
/** After this a delivery that never succeeded has failed. */
export const DELIVERY_TIME_MS = 72 * 3_600_000;
export const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 3_600_000;

/** Doubles from a second to an hour, and varies by a fifth, so that deliveries that failed together come apart. */
export function retryDelayMs(attempts: number, random: number): number {
  return Math.round(Math.min(FIRST_RETRY_MS * 2 ** Math.min(attempts, 20), LONGEST_RETRY_MS) * (1 + random * 0.2));
}

export function standingSecrets({ secrets }: Pick<Webhook, 'secrets'>, now: number): WebhookSecret[] {
  return secrets.filter(({ expiresAt }) => expiresAt === undefined || expiresAt > now);
}

/** The new secret first; of those before it the newest goes on for a while, and older ones end now. */
export function rotated({ secrets }: Pick<Webhook, 'secrets'>, secret: string, now: number): WebhookSecret[] {
  const [newest] = secrets;
  return [{ secret }, ...(newest ? [{ ...newest, expiresAt: now + SECRET_OVERLAP_MS }] : [])];
}

export function wants({ types }: Pick<Webhook, 'types'>, type: EventType): boolean {
  return types === undefined || types.includes(type);
}

/** Why a URL cannot be a webhook's, as the end of a sentence; undefined when it can. */
export function wrongWebhookUrl(text: string): string | undefined {
  if (!URL.canParse(text)) return 'must be a whole URL, such as https://example.com/anchor';
  const { protocol, username, password, hash } = new URL(text);
  if (protocol !== 'https:' && protocol !== 'http:') return 'must begin with https://';
  if (username !== '' || password !== '') return 'must not carry a user name or password';
  return hash === '' ? undefined : 'must not have a fragment';
}

/** The same for every attempt, so that a receiver can tell that it has it already. */
export function messageId({ projectId, deliveryId }: Pick<Delivery, 'projectId' | 'deliveryId'>): string {
  return `${projectId}_${deliveryId}`;
}
