import { createSocket } from 'node:dgram';
import { Resolver } from 'node:dns/promises';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { type Answer, decode, type DecodedPacket, encode, type Packet, type Question } from 'dns-packet';
import t, { type Test } from 'tap';
import { memoryPersistence, type Persistence } from '../../../src/local-cloud/collection.ts';
import { answerDns } from '../../../src/local-cloud/dns/dns-answer.ts';
import { dnsRecordsHandler } from '../../../src/local-cloud/dns/dns-protocol.ts';
import { type DnsServer, startDnsServer } from '../../../src/local-cloud/dns/dns-server.ts';
import { Zone } from '../../../src/local-cloud/dns/zone.ts';
import type { WireRequest } from '../../../src/local-cloud/wire.ts';

const HOST = '127.0.0.1';

/** A client that takes large answers over UDP. */
const OFFER: Answer = {
  type: 'OPT', name: '.', udpPayloadSize: 4_096, extendedRcode: 0, ednsVersion: 0, flags: 0, flag_do: false,
  options: [],
};

function zoneWith(...records: [name: string, type: string, ...values: string[]][]): Zone {
  const zone = new Zone({ persistence: memoryPersistence() });
  for (const [name, type, ...values] of records) zone.set({ name, type, values });
  return zone;
}

async function served(t: Test, zone: Zone): Promise<{ server: DnsServer; resolver: Resolver }> {
  const server = await startDnsServer(zone, { host: HOST, port: 0 });
  t.teardown(() => server.close());
  const resolver = new Resolver({ timeout: 2_000, tries: 1 });
  resolver.setServers([`${HOST}:${server.port}`]);
  return { server, resolver };
}

function lasting(): Persistence {
  const kept = new Map<string, unknown>();
  return {
    load: () => structuredClone([...kept]), save: (_collection, key, value) => kept.set(key, value),
    remove: (_collection, key) => kept.delete(key),
  };
}

void t.test('a zone looked up in memory', async (t) => {
  await t.test('keeps names in lower case without the trailing dot, and values each in their own form', async (t) => {
    const zone = zoneWith(
      ['WWW.Shop.Example.', 'a', '192.0.2.1', '192.0.2.1'], ['v6.example', 'AAAA', '2001:DB8::1'],
      ['alias.example', 'CNAME', 'WWW.Shop.Example.'], ['caa.example', 'CAA', '0 ISSUE amazon.com', '0 issue ";"'],
      ['txt.example', 'TXT', 'As It Is.'], ['ns.example', 'NS', 'NS1.Example.'],
    );
    t.same(zone.list().map(({ name, type, values }) => [name, type, values]), [
      ['www.shop.example', 'A', ['192.0.2.1']], ['v6.example', 'AAAA', ['2001:db8::1']],
      ['alias.example', 'CNAME', ['www.shop.example']], ['caa.example', 'CAA', ['0 issue "amazon.com"', '0 issue ";"']],
      ['txt.example', 'TXT', ['As It Is.']], ['ns.example', 'NS', ['ns1.example']],
    ]);
    t.same(zone.lookup('wWw.shop.EXAMPLE.', 'A'), ['192.0.2.1']);
  });

  await t.test('follows CNAMEs for every other type, and gives up on a loop', async (t) => {
    const zone = zoneWith(
      ['a.example', 'CNAME', 'b.example'], ['b.example', 'CNAME', 'c.example'], ['c.example', 'TXT', 'end'],
      ['x.example', 'CNAME', 'y.example'], ['y.example', 'CNAME', 'x.example'],
    );
    t.same(zone.lookup('a.example', 'TXT'), ['end']);
    t.same(zone.lookup('a.example', 'CNAME'), ['b.example'], 'a question for the CNAME itself is not followed');
    t.same(zone.lookup('a.example', 'A'), []);
    t.same(zone.lookup('x.example', 'A'), []);
  });

  await t.test('gives a name with an ALIAS the addresses of another, and never goes round in a circle', async (t) => {
    const zone = zoneWith(
      ['shop.example', 'ALIAS', 'D111.cloudfront.net.'], ['shop.example', 'TXT', 'beside'], ['end.example', 'AAAA', '2001:db8::1'],
      ['six.example', 'ALIAS', 'end.example'], ['a.example', 'ALIAS', 'b.example'], ['b.example', 'CNAME', 'a.example'],
    );
    t.same(zone.lookup('shop.example', 'A'), ['127.0.0.1'], 'a distribution is at the embedded edge');
    t.same(zone.lookup('shop.example', 'AAAA'), []);
    t.same(zone.lookup('shop.example', 'CNAME'), [], 'nobody sees what it follows');
    t.same(zone.lookup('six.example', 'AAAA'), ['2001:db8::1']);
    t.same(zone.lookup('a.example', 'A'), []);
    t.throws(() => zone.set({ name: 'b.example', type: 'ALIAS', values: ['c.example'] }), /stands alone/);
    t.throws(() => zone.set({ name: 'c.example', type: 'ALIAS', values: ['*.example'] }), /is not a DNS name/);
    zone.set({ name: 'd111.cloudfront.net', type: 'A', values: ['192.0.2.1'] });
    t.same(zone.lookup('shop.example', 'A'), ['192.0.2.1']);
  });

  await t.test('treats every zone as registered but those that never will be', async (t) => {
    t.equal(zoneWith().resolve('example.com', 'NS').kind, 'no-data');
    t.equal(zoneWith().resolve('example.com', 'A').kind, 'no-name');
    t.equal(zoneWith().resolve('example.invalid', 'NS').kind, 'no-name');
  });

  await t.test('fills wildcards in only below the closest name that exists', async (t) => {
    const zone = zoneWith(
      ['*.example', 'TXT', 'wild'], ['deep.own.example', 'A', '192.0.2.1'], ['*.alias.example', 'CNAME', 'end.example'],
      ['end.example', 'A', '192.0.2.9'],
    );
    t.same(zone.lookup('any.example', 'TXT'), ['wild']);
    t.same(zone.lookup('any.thing.example', 'TXT'), ['wild'], 'a wildcard covers several labels in DNS');
    t.same(zone.lookup('own.example', 'TXT'), [], 'an empty name between labels exists');
    t.same(zone.lookup('other.own.example', 'TXT'), [], 'and hides the wildcard above it');
    t.same(zone.lookup('shop.alias.example', 'A'), ['192.0.2.9']);
    t.same(zone.lookup('example', 'TXT'), [], 'the name above a wildcard is not covered');
    t.same(zone.lookup('bad!name.example', 'TXT'), []);
    zone.remove('deep.own.example');
    t.same(zone.lookup('own.example', 'TXT'), ['wild'], 'with the last record below it the empty name is gone');
  });

  await t.test('removes one type or all, and remembers the rest over a restart', async (t) => {
    const persistence = lasting();
    const zone = new Zone({ persistence });
    zone.set({ name: 'a.example', type: 'A', values: ['192.0.2.1'] });
    zone.set({ name: 'a.example', type: 'A', values: ['192.0.2.2'], ttlSeconds: 300 });
    zone.set({ name: 'a.example', type: 'TXT', values: ['x'] });
    zone.set({ name: '*.b.example', type: 'A', values: ['192.0.2.3'] });
    zone.remove('a.example', 'txt');
    zone.remove('absent.example');
    const restarted = new Zone({ persistence });
    t.same(restarted.list(), zone.list());
    t.same(restarted.lookup('a.example', 'A'), ['192.0.2.2'], 'a second set replaces the first');
    t.same(restarted.lookup('x.b.example', 'A'), ['192.0.2.3']);
    restarted.remove('A.example');
    t.same(restarted.lookup('a.example', 'A'), []);
    t.same(restarted.list().length, 1);
  });
});

void t.test('the DNS server, asked by a resolver over UDP', async (t) => {
  const zone = zoneWith(
    ['www.shop.example', 'CNAME', 'd1.cloudfront.net'], ['d1.cloudfront.net', 'A', '192.0.2.1', '192.0.2.2'],
    ['d1.cloudfront.net', 'AAAA', '2001:db8::1'], ['shop.example', 'TXT', 'short', 'x'.repeat(300)],
    ['shop.example', 'CAA', '0 issue "amazon.com"', '128 issuewild ";"'], ['shop.example', 'NS', 'ns1.example'],
    ['big.example', 'TXT', ...Array.from({ length: 40 }, (_, i) => `${i} `.padEnd(100, '.'))],
    ['away.example', 'CNAME', 'nowhere.example'], ['broken.example', 'FAULT', 'servfail'],
    ['loop.example', 'CNAME', 'loop.example'], ['*.wild.example', 'A', '192.0.2.7'],
  );
  const { server, resolver } = await served(t, zone);

  await t.test('answers every type it has', async (t) => {
    t.same((await resolver.resolve4('www.shop.example')).sort(), ['192.0.2.1', '192.0.2.2'], 'through the CNAME');
    t.same(await resolver.resolve6('d1.cloudfront.net'), ['2001:db8::1']);
    t.same(await resolver.resolveCname('www.shop.example'), ['d1.cloudfront.net']);
    t.same(await resolver.resolveTxt('shop.example'), [['short'], ['x'.repeat(255), 'x'.repeat(45)]]);
    t.same(await resolver.resolveCaa('shop.example'), [
      { critical: 0, issue: 'amazon.com' }, { critical: 128, issuewild: ';' },
    ]);
    t.same(await resolver.resolveNs('shop.example'), ['ns1.example']);
    t.match(await resolver.resolveSoa('.'), { nsname: 'ns.localhost' });
    t.same(await resolver.resolve4('any.wild.example'), ['192.0.2.7']);
  });

  await t.test('tells a name without the type from a name that does not exist', async (t) => {
    await t.rejects(resolver.resolve4('shop.example'), { code: 'ENODATA' });
    await t.rejects(resolver.resolveMx('shop.example'), { code: 'ENODATA' });
    await t.rejects(resolver.resolve4('cloudfront.net'), { code: 'ENODATA' }, 'an empty name between labels');
    await t.rejects(resolver.resolve4('absent.example'), { code: 'ENOTFOUND' });
    await t.rejects(resolver.resolve4('away.example'), { code: 'ENOTFOUND' });
    const [none, empty] = [await ask(server.port, 'absent.example'), await ask(server.port, 'shop.example')];
    t.same([none.flags! & 15, empty.flags! & 15], [3, 0]);
    t.same([none, empty].map((answer) => answer.authorities?.map(({ type }) => type)), [['SOA'], ['SOA']]);
  });

  await t.test('fails as it is told to', async (t) => {
    await t.rejects(resolver.resolve4('broken.example'), { code: 'ESERVFAIL' });
    t.same(zone.lookup('broken.example', 'A'), [], 'in memory too');
    await t.rejects(resolver.resolve4('loop.example'), { code: 'ESERVFAIL' });
    const hasty = new Resolver({ timeout: 50, tries: 1 });
    hasty.setServers([`${HOST}:${server.port}`]);
    zone.set({ name: 'd1.cloudfront.net', type: 'FAULT', values: ['timeout'] });
    await t.rejects(hasty.resolve4('www.shop.example'), { code: 'ETIMEOUT' }, 'a CNAME into the fault meets it');
    zone.remove('d1.cloudfront.net', 'FAULT');
    t.same((await resolver.resolve4('www.shop.example')).length, 2);
  });

  await t.test('cuts an answer that is too large, and gives it whole over TCP', async (t) => {
    const cut = await ask(server.port, 'big.example', 'TXT');
    t.same([cut.flag_tc, cut.answers?.length], [true, 0]);
    t.same((await resolver.resolveTxt('big.example')).length, 40, 'a resolver asks again over TCP by itself');
    const medium = await ask(server.port, 'shop.example', 'TXT', { additionals: [OFFER] });
    t.same([medium.flag_tc, medium.additionals?.[0]?.type], [false, 'OPT']);
  });

  await t.test('gives the question back as it came, and refuses what it cannot do', async (t) => {
    const answer = await ask(server.port, 'D1.cloudFRONT.net', 'A');
    t.same(answer.questions?.[0]?.name, 'D1.cloudFRONT.net');
    t.same(answer.answers?.map(({ name }) => name), ['D1.cloudFRONT.net', 'D1.cloudFRONT.net']);
    t.same([answer.flag_aa, answer.flag_ra], [true, false]);
    const rcodeOf = async (more: Partial<Question>, flags = 0) => {
      const question: Question = { name: 'shop.example', type: 'A', ...more };
      return (await ask(server.port, question.name, 'A', { questions: [question], flags })).flags! & 15;
    };
    t.same(await rcodeOf({ type: 'AXFR' }), 4);
    t.same(await rcodeOf({ class: 'CH' }), 5);
    t.same(await rcodeOf({}, 2 << 11), 4, 'operation STATUS');
  });
});

async function ask(port: number, name: string, type: 'A' | 'TXT' = 'A', more: Packet = {}): Promise<DecodedPacket> {
  return decode(await exchange(port, encode({ id: 7, type: 'query', questions: [{ name, type }], ...more })));
}

async function exchange(port: number, query: Buffer): Promise<Buffer> {
  const socket = createSocket('udp4');
  socket.send(query, port, HOST);
  const [answer] = await once(socket, 'message') as [Buffer];
  socket.close();
  return answer;
}

function framed(message: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(message.length);
  return Buffer.concat([length, message]);
}

/** Resolves with the first `count` messages. */
async function messages(socket: Socket, count: number): Promise<DecodedPacket[]> {
  const found: DecodedPacket[] = [];
  let pending = Buffer.alloc(0);
  while (found.length < count) {
    const [chunk] = await once(socket, 'data') as [Buffer];
    pending = Buffer.concat([pending, chunk]);
    while (pending.length >= 2 && pending.length >= pending.readUInt16BE(0) + 2) {
      const end = pending.readUInt16BE(0) + 2;
      found.push(decode(pending.subarray(2, end)));
      pending = pending.subarray(end);
    }
  }
  return found;
}

void t.test('the DNS server, asked over TCP', async (t) => {
  const zone = zoneWith(['a.example', 'A', '192.0.2.1'], ['slow.example', 'FAULT', 'timeout']);
  const { server, resolver } = await served(t, zone);
  const query = (id: number, name: string) => framed(encode({ id, type: 'query', questions: [{ name, type: 'A' }] }));

  await t.test('answers several questions on one connection, however they are cut into pieces', async (t) => {
    const socket = connect(server.port, HOST).setNoDelay();
    t.teardown(() => socket.destroy());
    const bytes = Buffer.concat([query(1, 'a.example'), query(2, 'slow.example'), query(3, 'b.example')]);
    const answers = messages(socket, 2);
    for (const byte of bytes) await new Promise((sent) => socket.write(Buffer.from([byte]), sent));
    t.same((await answers).map(({ id, flags }) => [id, flags! & 15]), [[1, 0], [3, 3]], 'the faulty one stays silent');
  });

  await t.test('ends a connection that announces an absurd size, and survives one that breaks off', async (t) => {
    const socket = connect(server.port, HOST);
    socket.write(Buffer.from([0xff, 0xff, 1]));
    await once(socket, 'close');
    const broken = connect(server.port, HOST);
    await once(broken, 'connect');
    broken.resetAndDestroy();
    await once(broken, 'close');
    t.same(await resolver.resolve4('a.example'), ['192.0.2.1']);
  });

  await t.test('closes with connections still open, once and for all', async (t) => {
    const other = await startDnsServer(zone, { host: HOST, port: 0 });
    const socket = connect(other.port, HOST);
    socket.write(query(1, 'a.example'));
    await messages(socket, 1);
    await Promise.all([other.close(), other.close(), once(socket, 'close')]);
    const again = await startDnsServer(zone, { host: HOST, port: other.port });
    t.same(again.port, other.port, 'the port is free again, and can be asked for by number');
    await again.close();
  });

  await t.test('says so when its port is taken, for TCP or for UDP alone, and leaves nothing open', async (t) => {
    await t.rejects(startDnsServer(zone, { host: HOST, port: server.port }), { code: 'EADDRINUSE' });
    const udp = createSocket('udp4');
    udp.bind(0, HOST);
    await once(udp, 'listening');
    const { port } = udp.address();
    await t.rejects(startDnsServer(zone, { host: HOST, port }), { code: 'EADDRINUSE' });
    udp.close();
    const tcp = createServer().listen(port, HOST);
    await once(tcp, 'listening');
    tcp.close();
    const v6 = await startDnsServer(zone, { host: '::1', port: 0 });
    await v6.close();
  });
});

void t.test('the DNS server is not harmed by anything that arrives', async (t) => {
  const { server, resolver } = await served(t, zoneWith(['a.example', 'A', '192.0.2.1']));

  await t.test('it answers FORMERR to what it cannot read, and nothing to answers', async (t) => {
    const garbage = Buffer.from('0007010000010000000000003f', 'hex');
    t.same((await exchange(server.port, garbage)).toString('hex'), '000780010000000000000000');
    const noQuestion = Buffer.from('000701000000000000000000', 'hex');
    t.same(decode(await exchange(server.port, noQuestion)).flags! & 15, 1);
    const socket = createSocket('udp4');
    socket.send(Buffer.from([1, 2, 3]), server.port, HOST);
    socket.send(encode({ id: 8, type: 'response', questions: [{ name: 'a.example', type: 'A' }] }), server.port, HOST);
    socket.send(encode({ id: 9, type: 'query', questions: [{ name: 'a.example', type: 'A' }] }), server.port, HOST);
    const [answer] = await once(socket, 'message') as [Buffer];
    t.same(decode(answer).id, 9, 'only the query behind them is answered');
    socket.close();
  });

  const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
  await t.test(`random packets get no answer or a sound one, SEED=${seed} replays`, async (t) => {
    const random = sequence(seed);
    const zone = zoneWith(['*.w.example', 'A', '192.0.2.2']);
    const questions = [{ name: 'x.w.example', type: 'A' } as const];
    const valid = encode({ id: 1, type: 'query', questions, additionals: [OFFER] });
    for (let round = 0; round < 3_000; round++) {
      const packet = Buffer.from(valid);
      for (let flips = random(4); flips > 0; flips--) packet.writeUInt8(random(256), random(packet.length));
      const sent = packet.subarray(0, random(3) > 0 ? packet.length : random(packet.length));
      const answer = answerDns(zone, sent, 'udp');
      if (!answer) continue;
      const { id, type, questions = [] } = decode(answer);
      const isSound = id === sent.readUInt16BE(0) && type === 'response' && questions.length <= 1;
      if (!isSound) t.fail(`answered ${sent.toString('hex')} with ${answer.toString('hex')}`);
    }
    t.same(await resolver.resolve4('a.example'), ['192.0.2.1']);
  });
});

function sequence(seed: number): (below: number) => number {
  let state = seed + 1;
  return (below) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
}

void t.test('records set over HTTP', async (t) => {
  const zone = zoneWith();
  const handle = dnsRecordsHandler(zone);
  const send = async (method: string, body?: unknown, query = '') => {
    const request: WireRequest = {
      method, path: '/_local/dns/records', query: new URLSearchParams(query), headers: {},
      body: Buffer.from(body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body)),
    };
    const response = await handle(request);
    const text = Buffer.from(response?.body ?? []).toString();
    return { status: response?.status, body: text === '' ? undefined : JSON.parse(text) as unknown };
  };

  await t.test('PUT replaces and answers the record, GET lists, DELETE takes away', async (t) => {
    t.same(await send('PUT', { name: 'A.example.', type: 'txt', value: 'one' }),
      { status: 200, body: { name: 'a.example', type: 'TXT', values: ['one'], ttl: 5 } });
    await send('PUT', { name: 'a.example', type: 'TXT', values: ['two', 'three'], ttl: 60 });
    await send('PUT', { name: 'a.example', type: 'A', value: '192.0.2.1' });
    t.same(await send('GET'), { status: 200, body: [
      { name: 'a.example', type: 'TXT', values: ['two', 'three'], ttl: 60 },
      { name: 'a.example', type: 'A', values: ['192.0.2.1'], ttl: 5 },
    ] });
    t.same(await send('DELETE', undefined, 'name=a.example&type=TXT'), { status: 204, body: undefined });
    t.same(zone.list().length, 1);
    t.same((await send('DELETE', { name: 'a.example' })).status, 204);
    t.same((await send('DELETE', { name: 'a.example' })).status, 204, 'harmless when absent');
    t.same(zone.list(), []);
  });

  await t.test('bad input is refused with its field and a remedy', async (t) => {
    const refused = async (field: string, message: RegExp, body: unknown) =>
      t.match(await send('PUT', body), { status: 400, body: { field, message } }, JSON.stringify(body).slice(0, 80));
    const record = { name: 'a.example', type: 'A', value: '192.0.2.1' };
    await refused('body', /JSON object/, 'nonsense');
    await refused('body', /JSON object/, [record]);
    await refused('colour', /send only name/, { ...record, colour: 'red' });
    await refused('name', /missing/, { type: 'A', value: '192.0.2.1' });
    await refused('name', /punycode/, { ...record, name: 'bücher.example' });
    await refused('name', /not a DNS name/, { ...record, name: `${'a'.repeat(64)}.example` });
    await refused('name', /253/, { ...record, name: `${'a.'.repeat(130)}example` });
    await refused('type', /one of A, AAAA/, { ...record, type: 'HINFO' });
    await refused('value', /IPv4/, { ...record, value: '2001:db8::1' });
    await refused('value', /IPv6/, { ...record, type: 'AAAA', value: 'fe80::1%eth0' });
    await refused('value', /DNS name/, { ...record, type: 'CNAME', value: '*.example' });
    await refused('value', /DNS name/, { ...record, type: 'NS', value: 'no spaces' });
    await refused('value', /0 issue "amazon.com"/, { ...record, type: 'CAA', value: 'amazon.com' });
    await refused('value', /0 issue "amazon.com"/, { ...record, type: 'CAA', value: '256 issue "amazon.com"' });
    await refused('value', /servfail or timeout/, { ...record, type: 'FAULT', value: 'fire' });
    await refused('value', /missing/, { name: 'a.example', type: 'A' });
    await refused('values', /not both/, { ...record, values: ['192.0.2.1'] });
    await refused('values', /array of strings/, { name: 'a.example', type: 'A', values: [1] });
    await refused('values', /array of strings/, { name: 'a.example', type: 'A', values: 'x' });
    await refused('values', /1 to 100/, { name: 'a.example', type: 'A', values: [] });
    await refused('values', /only one CNAME/, { name: 'a.example', type: 'CNAME', values: ['b.example', 'c.example'] });
    await refused('values', /bytes together/, { ...record, type: 'TXT', value: 'x'.repeat(20_000) });
    await refused('ttl', /whole seconds/, { ...record, ttl: 1.5 });
    await refused('ttl', /number/, { ...record, ttl: '60' });
    t.same(zone.list(), []);
    t.match(await send('POST', record), { status: 405, body: { message: /GET, PUT or DELETE/ } });
    t.match(await send('DELETE', undefined, ''), { status: 400, body: { field: 'name' } });
  });

  await t.test('a CNAME stands alone at its name, except for a fault', async (t) => {
    await send('PUT', { name: 'c.example', type: 'CNAME', value: 'd.example' });
    t.match(await send('PUT', { name: 'c.example', type: 'A', value: '192.0.2.1' }),
      { status: 400, body: { field: 'type', message: /has CNAME.*DELETE/s } });
    t.same((await send('PUT', { name: 'c.example', type: 'CNAME', value: 'e.example' })).status, 200);
    t.same((await send('PUT', { name: 'c.example', type: 'FAULT', value: 'timeout' })).status, 200);
    await send('PUT', { name: 'd.example', type: 'TXT', value: 'x' });
    t.match(await send('PUT', { name: 'd.example', type: 'CNAME', value: 'e.example' }),
      { status: 400, body: { message: /has TXT/ } });
  });

  await t.test('other paths are not its own, and a failing disk is not bad input', async (t) => {
    const other = { method: 'GET', path: '/other', query: new URLSearchParams(), headers: {}, body: Buffer.alloc(0) };
    t.same(await handle(other), undefined);
    const persistence = { ...memoryPersistence(), save: () => { throw new Error('disk full'); } };
    const body = Buffer.from('{"name":"a.example","type":"TXT","value":"x"}');
    const put = { ...other, method: 'PUT', path: '/_local/dns/records', body };
    await t.rejects(dnsRecordsHandler(new Zone({ persistence }))(put), { message: 'disk full' });
  });
});
