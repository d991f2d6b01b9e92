import { lookup as systemLookup } from 'node:dns';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type LookupFunction } from 'node:net';
import t, { type Test } from 'tap';
import { checkedLookup } from '../../../src/adapters/probe/checked-lookup.ts';
import { httpProbe, type HttpProbeOptions } from '../../../src/adapters/probe/http-probe.ts';
import { publicAddressCheck } from '../../../src/adapters/probe/public-address.ts';

const PRIVATE = { timeoutMs: 5_000, allowPrivate: true };

async function site(t: Test, listener: RequestListener): Promise<{ url: string; port: number }> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/build?x=1`, port };
}

const ask = (options: Partial<HttpProbeOptions>, url: string, what: { header?: string; jsonPath?: string }) => (
  httpProbe({ ...PRIVATE, ...options }).ask(url, what)
);

void t.test('asks the site and takes the value', async (t) => {
  const seen: unknown[] = [];
  const { url } = await site(t, ({ method, url: path, headers }, response) => {
    seen.push([method, path, headers['cache-control'], headers['accept-encoding'], headers.connection]);
    response.writeHead(200, { 'X-Build': 'dep-7', 'Set-Cookie': ['a=1', 'b=2'] });
    response.end('{"build":{"id":"dep-7","parts":[{"n":1},{"n":2}],"ok":true,"none":null}}');
  });
  t.same(await ask({}, url, { header: 'X-Build' }), { kind: 'value', value: 'dep-7' });
  t.same(await ask({}, url, { header: 'set-cookie' }), { kind: 'value', value: 'a=1, b=2' });
  t.same(seen[0], ['GET', '/build?x=1', 'no-cache', 'identity', 'close']);
  for (const [path, value] of [
    ['$.build.id', 'dep-7'], ['$.build.parts[1].n', '2'], ['$.build.ok', 'true'],
  ] as const) t.same(await ask({}, url, { jsonPath: path }), { kind: 'value', value }, path);
  for (const path of ['$.build.none', '$.build', '$.build.parts.length', '$.build[0]', '$.toString', '$.build.parts[9]']) {
    t.match(await ask({}, url, { jsonPath: path }), { kind: 'none', detail: /has no value at/ }, path);
  }
  t.match(await ask({}, url, {}), { kind: 'none' }, 'nothing is looked for, nothing is found');
  t.match(await ask({}, url, { header: 'x-other' }), { kind: 'none', detail: 'The answer has no header x-other.' });
});

void t.test('says why it has no value', async (t) => {
  t.test('a redirect is not followed', async (t) => {
    let asked = 0;
    const { url } = await site(t, (_request, response) => {
      asked++;
      response.writeHead(302, { 'location': 'http://169.254.169.254/latest/meta-data', 'x-build': 'dep-7' }).end();
    });
    t.match(await ask({}, url, { header: 'x-build' }), { kind: 'none', detail: /redirects \(302\) to http:\/\/169.*not followed/ });
    t.equal(asked, 1);
  });
  t.test('an error page proves nothing, whatever its headers say', async (t) => {
    for (const status of [304, 404, 500]) {
      const { url } = await site(t, (_request, response) => response.writeHead(status, { 'x-build': 'dep-7' }).end());
      t.match(await ask({}, url, { header: 'x-build' }), { kind: 'none', detail: `The site answered ${status}.` });
    }
  });
  t.test('a body that is no JSON, or too long', async (t) => {
    const { url } = await site(t, (_request, response) => response.end('<html>'));
    t.match(await ask({}, url, { jsonPath: '$.id' }), { kind: 'none', detail: 'The body has no value at $.id.' });
    const long = await site(t, (_request, response) => response.end(`{"id":"${'x'.repeat(70_000)}"}`));
    t.match(await ask({}, long.url, { jsonPath: '$.id' }), { kind: 'none', detail: 'The body is over 65536 bytes.' });
  });
  t.test('a value of any length is kept short', async (t) => {
    const { url } = await site(t, (_request, response) => response.end(`{"id":"${'x'.repeat(5_000)}"}`));
    t.match(await ask({}, url, { jsonPath: '$.id' }), { kind: 'value', value: 'x'.repeat(256) });
  });
  t.test('a site that does not answer, or not to its end', async (t) => {
    const silent = await site(t, () => undefined);
    t.match(await ask({ timeoutMs: 50 }, silent.url, { header: 'x' }), { kind: 'none', detail: /did not answer within 50 ms/ });
    const slow = await site(t, (_request, response) => void response.write('{'));
    t.match(await ask({ timeoutMs: 50 }, slow.url, { jsonPath: '$.id' }), { kind: 'none', detail: /did not answer within/ });
    const broken = await site(t, (_request, response) => { response.write('{', () => response.destroy()); });
    t.match(await ask({}, broken.url, { jsonPath: '$.id' }), { kind: 'none', detail: /could not be asked: ECONNRESET/ });
  });
  t.test('a URL or a name that leads nowhere', async (t) => {
    t.match(await ask({}, 'nowhere', { header: 'x' }), { kind: 'none', detail: /ERR_INVALID_URL/ });
    const lookup: LookupFunction = (_name, _options, callback) => callback(new Error('no such name'), []);
    t.match(await ask({ lookup }, 'http://shop.example.com/', { header: 'x' }), { kind: 'none', detail: /asked: no such name\./ });
  });
  t.test('nobody there', async (t) => {
    const server = createTcpServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    t.match(await ask({}, `http://127.0.0.1:${port}/`, { header: 'x' }), { kind: 'none', detail: /ECONNREFUSED/ });
  });
});

void t.test('connects where it is told, and asks for the host of the URL', async (t) => {
  const { port } = await site(t, ({ headers }, response) => response.writeHead(200, { 'x-host': headers.host }).end());
  const connectTo = { host: '127.0.0.1', port };
  // The address of the URL is not connected to, so it is not checked either.
  const options = { allowPrivate: false, connectTo };
  t.match(await ask(options, 'http://d111.cloudfront.net/', { header: 'x-host' }), { value: 'd111.cloudfront.net' });
  t.match(await ask(options, 'http://shop.example.com:8080/', { header: 'x-host' }), { value: 'shop.example.com:8080' });
  t.match(await ask(options, 'https://shop.example.com/', { header: 'x-host' }), { kind: 'none', detail: /could not be asked/ },
    'over TLS, which nobody speaks there');
});

const REFUSED = [
  '0.0.0.0', '10.1.2.3', '100.64.0.1', '127.0.0.1', '127.255.255.254', '169.254.169.254', '169.254.170.2', '172.16.0.1',
  '172.31.255.255', '192.0.0.8', '192.0.2.1', '192.88.99.1', '192.168.1.1', '198.18.0.1', '198.51.100.1', '203.0.113.1',
  '224.0.0.1', '239.255.255.255', '240.0.0.1', '255.255.255.255',
  '::', '::1', 'fe80::1', 'fe80::1%eth0', 'fc00::1', 'fd00:ec2::254', 'fec0::1', 'ff02::1', '::ffff:127.0.0.1', '::ffff:8.8.8.8',
  '::ffff:a9fe:a9fe', '::7f00:1', '64:ff9b::a9fe:a9fe', '64:ff9b:1::1', '100::1', '2001::1', '2001:db8::1', '2002:7f00:1::',
  '3fff::1', '5f00::1', 'localhost', '',
];
const ALLOWED = [
  '1.1.1.1', '8.8.8.8', '9.255.255.255', '11.0.0.1', '100.128.0.1', '172.15.0.1', '172.32.0.1', '192.0.1.1', '198.20.0.1',
  '223.255.255.255', '2606:4700::1111', '2a00:1450::1', '2600:9000::1', '2001:4860:4860::8888',
];

void t.test('only addresses of the public Internet are asked', async (t) => {
  const isPublic = publicAddressCheck();
  for (const address of REFUSED) t.notOk(isPublic(address), address);
  for (const address of ALLOWED) t.ok(isPublic(address), address);

  const strict = { allowPrivate: false };
  for (const host of [
    '127.0.0.1', '2130706433', '0x7f.1', '0177.0.0.1', '127.1', '[::1]', '[::ffff:127.0.0.1]', '169.254.169.254',
    '[fd00:ec2::254]', '0', 'localhost', 'localhost.',
  ]) {
    let asked = 0;
    const { port } = await site(t, (_request, response) => {
      asked++;
      response.writeHead(200, { 'x-build': 'secret' }).end();
    });
    const answer = await ask(strict, `http://${host}:${port}/`, { header: 'x-build' });
    t.match(answer, { kind: 'none', detail: host === 'localhost.' ? String : /no public address; PROBE_ALLOW_PRIVATE/ }, host);
    t.equal(asked, 0, `${host}: nothing was sent`);
  }
});

void t.test('of a name, every address is checked, and the connection goes to what was checked', async (t) => {
  const isPublic = publicAddressCheck();
  const answering = (...addresses: string[]) => checkedLookup(isPublic, (_name, answer) => answer(
    null, addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))));
  const result = (lookup: LookupFunction, all: boolean) => new Promise((resolve) => {
    lookup('shop.example.com', { all }, (error, address, family) => resolve(error?.message ?? [address, family]));
  });
  t.same(await result(answering('8.8.8.8', '2606:4700::1111'), false), ['8.8.8.8', 4]);
  t.same(await result(answering('8.8.8.8'), true), [[{ address: '8.8.8.8', family: 4 }], undefined]);
  t.match(await result(answering('8.8.8.8', '10.0.0.1'), true), /shop\.example\.com leads to 10\.0\.0\.1/, 'one bad one is enough');
  t.match(await result(answering('::1'), false), /leads to ::1/);
  t.match(await result(answering(), true), /leads to no address/);
  const failing = checkedLookup(isPublic, (_name, answer) => answer(new Error('ENOTFOUND'), []));
  t.equal(await result(failing, true), 'ENOTFOUND');

  // A name that leads elsewhere at the second look-up gains nothing: there is none.
  const { port } = await site(t, (_request, response) => response.writeHead(200, { 'x-build': 'dep-7' }).end());
  let lookups = 0;
  const lookup = checkedLookup(() => true, (_name, answer) => {
    lookups++;
    systemLookup('127.0.0.1', { all: true }, answer);
  });
  t.match(await ask({ lookup }, `http://rebinding.example.com:${port}/`, { header: 'x-build' }), { value: 'dep-7' });
  t.equal(lookups, 1);
});
