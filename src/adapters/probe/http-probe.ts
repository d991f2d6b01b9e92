import { Agent as HttpAgent, request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import type { ProbeAnswer } from '../../domain/follow-ups.ts';
import { valueAt } from '../../domain/json-path.ts';
import type { Probe, ProbedValue } from '../../ports/probe.ts';
import { AddressRefused, checkedLookup } from './checked-lookup.ts';
import { publicAddressCheck } from './public-address.ts';

export interface HttpProbeOptions {
  /** Bound for one question, from the look-up to the end of the answer, in milliseconds. */
  readonly timeoutMs: number;
  /** Ask addresses that are not of the public Internet as well. */
  readonly allowPrivate: boolean;
  /** Every connection goes here, whatever the URL's host; the Host header stays the URL's. */
  readonly connectTo?: { readonly host: string; readonly port: number } | undefined;
  /** In the place of the system's look-up. */
  readonly lookup?: LookupFunction;
}

const MAX_BODY_BYTES = 64 * 1024;
/** A value of this length is no build's name; it is cut so that an answer never fills the records. */
const MAX_VALUE_LENGTH = 256;

/**
 * The `Probe` port on Node's own client: no proxy, no kept connection, no redirect followed, and no
 * cache on the way if it can be helped. A value counts only in an answer of 200 to 299.
 */
export function httpProbe(options: HttpProbeOptions): Probe {
  const isPublic = publicAddressCheck();
  const lookup = options.lookup ?? checkedLookup(options.allowPrivate ? () => true : isPublic);
  return {
    async ask(url, what) {
      const signal = AbortSignal.timeout(options.timeoutMs);
      try {
        const target = new URL(url);
        const address = target.hostname.replace(/^\[|\]$/g, '');
        // A connection to an IP address asks no look-up, so it is checked here.
        const isChecked = !options.allowPrivate && !options.connectTo;
        if (isChecked && isIP(address) !== 0 && !isPublic(address)) throw new AddressRefused(target.hostname, address);
        return await answerOf(target, what, { ...options, lookup, signal });
      } catch (error) {
        return { kind: 'none', detail: signal.aborted ? `The site did not answer within ${options.timeoutMs} ms.` : reasonOf(error) };
      }
    },
  };
}

type Prepared = HttpProbeOptions & { readonly lookup: LookupFunction; readonly signal: AbortSignal };

async function answerOf(target: URL, what: ProbedValue, options: Prepared): Promise<ProbeAnswer> {
  const response = await send(target, requestOptions(target, options));
  try {
    const refused = refusal(response);
    if (refused !== undefined) return { kind: 'none', detail: refused };
    if (what.header !== undefined) return headerValue(response, what.header);
    return bodyValue(await readBody(response), what.jsonPath ?? '$');
  } finally {
    response.destroy();
  }
}

function requestOptions(target: URL, { connectTo, lookup, signal }: Prepared): RequestOptions & { servername?: string } {
  const headers = { 'host': target.host, 'cache-control': 'no-cache', 'accept-encoding': 'identity', 'user-agent': 'anchor-probe' };
  const path = `${target.pathname}${target.search}`;
  const hostname = target.hostname.replace(/^\[|\]$/g, '');
  // TLS asks for the site's name wherever the connection goes; an IP address is no such name.
  const servername = isIP(hostname) === 0 ? hostname : '';
  return connectTo
    ? { host: connectTo.host, port: connectTo.port, path, headers, servername, signal }
    : { host: hostname, port: target.port, path, headers, servername, signal, lookup };
}

function send(target: URL, options: RequestOptions): Promise<IncomingMessage> {
  const secure = target.protocol === 'https:';
  const agent = secure ? new HttpsAgent({ keepAlive: false }) : new HttpAgent({ keepAlive: false });
  const request = secure ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    request({ ...options, agent, method: 'GET' }, resolve).on('error', reject).end();
  });
}

/** Undefined when the answer may be read. */
function refusal({ statusCode = 0, headers }: IncomingMessage): string | undefined {
  if (statusCode >= 200 && statusCode < 300) return undefined;
  const redirects = statusCode >= 300 && statusCode < 400 && headers.location !== undefined;
  return redirects
    ? `The site redirects (${statusCode}) to ${headers.location?.slice(0, MAX_VALUE_LENGTH)}, which is not followed; `
      + 'give the probe the URL that answers.'
    : `The site answered ${statusCode}.`;
}

function headerValue({ headers }: IncomingMessage, name: string): ProbeAnswer {
  const value = headers[name.toLowerCase()];
  return value === undefined
    ? { kind: 'none', detail: `The answer has no header ${name}.` }
    : found([value].flat().join(', '));
}

function bodyValue(body: string | undefined, jsonPath: string): ProbeAnswer {
  if (body === undefined) return { kind: 'none', detail: `The body is over ${MAX_BODY_BYTES} bytes.` };
  const value = valueAt(parsed(body), jsonPath);
  return value === undefined ? { kind: 'none', detail: `The body has no value at ${jsonPath}.` } : found(value);
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function found(value: string): ProbeAnswer {
  return { kind: 'value', value: value.slice(0, MAX_VALUE_LENGTH) };
}

/** Undefined when it is too long. */
async function readBody(response: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function reasonOf(error: unknown): string {
  if (error instanceof AddressRefused) return error.message;
  const { code, message } = error as NodeJS.ErrnoException;
  return `The site could not be asked: ${code ?? message}.`;
}
