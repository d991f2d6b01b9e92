import { randomBytes } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { loadConfig } from '../../src/config.ts';
import { sha256Of } from '../../src/domain/access-token.ts';
import { createLogger } from '../../src/logger.ts';
import { startServer } from '../../src/server.ts';
import { gatherLog, gatherSecret } from '../support/gathered-logs.ts';
import { QUICK } from '../support/running-anchor.ts';

void t.test('what callers prove themselves with is neither logged, nor answered, nor kept', async (t) => {
  const dataDir = t.testdir();
  const admin = randomBytes(32).toString('hex');
  let log = '';
  const config = loadConfig({ ...QUICK, DATA_DIR: dataDir, ADMIN_TOKEN_SHA256: sha256Of(admin) });
  gatherSecret(admin);
  const server = await startServer(config, createLogger('trace', { destination: { write: (line) => { log += line; } } }));
  let closed = false;
  t.teardown(async () => { if (!closed) await server.close(); });
  let answers = '';
  const ask = async (method: string, path: string, token: string, more: { body?: unknown; headers?: object } = {}) => {
    const response = await fetch(`${server.url}${path}`, {
      method, headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...more.headers },
      ...(more.body !== undefined && { body: typeof more.body === 'string' ? more.body : JSON.stringify(more.body) }),
    });
    const text = await response.text();
    return { status: response.status, text };
  };
  const asked = async (...parameters: Parameters<typeof ask>) => {
    const { status, text } = await ask(...parameters);
    answers += text;
    return status;
  };

  const wanted = { body: { name: 'pipeline', grants: [{ project: '*', role: 'deployer' }] }, headers: { 'idempotency-key': 'k1' } };
  const made = await ask('POST', '/tokens', admin, wanted);
  t.equal(made.status, 201);
  const { token, tokenId } = JSON.parse(made.text) as { token: string; tokenId: string };
  const again = await ask('POST', '/tokens', admin, wanted);
  t.match(JSON.parse(again.text), { tokenId, token: null }, 'the same request again is answered without it');
  t.equal(again.status, 201);

  const forged = token.replace(/.$/, (last) => (last === '0' ? '1' : '0'));
  const jwt = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from('{"sub":"ada","a":1}').toString('base64url')}.`;
  const secrets = [admin, token, forged, jwt];
  t.equal(await asked('GET', '/projects', token), 200);
  t.equal(await asked('GET', `/tokens/${tokenId}`, admin), 200);
  t.equal(await asked('GET', '/tokens', admin), 200);
  t.equal(await asked('GET', '/tokens', token), 403);
  for (const wrong of [forged, jwt, `${admin}0`]) t.equal(await asked('GET', '/projects', wrong), 401);
  // The admin's has no form of its own: in a path it is a word like any other.
  for (const secret of secrets.slice(1)) {
    t.equal(await ask('GET', `/projects/${secret}?token=${secret}`, token).then(({ status }) => status), 404);
    t.equal(await ask('POST', '/projects', token, { body: { [secret]: 1 } }).then(({ status }) => status), 400);
    t.equal(await ask('POST', '/projects', token, { body: `{"${secret}` }).then(({ status }) => status), 400);
  }
  server.composition.stores.projects.get = () => Promise.reject(Object.assign(new Error(`refused: Authorization: Bearer ${admin}, ${token}`), {
    request: { headers: { authorization: `Bearer ${forged}` } }, token,
  }));
  t.equal(await asked('GET', '/projects/test', token), 500, 'an error that quotes its request');
  closed = true;
  await server.close();

  gatherLog(log);
  t.match(log, /internal_error/, 'the error was logged');
  t.match(log, /\[redacted\]/);
  t.ok(log.split('\n').length > 10, 'and so was every request');
  const kept = await Promise.all((await readdir(dataDir)).map((file) => readFile(join(dataDir, file), 'latin1')));
  t.ok(kept.join('').includes(tokenId), 'the store was read');
  for (const [index, secret] of secrets.entries()) {
    t.notOk(log.includes(secret), `secret ${index} is not in the log`);
    t.notOk(answers.includes(secret), `secret ${index} is in no answer`);
    t.notOk(kept.join('').includes(secret.split('_').at(-1) ?? secret), `secret ${index} is not in the store`);
  }
});

void t.test('what looks through the logs of a whole run finds every kind of secret', async (t) => {
  const hex = 'a1'.repeat(32);
  const line = (path: string) => JSON.stringify({ level: 30, msg: 'request answered', path, authorization: '[redacted]' });
  const look = async (text: string, least = 1) => {
    const folder = t.testdir({ secrets: `${hex}\n` });
    await writeFile(join(folder, '1.log'), `${line('/projects/[redacted]')}\n${text}\n`);
    const { status, stdout } = spawnSync(process.execPath, ['scripts/check-logs.mjs', folder, String(least)], { encoding: 'utf8' });
    return { status, stdout };
  };
  t.match(await look(line('/')), { status: 0, stdout: /^ok .* 0 in 2 lines, of 1 known/ });
  t.match(await look(line('/'), 3), { status: 1, stdout: /NOT OK .* at least 3 lines/ });
  const kinds = {
    'token of this server': `anc_${'f'.repeat(32)}_${hex.replace('a', 'b')}`, 'secret of a webhook': `whsec_${'A'.repeat(43)}=`,
    'JWT': `eyJhbGciOiJub25lIn0.${'eyJzdWIiOiJhZGEifQ'}.`, 'Authorization header': '{"authorization":"Basic YTpi"}',
    'bearer token': 'Bearer 0123456789', 'key of AWS': `AKIA${'0'.repeat(16)}`, 'secret that a test knows': hex,
    'security token of AWS': 'x-amz-security-token: FwoGZXIvYXdz',
  };
  const { status, stdout } = await look(Object.values(kinds).map(line).join('\n'));
  t.equal(status, 1);
  for (const [index, [kind, secret]] of Object.entries(kinds).entries()) {
    t.match(stdout, new RegExp(`1\\.log:${index + 2} has .*${kind}`));
    t.notOk(stdout.includes(secret), 'without telling it');
  }
});

void t.test('no example of the document looks like a secret', async (t) => {
  const document = await readFile(new URL('../../openapi.yaml', import.meta.url), 'utf8');
  t.notMatch(document, /anc_\w+_[0-9a-f]{8}|eyJ[\w-]{8}|AKIA|[Bb]earer [0-9a-zA-Z]{16}/);
});
