import { Resolver } from 'node:dns/promises';
import type { CaaRecord } from 'node:dns';
import type { DnsAnswer, DnsType } from '../../domain/dns-answer.ts';
import type { Dns } from '../../ports/dns.ts';

export interface ResolverDnsOptions {
  /** `ip:port` or `ip`; the machine's own resolvers when left out. */
  readonly servers?: readonly string[];
  /** Bound for one look-up, all tries and servers together, in milliseconds. */
  readonly timeoutMs: number;
  /** Tries per server; a try lasts at most `timeoutMs / tries`. */
  readonly tries: number;
}

/** Of codes that speak of the way to the record rather than of the record. */
const FAULTS: Readonly<Record<string, 'servfail' | 'timeout'>> = {
  ESERVFAIL: 'servfail', ETIMEOUT: 'timeout', ECANCELLED: 'timeout',
};

const REASONS: Readonly<Record<string, string>> = {
  ETIMEOUT: 'the DNS server did not answer in time',
  ECANCELLED: 'the DNS server did not answer in time',
  ESERVFAIL: 'the DNS server failed (SERVFAIL)',
  EREFUSED: 'the DNS server refused the question',
  ECONNREFUSED: 'the DNS server could not be reached',
  EBADNAME: 'the name cannot be asked for in DNS',
};

/**
 * The `Dns` port on Node's resolver (c-ares), which asks the servers given and never `/etc/hosts`.
 * Values are lower case without trailing dots; TXT strings are joined and left as they are. A CAA
 * value is `<flags> <tag> <value>`, e.g. `0 issue amazon.com`. Throws at once, before any look-up,
 * when a server's address is not one.
 */
export function resolverDns(options: ResolverDnsOptions): Dns {
  newResolver(options);
  return { lookup: (name, type) => boundedLookup(options, name, type) };
}

/** A resolver of its own for every look-up, so that a time-out cancels this one alone. */
async function boundedLookup(options: ResolverDnsOptions, name: string, type: DnsType): Promise<DnsAnswer> {
  const resolver = newResolver(options);
  const timer = setTimeout(() => resolver.cancel(), options.timeoutMs);
  return resolve(resolver, name, type).then(found, failure).finally(() => clearTimeout(timer));
}

/** No values: the server answered with an alias alone and nothing behind it. */
function found(values: readonly string[]): DnsAnswer {
  return values.length > 0 ? { kind: 'found', values } : { kind: 'absent' };
}

function newResolver(options: ResolverDnsOptions): Resolver {
  const resolver = new Resolver({ timeout: Math.ceil(options.timeoutMs / options.tries), tries: options.tries });
  if (options.servers) resolver.setServers(options.servers);
  return resolver;
}

async function resolve(resolver: Resolver, name: string, type: DnsType): Promise<string[]> {
  switch (type) {
    case 'TXT': return (await resolver.resolveTxt(name)).map((strings) => strings.join(''));
    case 'CAA': return (await resolver.resolveCaa(name)).map(caaValue);
    case 'CNAME': return (await resolver.resolveCname(name)).map(plain);
    case 'A': return resolver.resolve4(name);
    case 'AAAA': return (await resolver.resolve6(name)).map(plain);
    case 'NS': return (await resolver.resolveNs(name)).map(plain);
  }
}

function failure(error: unknown): DnsAnswer {
  const code = String((error as NodeJS.ErrnoException).code);
  if (code === 'ENOTFOUND') return { kind: 'absent', noSuchName: true };
  if (code === 'ENODATA') return { kind: 'absent' };
  const fault = FAULTS[code];
  return { kind: 'unknown', reason: REASONS[code] ?? `the DNS look-up failed (${code})`, ...(fault && { fault }) };
}

/** Node gives the tag as the name of the property that holds the value. */
function caaValue({ critical, ...tags }: CaaRecord): string {
  return Object.entries(tags).map(([tag, value]) => `${critical} ${tag} ${String(value)}`.toLowerCase()).join(' ');
}

function plain(name: string): string {
  return name.toLowerCase().replace(/\.$/, '');
}
