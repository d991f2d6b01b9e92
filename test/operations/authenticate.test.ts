import type { Test } from 'tap';
import t from 'tap';
import { sha256Of } from '../../src/domain/access-token.ts';
import { addressList } from '../../src/domain/address-list.ts';
import { EVERYTHING } from '../../src/domain/grants.ts';
import { believingUserId, byProxyHeader, byToken } from '../../src/operations/authenticate.ts';
import { createToken, deleteToken, getToken, listTokens } from '../../src/operations/tokens.ts';
import type { Authenticate } from '../../src/ports/callers.ts';
import { memoryStores } from '../support/memory-table.ts';

const MONTH_MS = 30 * 24 * 3_600_000;
const VIEWER = [{ project: 'prj_1', role: 'viewer' }] as const;

/** As Node hands headers over: names that came twice are joined with a comma, and raw they are there twice. */
function presented(headers: Readonly<Record<string, string | readonly string[]>>, remoteAddress = '127.0.0.1') {
  const pairs = Object.entries(headers).map(([name, value]) => [name, [value].flat()] as const);
  return {
    headers: Object.fromEntries(pairs.map(([name, values]) => [name.toLowerCase(), values.join(', ')])),
    rawHeaders: pairs.flatMap(([name, values]) => values.flatMap((value) => [name, value])), remoteAddress,
  };
}

function bearing(authorization: string) {
  return presented({ authorization });
}

class TokenWorld {
  nowMs = 1_790_000_000_000;
  readonly stores = memoryStores(() => this.nowMs);
  readonly #deps = {
    stores: this.stores, clock: { now: () => this.nowMs, sleep: async () => undefined },
    ids: { next: (prefix: string) => `${prefix}_${String(++this.#count).padStart(6, '0')}` },
    secrets: { next: () => String(++this.#count).padStart(64, '5') },
  };
  #count = 0;
  readonly create = createToken(this.#deps);
  readonly list = listTokens(this.#deps);
  readonly get = getToken(this.#deps);
  readonly delete = deleteToken(this.#deps);
  readonly authenticate = (adminTokenSha256?: string): Authenticate => byToken({ ...this.#deps, adminTokenSha256 });
}

async function refused(t: Test, authenticate: Authenticate, asked: Parameters<Authenticate>[0], name: string) {
  await t.rejects(authenticate(asked), { code: 'unauthenticated' }, name);
}

void t.test('a bearer token is known by its hash', async (t) => {
  const world = new TokenWorld();
  const authenticate = world.authenticate();
  const { record, token } = await world.create({ name: 'pipeline', grants: VIEWER, caller: 'admin' });
  t.equal(token, `anc_${'000001'}_${'2'.padStart(64, '5')}`);
  t.notOk(JSON.stringify(await world.stores.tokens.get({ tokenId: record.tokenId })).includes('55555'), 'the secret is not kept');
  t.same(await authenticate(bearing(`Bearer ${token}`)), { caller: 'pipeline (tok_000001)', grants: VIEWER });
  t.same(await authenticate(bearing(`bearer ${token}`)), { caller: 'pipeline (tok_000001)', grants: VIEWER });

  const text = String(token);
  for (const [name, authorization] of Object.entries({
    nothing: '', 'no token': 'Bearer', 'an empty one': 'Bearer ', 'another scheme': `Basic ${text}`, bare: text,
    'two tokens': `Bearer ${text} ${text}`, 'another secret': `Bearer ${text.slice(0, -1)}f`,
    'a part of it': `Bearer ${text.slice(0, -1)}`, 'more than it': `Bearer ${text}0`, 'in capitals': `Bearer ${text.toUpperCase()}`,
    'the id of another': `Bearer ${text.replace('000001', '000002')}`, 'its hash': `Bearer ${record.sha256}`,
    'the hash in place of the secret': `Bearer anc_000001_${record.sha256}`, 'a prototype': 'Bearer anc___proto___',
  })) await refused(t, authenticate, bearing(authorization), name);
  await refused(t, authenticate, presented({}), 'no header');

  await world.delete(record.tokenId);
  await refused(t, authenticate, bearing(`Bearer ${text}`), 'from the next request on');
  await world.delete(record.tokenId);
  await t.rejects(world.get(record.tokenId), { code: 'token_not_found' });
});

void t.test('a token ends when it was said to end, and is forgotten a month later', async (t) => {
  const world = new TokenWorld();
  const input = { name: 'a', grants: VIEWER, caller: 'admin' };
  for (const expiresAt of [0, world.nowMs]) {
    await t.rejects(world.create({ ...input, expiresAt }), { code: 'invalid_request', errors: [{ field: 'body/expiresAt' }] });
  }
  const { record, token } = await world.create({ ...input, expiresAt: world.nowMs + 1_000 });
  const authenticate = world.authenticate();
  world.nowMs += 999;
  t.match(await authenticate(bearing(`Bearer ${token}`)), { caller: `a (${record.tokenId})` });
  world.nowMs += 1;
  await refused(t, authenticate, bearing(`Bearer ${token}`), 'expired');
  t.match(await world.list({ limit: 10 }), { items: [{ tokenId: record.tokenId }] });
  world.nowMs += MONTH_MS;
  t.same(await world.list({ limit: 10 }), { items: [] });
});

void t.test('a token is made once for one request, and its secret told once', async (t) => {
  const world = new TokenWorld();
  const run = { idOf: () => 'tok_same' } as unknown as Parameters<typeof world.create>[1];
  const input = { name: 'a', grants: VIEWER, caller: 'admin' };
  const first = await world.create(input, run);
  const again = await world.create(input, run);
  t.same(again, { record: first.record, token: null });
  const ids = { next: () => 'tok_same' };
  const twice = createToken({ stores: world.stores, clock: { now: () => 1, sleep: async () => undefined }, ids, secrets: { next: () => '0'.repeat(64) } });
  await t.rejects(twice(input), /handed out twice/);
});

void t.test('the token of the configuration may do everything, and needs no store', async (t) => {
  const authenticate = byToken({
    stores: { tokens: undefined as never }, clock: { now: () => 0, sleep: async () => undefined },
    adminTokenSha256: sha256Of('s3cret'),
  });
  t.same(await authenticate(bearing('Bearer s3cret')), { caller: 'admin', grants: EVERYTHING });
  for (const authorization of ['Bearer wrong', 'Basic s3cret', 's3cret', 'Bearer s3cret x']) {
    await refused(t, authenticate, bearing(authorization), authorization);
  }
});

void t.test('a proxy is believed by its address alone', async (t) => {
  const authenticate = byProxyHeader({ proxies: addressList(['10.0.1.7', '10.0.2.0/24', 'fd00::/8']) });
  const headers = { 'X-User-Id': 'ada', 'X-User-Grants': 'prj_1:viewer, *:deployer' };
  const ada = { caller: 'ada', grants: [...VIEWER, { project: '*', role: 'deployer' }] };
  for (const address of ['10.0.1.7', '10.0.2.200', '::ffff:10.0.1.7', 'fd00::1']) {
    t.same(await authenticate(presented(headers, address)), ada, address);
  }
  for (const address of ['10.0.1.8', '10.0.3.1', '127.0.0.1', '::1', '::ffff:10.0.1.8', '']) {
    await refused(t, authenticate, presented(headers, address), `from ${address}`);
  }
  await refused(t, authenticate, { ...presented(headers), remoteAddress: undefined }, 'from a connection that is gone');

  const from = (more: Parameters<typeof presented>[0]) => presented(more, '10.0.1.7');
  t.same(await authenticate(from({ 'x-user-id': 'ada' })), { caller: 'ada', grants: [] }, 'known, and may nothing');
  await refused(t, authenticate, from({ 'x-user-grants': '*:admin' }), 'nobody');
  await refused(t, authenticate, from({ 'x-user-id': 'a\u00e9' }), 'a name that is not printable ASCII');
  for (const grants of ['*', '*:owner', 'prj 1:viewer', 'a:viewer;b:viewer', '__proto__', ':admin', 'prj_1:viewer:admin']) {
    await refused(t, authenticate, from({ 'x-user-id': 'ada', 'x-user-grants': grants }), grants);
  }
  await refused(t, authenticate, from({ 'x-user-id': 'ada', 'x-user-grants': 'a:viewer,'.repeat(101) }), 'more grants than anybody needs');
  await refused(t, authenticate, from({ 'x-user-id': ['eve', 'ada'] }), 'two names');
  await refused(t, authenticate, from({ 'x-user-id': 'ada', 'x-user-grants': ['*:admin', 'prj_1:viewer'] }),
    'what the client granted itself beside what the proxy says');
});

void t.test('local mode believes x-user-id, and calls everybody else "local"', async (t) => {
  t.same(await believingUserId(presented({ 'x-user-id': 'ada' })), { caller: 'ada', grants: EVERYTHING });
  t.match(await believingUserId(presented({})), { caller: 'local' });
  t.match(await believingUserId(presented({ 'x-user-id': 'line\nbreak' })), { caller: 'local' });
});
