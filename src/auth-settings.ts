import { Type, type Static, type TObject } from 'typebox';
import type { JwtCallersOptions } from './adapters/oidc/jwt-callers.ts';
import { addressProblem } from './domain/address-list.ts';
import { flagged, listed, text } from './setting.ts';

/** Signatures whose key only the issuer has. With HS256 and its like every server that checks could sign. */
const ALGORITHMS = [
  'RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519',
];
const DEFAULT_ALGORITHMS = 'RS256,PS256,ES256,EdDSA';

const SECTION = 'Callers';

export const AUTH_PROPERTIES = {
  AUTH: flagged(Type.Optional(Type.Union([
    Type.Literal('token'), Type.Literal('oidc'), Type.Literal('header'), Type.Literal('none'),
  ], {
    description: 'How callers are recognised: `token`: bearer tokens of this server; `oidc`: JWTs of an issuer; `header`: '
      + 'by a proxy in front; `none`: everybody is believed and may do everything, with `CLOUD=local` alone '
      + '(default: `token`; with `CLOUD=local` and no `ADMIN_TOKEN_SHA256`, `none`).',
  })), SECTION),
  ADMIN_TOKEN_SHA256: flagged(Type.Optional(Type.String({
    pattern: '^[0-9a-fA-F]{64}$',
    description: 'With `AUTH=token`: SHA-256 (hex) of one more bearer token, which may do everything.',
  })), SECTION),
  OIDC_ISSUER: flagged(Type.Optional(text('With `AUTH=oidc`: the `iss` that tokens must have.')), SECTION),
  OIDC_AUDIENCE: flagged(Type.Optional(text('With `AUTH=oidc`: the `aud` that tokens must have.')), SECTION),
  OIDC_JWKS_URL: flagged(Type.Optional(text(
    'With `AUTH=oidc`: where the issuer\'s keys are; `https` unless on this machine.')), SECTION),
  OIDC_ALGORITHMS: flagged(Type.Optional(text(
    `With \`AUTH=oidc\`: signature algorithms that are believed (\`${DEFAULT_ALGORITHMS}\`), of ${ALGORITHMS.join(', ')}.`)),
  SECTION),
  OIDC_CLOCK_TOLERANCE_SECONDS: flagged(Type.Optional(Type.Integer({
    minimum: 0, maximum: 300, description: 'With `AUTH=oidc`: how far the issuer\'s clock may be off (5).',
  })), SECTION),
  OIDC_GRANTS_CLAIM: flagged(Type.Optional(text(
    'With `AUTH=oidc`: the claim with the grants, a list of `project:role` or `{ project, role }` (`anchor_grants`).')), SECTION),
  OIDC_CALLER_CLAIM: flagged(Type.Optional(text(
    'With `AUTH=oidc`: the claim that says who it is, different for everybody (`sub`).')), SECTION),
  PROXY_ADDRESSES: flagged(Type.Optional(text(
    'With `AUTH=header`: addresses and networks (`10.0.1.7, 10.0.2.0/24`) of the proxies whose `x-user-id` and '
    + '`x-user-grants` are believed.')), SECTION),
};

export type AuthEnvironment = Static<TObject<typeof AUTH_PROPERTIES>> & { readonly CLOUD: 'local' | 'aws' };

export type AuthSettings =
  | { readonly mode: 'none' }
  | { readonly mode: 'token'; readonly adminTokenSha256: string | undefined }
  | { readonly mode: 'oidc'; readonly jwt: JwtCallersOptions }
  | { readonly mode: 'header'; readonly proxies: readonly string[] };

type Mode = AuthSettings['mode'];

/** What each mode alone understands. A setting for another mode is a mistake that could leave the server open. */
const OWN: Readonly<Record<Mode, { readonly needed: readonly Name[]; readonly optional: readonly Name[] }>> = {
  none: { needed: [], optional: [] },
  token: { needed: [], optional: ['ADMIN_TOKEN_SHA256'] },
  oidc: {
    needed: ['OIDC_ISSUER', 'OIDC_AUDIENCE', 'OIDC_JWKS_URL'],
    optional: ['OIDC_ALGORITHMS', 'OIDC_CLOCK_TOLERANCE_SECONDS', 'OIDC_GRANTS_CLAIM', 'OIDC_CALLER_CLAIM'],
  },
  header: { needed: ['PROXY_ADDRESSES'], optional: [] },
};
type Name = Exclude<keyof typeof AUTH_PROPERTIES, 'AUTH'>;

function modeOf({ AUTH, CLOUD, ADMIN_TOKEN_SHA256 }: AuthEnvironment): Mode {
  if (AUTH !== undefined) return AUTH;
  return CLOUD === 'local' && ADMIN_TOKEN_SHA256 === undefined ? 'none' : 'token';
}

/** Everything that is missing, broken or meant for another mode: one sentence each. */
export function authProblems(env: AuthEnvironment): string[] {
  const mode = modeOf(env);
  const { needed, optional } = OWN[mode];
  const names = Object.keys(AUTH_PROPERTIES).filter((name) => name !== 'AUTH') as Name[];
  return [
    ...(mode === 'none' && env.CLOUD === 'aws' ? ['AUTH is none: with CLOUD=aws callers must be recognised.'] : []),
    ...needed.filter((name) => env[name] === undefined).map((name) => `${name} is missing: AUTH=${mode} needs it.`),
    ...names.filter((name) => env[name] !== undefined && ![...needed, ...optional].includes(name))
      .map((name) => `${name} is set, but AUTH is ${mode}, which does not use it: set AUTH, or take the setting away.`),
    ...(env.OIDC_JWKS_URL === undefined ? [] : urlProblems(env.OIDC_JWKS_URL)),
    ...listed(env.OIDC_ALGORITHMS ?? DEFAULT_ALGORITHMS).filter((name) => !ALGORITHMS.includes(name))
      .map((name) => `OIDC_ALGORITHMS names ${name}; possible are ${ALGORITHMS.join(', ')}.`),
    ...(listed(env.OIDC_ALGORITHMS ?? DEFAULT_ALGORITHMS).length === 0 ? ['OIDC_ALGORITHMS names none.'] : []),
    ...proxyProblems(env.PROXY_ADDRESSES),
  ];
}

function proxyProblems(addresses: string | undefined): string[] {
  if (addresses === undefined) return [];
  const entries = listed(addresses);
  if (entries.length === 0) return ['PROXY_ADDRESSES names no address.'];
  return entries.map(addressProblem).filter((problem) => problem !== undefined)
    .map((problem) => `PROXY_ADDRESSES: ${problem}.`);
}

/** Whoever can change the answer on its way can sign tokens, hence https. */
function urlProblems(value: string): string[] {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  const isHere = url && ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && isHere)) return [];
  return [`OIDC_JWKS_URL must be an https URL (is ${JSON.stringify(value)}).`];
}

/** Of an environment without problems. */
export function authSettings(env: AuthEnvironment): AuthSettings {
  const mode = modeOf(env);
  switch (mode) {
    case 'none': return { mode };
    case 'token': return { mode, adminTokenSha256: env.ADMIN_TOKEN_SHA256?.toLowerCase() };
    case 'header': return { mode, proxies: listed(env.PROXY_ADDRESSES ?? '') };
    case 'oidc': return {
      mode,
      jwt: {
        issuer: env.OIDC_ISSUER ?? '', audience: env.OIDC_AUDIENCE ?? '', jwksUrl: env.OIDC_JWKS_URL ?? '',
        algorithms: listed(env.OIDC_ALGORITHMS ?? DEFAULT_ALGORITHMS),
        clockToleranceSeconds: env.OIDC_CLOCK_TOLERANCE_SECONDS ?? 5,
        grantsClaim: env.OIDC_GRANTS_CLAIM ?? 'anchor_grants',
        callerClaim: env.OIDC_CALLER_CLAIM ?? 'sub',
      },
    };
  }
}
