import { createHmac, createPublicKey, type JsonWebKey } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from 'jose';
import type { Test } from 'tap';
import type { JwtCallersOptions } from '../../src/adapters/oidc/jwt-callers.ts';

export const ISSUER = 'https://id.example';
export const AUDIENCE = 'anchor';

export type Claims = Readonly<Record<string, unknown>>;

/** Signs tokens, and serves its keys on this machine. */
export class JwtIssuer {
  readonly options: JwtCallersOptions;
  readonly now: number;
  readonly #key: CryptoKey;
  readonly #public: JWK;

  constructor(url: string, key: CryptoKey, publicKey: JWK) {
    this.now = Math.floor(Date.now() / 1000);
    this.#key = key;
    this.#public = publicKey;
    this.options = {
      issuer: ISSUER, audience: AUDIENCE, jwksUrl: url, algorithms: ['ES256'], clockToleranceSeconds: 5,
      grantsClaim: 'grants', callerClaim: 'sub',
    };
  }

  /** A token as it has to be, but for the claims given; undefined leaves one out. */
  sign(claims: Claims = {}, { key = this.#key, header = {} }: { key?: CryptoKey; header?: object } = {}): Promise<string> {
    return new SignJWT(this.claims(claims)).setProtectedHeader({ alg: 'ES256', kid: 'one', ...header }).sign(key);
  }

  claims(more: Claims): Record<string, unknown> {
    return { iss: ISSUER, aud: AUDIENCE, sub: 'ada', iat: this.now, exp: this.now + 600, ...more };
  }

  /** Tokens that nobody may believe, by what is wrong with them. */
  async forgeries(grants: readonly unknown[]): Promise<Readonly<Record<string, string>>> {
    const good = await this.sign({ grants });
    const [head = '', , signature = ''] = good.split('.');
    const stranger = await generateKeyPair('ES256', { extractable: true });
    const own = await exportJWK(stranger.publicKey);
    return {
      'no JWT': 'anc_1_2',
      expired: await this.sign({ grants, exp: this.now - 60 }),
      'not valid yet': await this.sign({ grants, nbf: this.now + 600 }),
      'without an end': await this.sign({ grants, exp: undefined }),
      'of nobody': await this.sign({ grants, sub: undefined }),
      'for another audience': await this.sign({ grants, aud: 'billing' }),
      'for no audience': await this.sign({ grants, aud: undefined }),
      'of another issuer': await this.sign({ grants, iss: 'https://evil.example' }),
      'with other claims than were signed': [head, base64url(this.claims({ grants, sub: 'eve' })), signature].join('.'),
      'without a signature': good.replace(/[^.]+$/, ''),
      'alg none': `${base64url({ alg: 'none' })}.${base64url(this.claims({ grants }))}.`,
      'alg HS256 with the public key for a secret': this.#hmac(grants),
      'of a key the issuer does not have': await this.sign({ grants }, { key: stranger.privateKey }),
      'with a key of its own': await this.sign({ grants }, { key: stranger.privateKey, header: { jwk: own, kid: undefined } }),
      'of an unknown key': await this.sign({ grants }, { header: { kid: 'two' } }),
    };
  }

  /** What a checker falls for that takes whatever algorithm the token names. */
  #hmac(grants: readonly unknown[]): string {
    const key = createPublicKey({ key: this.#public as JsonWebKey, format: 'jwk' });
    const signed = `${base64url({ alg: 'HS256', kid: 'one' })}.${base64url(this.claims({ grants }))}`;
    const secret = key.export({ type: 'spki', format: 'pem' });
    return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
  }
}

function base64url(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

export async function startIssuer(t: Test): Promise<JwtIssuer> {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
  const jwk = await exportJWK(publicKey);
  const server = createServer((_, response) => {
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: [{ ...jwk, kid: 'one', use: 'sig' }] }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => { server.close(); server.closeAllConnections(); });
  return new JwtIssuer(`http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`, privateKey, jwk);
}
