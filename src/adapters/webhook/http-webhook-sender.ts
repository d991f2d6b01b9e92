import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import type { SendAnswer, WebhookSender } from '../../ports/webhook-sender.ts';
import { AddressRefused, checkedLookup } from '../probe/checked-lookup.ts';
import { publicAddressCheck } from '../probe/public-address.ts';

export interface HttpWebhookSenderOptions {
  /** Bound for one message, from the look-up to the answer's head, in milliseconds. */
  readonly timeoutMs: number;
  /** Send to addresses that are not of the public Internet, and over plain HTTP, as well. */
  readonly allowPrivate: boolean;
  /** In the place of the system's look-up. */
  readonly lookup?: LookupFunction;
}

const SETTING = 'WEBHOOK_ALLOW_PRIVATE';

/**
 * The `WebhookSender` port on Node's own client: no proxy, no kept connection, no redirect followed. Of the answer
 * only the status counts; its body is not read.
 */
export function httpWebhookSender({ timeoutMs, allowPrivate, ...options }: HttpWebhookSenderOptions): WebhookSender {
  const isPublic = publicAddressCheck();
  const lookup = options.lookup ?? checkedLookup(allowPrivate ? () => true : isPublic, undefined, SETTING);
  const refusal = (url: string): string | undefined => {
    if (allowPrivate) return undefined;
    const { protocol, hostname } = new URL(url);
    if (protocol !== 'https:') return `must begin with https://; ${SETTING} allows others`;
    const address = hostname.replace(/^\[|\]$/g, '');
    // A connection to an IP address asks no look-up.
    return isIP(address) !== 0 && !isPublic(address) ? `must be a public address; ${SETTING} allows others` : undefined;
  };
  return {
    refusal,
    async send(url, headers, body) {
      const refused = refusal(url);
      if (refused !== undefined) return { kind: 'unanswered', detail: `The URL ${refused}.` };
      const signal = AbortSignal.timeout(timeoutMs);
      try {
        return await post(new URL(url), { headers, body, lookup, signal });
      } catch (error) {
        const detail = signal.aborted ? `The receiver did not answer within ${timeoutMs} ms.` : reasonOf(error);
        return { kind: 'unanswered', detail };
      }
    },
  };
}

function post(target: URL, { headers, body, lookup, signal }: {
  readonly headers: Readonly<Record<string, string>>; readonly body: string;
  readonly lookup: LookupFunction; readonly signal: AbortSignal;
}): Promise<SendAnswer> {
  const secure = target.protocol === 'https:';
  const agent = secure ? new HttpsAgent({ keepAlive: false }) : new HttpAgent({ keepAlive: false });
  const request = secure ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    request(target, {
      method: 'POST', agent, lookup, signal,
      headers: {
        ...headers, 'content-type': 'application/json', 'user-agent': 'anchor-webhooks', 'content-length': Buffer.byteLength(body),
      },
    }, (response) => {
      response.destroy();
      resolve({ kind: 'answered', status: response.statusCode ?? 0 });
    }).on('error', reject).end(body);
  });
}

function reasonOf(error: unknown): string {
  if (error instanceof AddressRefused) return error.message;
  const { code, message } = error as NodeJS.ErrnoException;
  return `The receiver could not be reached: ${code ?? message}.`;
}
