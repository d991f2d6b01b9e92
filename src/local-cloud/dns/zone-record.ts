import { isIPv4, isIPv6 } from 'node:net';
import { formatCaa, parseCaa } from './caa.ts';

export const RECORD_TYPES = ['A', 'AAAA', 'CNAME', 'TXT', 'CAA', 'NS', 'ALIAS', 'FAULT'] as const;

/**
 * `ALIAS` is what providers offer at the top of a zone: the addresses of another name as one's own.
 * `FAULT` is no DNS type: while a name has one, with value `servfail` or `timeout`, every question
 * about that very name fails that way.
 */
export type ZoneRecordType = (typeof RECORD_TYPES)[number];

/** All values of one type at one name. */
export interface ZoneRecord {
  /** Lower case, no trailing dot; may begin with `*.`. */
  readonly name: string;
  readonly type: ZoneRecordType;
  /** Names in lower case without trailing dot; CAA as `0 issue "amazon.com"`; TXT as is. */
  readonly values: readonly string[];
  readonly ttlSeconds: number;
}

export interface ZoneRecordInput {
  readonly name: string;
  readonly type: string;
  readonly values: readonly string[];
  readonly ttlSeconds?: number | undefined;
}

/** A record that cannot be stored; `message` is for a person and names the remedy. */
export class ZoneRecordError extends Error {
  override readonly name = 'ZoneRecordError';
  readonly field: string;

  constructor(field: string, message: string) {
    super(message);
    this.field = field;
  }
}

const DEFAULT_TTL_SECONDS = 5;
const MAX_TTL_SECONDS = 2 ** 31 - 1;
/** What surely fits one TCP answer, with room for owner names and a CNAME chain. */
const MAX_VALUES = 100;
const MAX_VALUE_BYTES = 16_384;

const NAME = /^(?:\*\.)?(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;

/** Lower case and without the trailing dot; undefined when it cannot be a DNS name in ASCII form. */
export function normalName(text: string): string | undefined {
  const name = text.toLowerCase().replace(/\.$/, '');
  return name.length <= 253 && NAME.test(name) ? name : undefined;
}

/** Throws `ZoneRecordError`. */
export function zoneRecord(input: ZoneRecordInput): ZoneRecord {
  const name = normalName(input.name);
  if (name === undefined) {
    throw new ZoneRecordError('name', `"${input.name}" is not a DNS name: labels of letters, digits, "-" and "_" `
      + 'joined by dots, at most 253 characters, international names as punycode, "*" only as the first label');
  }
  const type = zoneRecordType(input.type);
  return { name, type, values: valuesOf(type, input.values), ttlSeconds: ttlOf(input.ttlSeconds) };
}

/** Throws `ZoneRecordError`. */
export function zoneRecordType(text: string): ZoneRecordType {
  const type = RECORD_TYPES.find((known) => known === text.toUpperCase());
  if (!type) throw new ZoneRecordError('type', `"${text}" is not one of ${RECORD_TYPES.join(', ')}`);
  return type;
}

function valuesOf(type: ZoneRecordType, texts: readonly string[]): string[] {
  if (texts.length === 0 || texts.length > MAX_VALUES) {
    throw new ZoneRecordError('values', `give 1 to ${MAX_VALUES} values; to take a record away, DELETE it`);
  }
  const values = [...new Set(texts.map((text) => valueOf(type, text)))];
  if (values.length > 1 && ['CNAME', 'ALIAS', 'FAULT'].includes(type)) {
    throw new ZoneRecordError('values', `a name can have only one ${type}: give one value`);
  }
  if (Buffer.byteLength(values.join('')) > MAX_VALUE_BYTES) {
    throw new ZoneRecordError('values', `the values are longer than ${MAX_VALUE_BYTES} bytes together: shorten them`);
  }
  return values;
}

function valueOf(type: ZoneRecordType, text: string): string {
  const value = READERS[type](text);
  if (value === undefined) throw new ZoneRecordError('value', `"${text}" ${REMEDIES[type]}`);
  return value;
}

const READERS: Readonly<Record<ZoneRecordType, (text: string) => string | undefined>> = {
  A: (text) => (isIPv4(text) ? text : undefined),
  AAAA: (text) => (isIPv6(text) && !text.includes('%') ? text.toLowerCase() : undefined),
  CNAME: targetName,
  NS: targetName,
  ALIAS: targetName,
  TXT: (text) => text,
  CAA: (text) => {
    const property = parseCaa(text);
    return property && formatCaa(property);
  },
  FAULT: (text) => (text === 'servfail' || text === 'timeout' ? text : undefined),
};

const REMEDIES: Readonly<Record<ZoneRecordType, string>> = {
  A: 'is not an IPv4 address such as 192.0.2.1',
  AAAA: 'is not an IPv6 address such as 2001:db8::1',
  CNAME: 'is not a DNS name: point the CNAME at a name such as d111111abcdef8.cloudfront.net',
  NS: 'is not a DNS name: name a server such as ns1.example.com',
  ALIAS: 'is not a DNS name: let the ALIAS follow a name such as d111111abcdef8.cloudfront.net',
  TXT: 'is not text',
  CAA: 'is not a CAA property such as 0 issue "amazon.com"',
  FAULT: 'is not a fault: servfail or timeout',
};

function targetName(text: string): string | undefined {
  const name = normalName(text);
  return name?.startsWith('*') ? undefined : name;
}

function ttlOf(ttlSeconds: number | undefined): number {
  if (ttlSeconds === undefined) return DEFAULT_TTL_SECONDS;
  if (Number.isInteger(ttlSeconds) && ttlSeconds >= 0 && ttlSeconds <= MAX_TTL_SECONDS) return ttlSeconds;
  throw new ZoneRecordError('ttl', `${ttlSeconds} is not a time to live: whole seconds, 0 to ${MAX_TTL_SECONDS}`);
}
