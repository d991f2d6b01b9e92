import { createServer, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import t from 'tap';
import { jwtCallers } from '../../../src/adapters/oidc/jwt-callers.ts';
import { systemClock } from '../../../src/adapters/system/clock.ts';
import { startIssuer } from '../../support/jwt-issuer.ts';

const bearing = (token: string) => ({
  headers: { authorization: `Bearer ${token}` }, rawHeaders: [], remoteAddress: '127.0.0.1',
});

void t.test('a JWT of the issuer is believed', async (t) => {
  const issuer = await startIssuer(t);
  const authenticate = jwtCallers(issuer.options, systemClock());
  const grants = [{ project: 'prj_1', role: 'deployer' }];

  t.same(await authenticate(bearing(await issuer.sign({ grants }))), { caller: 'ada', grants });
  t.same(await authenticate(bearing(await issuer.sign({ grants: ['prj_1:deployer'] }))), { caller: 'ada', grants });
  t.same(await authenticate(bearing(await issuer.sign({ grants: 'prj_1:deployer' }))), { caller: 'ada', grants });
  t.same(await authenticate(bearing(await issuer.sign({ aud: ['billing', 'anchor'] }))), { caller: 'ada', grants: [] });
  t.match(await authenticate(bearing(await issuer.sign({ exp: issuer.now - 2 }))), { caller: 'ada' }, 'clocks differ');

  for (const [name, token] of Object.entries(await issuer.forgeries(grants))) {
    await t.rejects(authenticate(bearing(token)), { code: 'unauthenticated' }, name);
  }
  for (const claims of [
    { grants: [{ project: 'prj_1', role: 'owner' }] }, { grants: [{ project: 'prj_1' }] }, { grants: [['prj_1', 'viewer']] },
    { grants: { project: '*', role: 'admin' } }, { grants: 7 }, { grants: [null] }, { grants: true },
    { sub: '' }, { sub: 7 }, { sub: 'line\nbreak' },
  ]) {
    await t.rejects(authenticate(bearing(await issuer.sign(claims))), { code: 'unauthenticated' }, JSON.stringify(claims));
  }
  await t.rejects(authenticate({ ...bearing(''), headers: {} }), { code: 'unauthenticated' });
});

void t.test('claims have the names that the settings give them', async (t) => {
  const issuer = await startIssuer(t);
  const authenticate = jwtCallers({ ...issuer.options, grantsClaim: 'https://a.example/grants', callerClaim: 'email' }, systemClock());
  const claims = { email: 'ada@example.com', 'https://a.example/grants': ['*:viewer'], grants: ['*:admin'] };
  t.same(await authenticate(bearing(await issuer.sign(claims))),
    { caller: 'ada@example.com', grants: [{ project: '*', role: 'viewer' }] });
});

void t.test('while the issuer\'s keys cannot be read nobody gets in, and it is nobody\'s fault', async (t) => {
  const issuer = await startIssuer(t);
  const token = await issuer.sign();
  let answer: (response: ServerResponse) => void = (response) => { response.writeHead(500).end(); };
  const broken = createServer((_, response) => answer(response));
  broken.listen(0, '127.0.0.1');
  await once(broken, 'listening');
  const jwksUrl = `http://127.0.0.1:${(broken.address() as AddressInfo).port}`;
  const ask = () => jwtCallers({ ...issuer.options, jwksUrl }, systemClock())(bearing(token));
  const unavailable = { code: 'callers_unavailable', retryAfterSeconds: 5 };

  await t.rejects(ask(), unavailable, 'an error');
  answer = (response) => { response.end('not JSON'); };
  await t.rejects(ask(), unavailable, 'no JSON');
  answer = (response) => { response.end('{"keys":7}'); };
  await t.rejects(ask(), unavailable, 'no keys');
  answer = (response) => { response.destroy(); };
  await t.rejects(ask(), unavailable, 'no answer');
  broken.close();
  broken.closeAllConnections();
  await t.rejects(ask(), unavailable, 'nobody there');
});
