import {
  type Answer, AUTHORITATIVE_ANSWER, type CaaData, decode, encode, type Question, RECURSION_DESIRED, TRUNCATED_RESPONSE,
} from 'dns-packet';
import { parseCaa } from './caa.ts';
import type { Zone } from './zone.ts';
import type { ZoneRecord } from './zone-record.ts';

const RCODES = { NOERROR: 0, FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5 } as const;
type Rcode = keyof typeof RCODES;

interface Reply {
  readonly rcode: Rcode;
  readonly answers?: Answer[];
  readonly authorities?: Answer[];
}

const HEADER_BYTES = 12;
const QUESTION_COUNT_AT = 4;
/** RFC 1035: the most a UDP answer may have when the client offers no more. */
const PLAIN_UDP_BYTES = 512;
/** What passes any path without fragments (DNS flag day 2020). */
const MAX_UDP_BYTES = 1_232;

const OPT: Answer = {
  type: 'OPT', name: '.', udpPayloadSize: MAX_UDP_BYTES, extendedRcode: 0, ednsVersion: 0, flags: 0, flag_do: false,
  options: [],
};

/** The embedded DNS is authoritative for everything; short times, because people watch records change. */
const SOA: Answer = {
  type: 'SOA',
  name: '.',
  ttl: 1,
  data: {
    mname: 'ns.localhost', rname: 'hostmaster.localhost', serial: 1, refresh: 60, retry: 10, expire: 3_600, minimum: 1,
  },
};

interface Query {
  readonly id: number;
  readonly flags: number;
  readonly question: Question;
  /** As received: resolvers compare it, case and unknown types included. */
  readonly questionBytes: Buffer;
  /** The largest UDP answer the client takes; undefined without EDNS. */
  readonly udpPayloadBytes: number | undefined;
}

/**
 * One DNS message in, one out. Undefined when nothing must be sent: not a DNS query, or the name
 * has the fault `timeout`. Never throws.
 */
export function answerDns(zone: Zone, message: Buffer, transport: 'udp' | 'tcp'): Buffer | undefined {
  // Shorter than a header, or a response: answering would let two servers talk to each other for ever.
  if (message.length < HEADER_BYTES || message.readUInt8(2) >= 0x80) return undefined;
  const query = readQuery(message);
  if (!query) return encode({ id: message.readUInt16BE(0), type: 'response', flags: RCODES.FORMERR });
  const reply = replyTo(zone, query);
  if (reply === 'silence') return undefined;
  const full = encodeReply(query, reply, 0);
  const limit = Math.min(MAX_UDP_BYTES, Math.max(PLAIN_UDP_BYTES, query.udpPayloadBytes ?? 0));
  if (transport === 'tcp' || full.length <= limit) return full;
  return encodeReply(query, { rcode: reply.rcode }, TRUNCATED_RESPONSE);
}

function readQuery(message: Buffer): Query | undefined {
  try {
    const { questions: [question, ...others] = [], additionals = [] } = decode(message);
    if (!question || others.length > 0) return undefined;
    return {
      id: message.readUInt16BE(0), flags: message.readUInt16BE(2), question, questionBytes: questionBytesOf(message),
      udpPayloadBytes: additionals.find((record) => record.type === 'OPT')?.udpPayloadSize,
    };
  } catch {
    return undefined;
  }
}

/** Only for messages that can be decoded: the name ends where it should. */
function questionBytesOf(message: Buffer): Buffer {
  let end = HEADER_BYTES;
  while (message.readUInt8(end) !== 0) end += message.readUInt8(end) + 1;
  return message.subarray(HEADER_BYTES, end + 5);
}

function replyTo(zone: Zone, { flags, question }: Query): Reply | 'silence' {
  // The operation code is bits 11 to 14 of the flags; 0 is QUERY.
  if ((flags >> 11) % 16 !== 0) return { rcode: 'NOTIMP' };
  if (question.class !== 'IN') return { rcode: 'REFUSED' };
  const type: string = question.type;
  if (type === 'ANY' || type === 'AXFR' || type === 'IXFR') return { rcode: 'NOTIMP' };
  if (type === 'SOA' && question.name === '.') return { rcode: 'NOERROR', answers: [SOA] };
  const resolution = zone.resolve(question.name, type);
  if (resolution.kind === 'timeout') return 'silence';
  if (resolution.kind === 'servfail') return { rcode: 'SERVFAIL' };
  return {
    rcode: resolution.kind === 'no-name' ? 'NXDOMAIN' : 'NOERROR',
    answers: resolution.records.flatMap(wireRecords),
    authorities: resolution.kind === 'answer' ? [] : [SOA],
  };
}

function wireRecords(record: ZoneRecord): Answer[] {
  const { name, type, ttlSeconds: ttl } = record;
  switch (type) {
    case 'A': case 'AAAA': case 'CNAME': case 'NS':
      return record.values.map((data) => ({ name, type, ttl, data }));
    case 'TXT':
      return record.values.map((value) => ({ name, type, ttl, data: textChunks(value) }));
    // A fault or an ALIAS is never part of an answer; if it were, it would be no property and drop out.
    case 'CAA': case 'FAULT': case 'ALIAS':
      return record.values.map(parseCaa).filter((property) => property !== undefined)
        .map((property) => ({ name, type: 'CAA', ttl, data: { ...property, tag: property.tag as CaaData['tag'] } }));
  }
}

/** A TXT record is a row of strings of at most 255 bytes. */
function textChunks(value: string): Buffer[] {
  const bytes = Buffer.from(value);
  const chunks = [bytes.subarray(0, 255)];
  for (let at = 255; at < bytes.length; at += 255) chunks.push(bytes.subarray(at, at + 255));
  return chunks;
}

function encodeReply(query: Query, { rcode, answers = [], authorities = [] }: Reply, extraFlags: number): Buffer {
  const encoded = encode({
    id: query.id,
    type: 'response',
    flags: AUTHORITATIVE_ANSWER | (query.flags & RECURSION_DESIRED) | extraFlags | RCODES[rcode],
    answers,
    authorities,
    additionals: query.udpPayloadBytes === undefined ? [] : [OPT],
  });
  encoded.writeUInt16BE(1, QUESTION_COUNT_AT);
  return Buffer.concat([encoded.subarray(0, HEADER_BYTES), query.questionBytes, encoded.subarray(HEADER_BYTES)]);
}
