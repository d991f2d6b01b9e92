import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import type { Answer, DecodedPacket, StringAnswer } from 'dns-packet';
import { decode, encode } from 'dns-packet';
import t from 'tap';
import type { Test } from 'tap';
import { resolverDns } from '../../../src/adapters/dns/resolver-dns.ts';

type Reply = { readonly rcode: number; readonly answers?: Answer[] } | 'silence';

/** A DNS server over UDP that answers from a function of the question. */
async function dnsServer(t: Test, reply: (name: string, type: string) => Reply) {
  const socket = createSocket('udp4');
  const asked: string[] = [];
  socket.on('message', (message, from) => {
    const query: DecodedPacket = decode(message);
    const [question] = query.questions ?? [];
    if (!question) return;
    asked.push(`${question.type} ${question.name}`);
    const answer = reply(question.name.toLowerCase(), question.type);
    if (answer === 'silence') return;
    socket.send(encode({
      type: 'response', id: query.id ?? 0, flags: answer.rcode, questions: [question], answers: answer.answers ?? [],
    }), from.port, from.address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  t.teardown(() => new Promise<void>((resolve) => socket.close(() => resolve())));
  return { address: `127.0.0.1:${socket.address().port}`, asked };
}

const NXDOMAIN = { rcode: 3 };
const SERVFAIL = { rcode: 2 };
const NOTIMP = { rcode: 4 };
const REFUSED = { rcode: 5 };

function text(type: StringAnswer['type'], name: string, data: string): Answer {
  return { type, name, data, ttl: 60 };
}

const RECORDS: Answer[] = [
  text('CNAME', '_abc.www.example.com', '_Def.ACM-Validations.AWS.'),
  text('CNAME', 'www.example.com', 'D111111abcdef8.CloudFront.NET'),
  text('A', 'apex.example.com', '192.0.2.1'),
  text('A', 'apex.example.com', '192.0.2.2'),
  text('AAAA', 'apex.example.com', '2001:DB8::1'),
  { type: 'TXT', name: '_anchor-challenge.example.com', ttl: 60, data: ['Proof-', 'Of-Control.'] },
  { type: 'TXT', name: '_anchor-challenge.example.com', ttl: 60, data: 'other' },
  text('NS', 'example.com', 'NS1.example.net'),
  { type: 'CAA', name: 'example.com', ttl: 60, data: { flags: 0, tag: 'issue', value: 'Amazon.com' } },
  { type: 'CAA', name: 'example.com', ttl: 60, data: { flags: 128, tag: 'issuewild', value: ';' } },
];

void t.test('finds records, as values that can be compared', async (t) => {
  const { address } = await dnsServer(t, (name, type) => {
    const answers = RECORDS.filter((record) => record.name === name && record.type === type);
    return { rcode: 0, answers };
  });
  const dns = resolverDns({ servers: [address], timeoutMs: 5_000, tries: 1 });
  const found = async (name: string, type: Parameters<typeof dns.lookup>[1]) => {
    const answer = await dns.lookup(name, type);
    return answer.kind === 'found' ? [...answer.values].sort() : answer;
  };
  t.same(await found('_abc.www.example.com', 'CNAME'), ['_def.acm-validations.aws']);
  t.same(await found('www.example.com', 'CNAME'), ['d111111abcdef8.cloudfront.net']);
  t.same(await found('apex.example.com', 'A'), ['192.0.2.1', '192.0.2.2']);
  t.same(await found('apex.example.com', 'AAAA'), ['2001:db8::1']);
  t.same(await found('example.com', 'NS'), ['ns1.example.net']);
  t.same(await found('_anchor-challenge.example.com', 'TXT'), ['Proof-Of-Control.', 'other'], 'TXT as it is');
  t.same(await found('example.com', 'CAA'), ['0 issue amazon.com', '128 issuewild ;']);
  for (const type of ['CNAME', 'A', 'AAAA', 'TXT', 'CAA'] as const) {
    t.same(await dns.lookup('other.example.com', type), { kind: 'absent' }, `a name without ${type} records`);
  }
});

void t.test('absent is only what the server says is absent', async (t) => {
  const { address } = await dnsServer(t, (name) => {
    if (name.startsWith('gone.')) return NXDOMAIN;
    if (name.startsWith('alias.')) return { rcode: 0, answers: [text('CNAME', name, 'nothing.example.com')] };
    if (name.startsWith('odd.')) return NOTIMP;
    return name.startsWith('broken.') ? SERVFAIL : REFUSED;
  });
  const dns = resolverDns({ servers: [address], timeoutMs: 5_000, tries: 1 });
  t.same(await dns.lookup('gone.example.com', 'CNAME'), { kind: 'absent', noSuchName: true });
  t.same(await dns.lookup('alias.example.com', 'A'), { kind: 'absent' }, 'an alias with nothing behind it');
  t.same(await dns.lookup('odd.example.com', 'A'), { kind: 'unknown', reason: 'the DNS look-up failed (ENOTIMP)' });
  t.same(await dns.lookup('broken.example.com', 'CNAME'),
    { kind: 'unknown', reason: 'the DNS server failed (SERVFAIL)', fault: 'servfail' });
  t.same(await dns.lookup('secret.example.com', 'TXT'),
    { kind: 'unknown', reason: 'the DNS server refused the question' });
  t.same(await dns.lookup(`${'x'.repeat(64)}.example.com`, 'CNAME'),
    { kind: 'unknown', reason: 'the name cannot be asked for in DNS' });
});

void t.test('a server that says nothing is left after the time given, whatever the tries', async (t) => {
  const { address, asked } = await dnsServer(t, (name) => (name.startsWith('slow.') ? 'silence' : NXDOMAIN));
  const reason = 'the DNS server did not answer in time';
  const once = resolverDns({ servers: [address], timeoutMs: 60, tries: 1 });
  t.same(await once.lookup('slow.example.com', 'CNAME'), { kind: 'unknown', reason, fault: 'timeout' });
  const often = resolverDns({ servers: [address], timeoutMs: 60, tries: 3 });
  const [slow, other] = await Promise.all([
    often.lookup('slow.example.com', 'CNAME'), often.lookup('gone.example.com', 'CNAME'),
  ]);
  t.same(slow, { kind: 'unknown', reason, fault: 'timeout' });
  t.same(other, { kind: 'absent', noSuchName: true }, 'the look-ups beside it are not cancelled');
  t.ok(asked.includes('CNAME slow.example.com'));
});

void t.test('the time given is for all servers together', async (t) => {
  const servers = await Promise.all(Array.from({ length: 6 }, async () => dnsServer(t, () => 'silence')));
  const dns = resolverDns({ servers: servers.map((server) => server.address), timeoutMs: 100, tries: 2 });
  t.equal((await dns.lookup('slow.example.com', 'CNAME')).kind, 'unknown');
  const asked = servers.flatMap((server) => server.asked).length;
  t.ok(asked >= 1 && asked < 12, 'the look-up ended before every server was tried twice', { asked });
});

void t.test('a server that is not there is unknown', async (t) => {
  const { address } = await dnsServer(t, () => NXDOMAIN);
  const free = createSocket('udp4').bind(0, '127.0.0.1');
  await once(free, 'listening');
  const port = free.address().port;
  await new Promise<void>((resolve) => free.close(() => resolve()));
  const dns = resolverDns({ servers: [`127.0.0.1:${port}`], timeoutMs: 1_000, tries: 1 });
  t.equal((await dns.lookup('www.example.com', 'CNAME')).kind, 'unknown');
  const second = resolverDns({ servers: [`127.0.0.1:${port}`, address], timeoutMs: 5_000, tries: 1 });
  t.same(await second.lookup('www.example.com', 'CNAME'), { kind: 'absent', noSuchName: true }, 'and the next server is asked');
});

void t.test('a server address that is none is refused before any look-up', async (t) => {
  const broken = () => resolverDns({ servers: ['not an address'], timeoutMs: 1_000, tries: 1 });
  t.throws(broken, { code: 'ERR_INVALID_IP_ADDRESS' });
  t.doesNotThrow(() => resolverDns({ timeoutMs: 1_000, tries: 1 }), 'without servers those of the machine are asked');
});
