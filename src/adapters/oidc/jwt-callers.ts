import { createRemoteJWKSet, errors, jwtVerify } from 'jose';
import type { JWTPayload } from 'jose';
import { AnchorError } from '../../domain/errors.ts';
import { parseGrants } from '../../domain/grants.ts';
import { bearerTokenIn, unauthenticated } from '../../domain/unauthenticated.ts';
import type { Authenticate } from '../../ports/callers.ts';
import type { Clock } from '../../ports/clock.ts';

export interface JwtCallersOptions {
  readonly issuer: string;
  readonly audience: string;
  readonly jwksUrl: string;
  /** The only signature algorithms that are believed, all of them asymmetric. */
  readonly algorithms: readonly string[];
  /** How far the issuer's clock may be off. */
  readonly clockToleranceSeconds: number;
  /** Name of the claim that holds the grants; without it the caller is known and may see nothing. */
  readonly grantsClaim: string;
  /** Name of the claim that says who it is. */
  readonly callerClaim: string;
}

/** How long a caller whose token cannot be checked is asked to wait. */
const RETRY_SECONDS = 5;
const KEYS_TIMEOUT_MS = 5_000;

/** What went wrong with the issuer's keys rather than with the token. */
const NO_KEYS: readonly string[] = [errors.JOSEError.code, errors.JWKSTimeout.code, errors.JWKSInvalid.code];

/** Longer names are none. Printable, as they stand in records and logs. */
const CALLER = /^[^\p{C}]{1,256}$/u;

/** Believes JWTs that the issuer signed for this audience. Its keys are asked for at the first use, and kept for minutes. */
export function jwtCallers(options: JwtCallersOptions, clock: Clock): Authenticate {
  const keys = createRemoteJWKSet(new URL(options.jwksUrl), { timeoutDuration: KEYS_TIMEOUT_MS });
  return async ({ headers }) => {
    const token = bearerTokenIn(headers.authorization);
    const { payload } = await jwtVerify(token, keys, {
      issuer: options.issuer, audience: options.audience, algorithms: [...options.algorithms],
      clockTolerance: options.clockToleranceSeconds, currentDate: new Date(clock.now()),
      // Without it a token that never expires would be taken.
      requiredClaims: ['exp', options.callerClaim],
    }).catch((error: unknown) => { throw refusalOf(error); });
    return callerOf(payload, options);
  };
}

function callerOf(payload: JWTPayload, { callerClaim, grantsClaim }: JwtCallersOptions): Awaited<ReturnType<Authenticate>> {
  const caller = payload[callerClaim];
  if (typeof caller !== 'string' || !CALLER.test(caller)) throw unauthenticated(`The claim ${callerClaim} names nobody.`);
  const parsed = parseGrants(payload[grantsClaim] ?? []);
  if ('problem' in parsed) throw unauthenticated(`The claim ${grantsClaim} ${parsed.problem}.`);
  return { caller, grants: parsed.grants };
}

function refusalOf(error: unknown): AnchorError {
  if (error instanceof errors.JOSEError && !NO_KEYS.includes(error.code)) {
    return unauthenticated(wordsFor(error));
  }
  return new AnchorError('callers_unavailable', 'The keys of the issuer cannot be read, so no token can be checked now.',
    { cause: error, retryAfterSeconds: RETRY_SECONDS });
}

function wordsFor(error: errors.JOSEError): string {
  if (error instanceof errors.JWTExpired) return 'The bearer token has expired.';
  if (error instanceof errors.JWTClaimValidationFailed) {
    return `The bearer token is not for this server: its claim ${error.claim} is missing or another one.`;
  }
  return 'The bearer token is not one that the issuer signed for this server.';
}
