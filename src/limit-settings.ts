import { Type, type Static, type TObject } from 'typebox';
import { addressProblem } from './domain/address-list.ts';
import type { HttpLimits } from './http/limits.ts';
import { flagged, listed, milliseconds, text } from './setting.ts';

const SECTION = 'Limits';

/** To Node no time at all would mean any time. */
const wait = (description: string, value: number) =>
  Type.Integer({ minimum: 100, maximum: 3_600_000, default: value, description });

export const LIMIT_PROPERTIES = {
  DOCS: flagged(Type.Union([Type.Literal('open'), Type.Literal('callers')], {
    default: 'open', description: 'Who may read `/docs` and `/openapi.json`: everybody, or callers who are recognised.',
  }), SECTION),
  RATE_LIMIT_PER_MINUTE: flagged(Type.Optional(Type.Integer({
    minimum: 0, maximum: 1_000_000,
    description: 'Requests that each replica takes from one caller in a minute, and from one address whose callers are '
      + 'not recognised; 0: any number (local 0, aws 600).',
  })), SECTION),
  PRESSURE_EVENT_LOOP_DELAY_MS: flagged(Type.Optional(milliseconds('When requests wait this long for the process, further '
    + 'ones are sent away with 503; 0: never (local 0, aws 1000).')), SECTION),
  BODY_LIMIT_BYTES: flagged(Type.Integer({
    minimum: 1_024, maximum: 16_777_216, default: 1_048_576, description: 'Longest body that is read.',
  }), SECTION),
  HEADERS_TIMEOUT_MS: flagged(wait('Longest wait for the whole head of a request.', 10_000), SECTION),
  REQUEST_TIMEOUT_MS: flagged(wait('Longest wait for the whole of a request.', 30_000), SECTION),
  RESPONSE_TIMEOUT_MS: flagged(wait('Longest wait until a caller has taken its answer.', 30_000), SECTION),
  MAX_CONNECTIONS: flagged(Type.Integer({
    minimum: 16, maximum: 1_000_000, default: 10_000, description: 'Connections that are open at a time; further ones are closed.',
  }), SECTION),
  TRUSTED_PROXIES: flagged(Type.Optional(text(
    'Addresses and networks (`10.0.1.7, 10.0.2.0/24`) of load balancers whose `X-Forwarded-For` is believed: where a '
    + 'request comes from, for limits, log and events (default: none, the other end of the connection).')), SECTION),
  CORS_ORIGINS: flagged(Type.Optional(text(
    'Origins whose pages may call this server, `https://a.example,https://b.example` (default: none).')), SECTION),
};

export type LimitEnvironment = Static<TObject<typeof LIMIT_PROPERTIES>> & { readonly CLOUD: 'local' | 'aws' };

export function limitProblems(env: LimitEnvironment): string[] {
  const origins = listed(env.CORS_ORIGINS ?? '').filter((origin) => !isOrigin(origin))
    .map((origin) => `CORS_ORIGINS names ${origin}, which is not an origin such as https://shop.example.`);
  const proxies = listed(env.TRUSTED_PROXIES ?? '').map(addressProblem).filter((problem) => problem !== undefined)
    .map((problem) => `TRUSTED_PROXIES: ${problem}.`);
  if (env.HEADERS_TIMEOUT_MS <= env.REQUEST_TIMEOUT_MS) return [...origins, ...proxies];
  return [...origins, ...proxies, 'HEADERS_TIMEOUT_MS is longer than REQUEST_TIMEOUT_MS, of which it is a part.'];
}

function isOrigin(text: string): boolean {
  return URL.canParse(text) && new URL(text).origin === text;
}

export function limitSettings(env: LimitEnvironment): HttpLimits {
  const local = env.CLOUD === 'local';
  return {
    docs: env.DOCS,
    requestsPerMinute: env.RATE_LIMIT_PER_MINUTE ?? (local ? 0 : 600),
    eventLoopDelayMs: env.PRESSURE_EVENT_LOOP_DELAY_MS ?? (local ? 0 : 1_000),
    bodyLimitBytes: env.BODY_LIMIT_BYTES,
    headersTimeoutMs: env.HEADERS_TIMEOUT_MS,
    requestTimeoutMs: env.REQUEST_TIMEOUT_MS,
    responseTimeoutMs: env.RESPONSE_TIMEOUT_MS,
    maxConnections: env.MAX_CONNECTIONS,
    corsOrigins: listed(env.CORS_ORIGINS ?? ''),
    trustedProxies: listed(env.TRUSTED_PROXIES ?? ''),
  };
}
