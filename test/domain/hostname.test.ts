import fc from 'fast-check';
import t from 'tap';
import { isApex, parseHostname } from '../../src/domain/hostname.ts';
import { covers } from '../../src/domain/name-coverage.ts';

const label63 = 'a'.repeat(63);

void t.test('names that are taken', async (t) => {
  for (const [text, hostname] of [
    ['example.com', 'example.com'],
    ['WWW.Example.COM.', 'www.example.com'],
    ['*.shop.example.com', '*.shop.example.com'],
    ['münchen.de', 'xn--mnchen-3ya.de'],
    ['*.例え.jp', '*.xn--r8jz45g.jp'],
    ['straße.example。com', 'xn--strae-oqa.example.com'],
    ['a.b.c.example.co.uk', 'a.b.c.example.co.uk'],
    ['me.github.io', 'me.github.io'],
    ['foo.test', 'foo.test'],
    ['1.2.3.4.example.com', '1.2.3.4.example.com'],
    [`${'a'.repeat(52)}.example.com`, `${'a'.repeat(52)}.example.com`],
  ] as const) {
    t.same(parseHostname(text), { ok: true, hostname }, text);
  }
});

void t.test('names that are refused, with the reason and the remedy', async (t) => {
  for (const [text, reason] of [
    ['', /is empty/],
    ['.', /is empty/],
    ['*.', /first label/],
    ['localhost', /single label/],
    ['*.com', /single label/],
    ['192.0.2.1', /IP address/],
    ['2001:db8::1', /IP address/],
    ['[2001:db8::1]', /IP address/],
    ['0x7f.1', /IP address/],
    ['1.2.3', /IP address/],
    ['*.192.0.2.1', /IP address/],
    ['https://example.com/', /without https/],
    ['example.com:443', /without https/],
    ['user@example.com', /without https/],
    ['exa mple.com', /without https/],
    ['example.com\n', /without https/],
    ['a%2eb.com', /without https/],
    ['foo.*.example.com', /first label/],
    ['*.*.example.com', /first label/],
    ['foo*.example.com', /first label/],
    ['a..example.com', /empty label/],
    ['example.com..', /empty label/],
    ['.example.com', /empty label/],
    ['foo_bar.example.com', /"foo_bar" is not allowed/],
    ['-foo.example.com', /no hyphen at either end/],
    ['foo-.example.com', /no hyphen at either end/],
    ['xn--a.example.com', /not a valid domain name/],
    ['foo.256.1', /not a valid domain name/],
    [`${label63}a.example.com`, /63 characters/],
    [`${label63}.com`, /up to 64/],
    [`*.${'a'.repeat(51)}.example.com`, /up to 64/],
    [Array.from({ length: 4 }, () => label63).join('.') + '.com', /253 are allowed/],
    ['co.uk', /public suffix/],
    ['*.co.uk', /public suffix/],
    ['github.io', /public suffix/],
    ['*.github.io', /public suffix/],
    ['cloudfront.net', /belong to the platform/],
    ['d111111abcdef8.cloudfront.net', /belong to the platform/],
    ['*.on.aws', /belong to the platform/],
    ['abc.lambda-url.eu-west-1.on.aws', /belong to the platform/],
    ['bucket.s3.amazonaws.com', /belong to the platform/],
  ] as const) {
    const parsed = parseHostname(text);
    t.match(parsed, { ok: false, reason }, text);
    if (!parsed.ok) t.match(parsed.reason, /^(["A-Z]).*\.$/s, 'a full sentence');
  }
});

void t.test('properties of every text (a failure prints its seed and path; replay with them in fc.assert)', async (t) => {
  const word = fc.stringMatching(/^[a-zA-Z0-9-]{1,20}$/);
  const texts = fc.oneof(
    fc.string(), fc.string({ unit: 'grapheme' }), fc.domain(), fc.ipV4(), fc.ipV6(), fc.webUrl(),
    fc.array(word, { minLength: 1, maxLength: 5 }).map((labels) => labels.join('.')),
    fc.domain().map((name) => `*.${name.toUpperCase()}.`),
  );
  fc.assert(fc.property(texts, (text) => {
    const parsed = parseHostname(text);
    if (!parsed.ok) return parsed.reason.endsWith('.');
    const { hostname } = parsed;
    const again = parseHostname(hostname);
    return again.ok && again.hostname === hostname
      && /^(\*\.)?([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(hostname)
      && hostname.length <= 64;
  }), { numRuns: 2_000 });
  t.pass('parsing never throws, is stable, and gives names in one form');

  fc.assert(fc.property(fc.domain().filter((name) => parseHostname(name).ok), (name) => {
    const upper = parseHostname(`${name.toUpperCase()}.`);
    return upper.ok && upper.hostname === name.toLowerCase();
  }));
  t.pass('case and a trailing dot make no difference');
});

void t.test('an apex is its registrable domain', async (t) => {
  for (const name of ['example.com', 'example.co.uk', 'me.github.io']) t.ok(isApex(name), name);
  for (const name of ['www.example.com', '*.example.com', 'a.me.github.io']) t.notOk(isApex(name), name);
});

void t.test('a wildcard covers one level and never the apex', async (t) => {
  const names = ['*.example.com', 'example.org'];
  for (const name of ['a.example.com', '*.example.com', 'example.org']) t.ok(covers(names, name), name);
  for (const name of ['example.com', 'a.b.example.com', '*.b.example.com', 'a.example.org', 'com']) t.notOk(covers(names, name), name);
});
