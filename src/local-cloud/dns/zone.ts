import { Collection, type Persistence } from '../collection.ts';
import {
  normalName, type ZoneRecord, type ZoneRecordInput, ZoneRecordError, type ZoneRecordType, zoneRecord, zoneRecordType,
} from './zone-record.ts';

export type Resolution =
  /** `records`: the CNAMEs on the way, in order, then what was asked for. Names as asked, wildcards filled in. */
  | { readonly kind: 'answer'; readonly records: readonly ZoneRecord[]; readonly values: readonly string[] }
  | { readonly kind: 'no-data' | 'no-name'; readonly records: readonly ZoneRecord[] }
  | { readonly kind: 'servfail' }
  | { readonly kind: 'timeout' };

/** As many as common resolvers follow before they give up. */
const MAX_CNAMES = 8;

/** Every record of the embedded DNS: one zone, the root, in memory and written through. */
export class Zone {
  readonly #records: Collection<ZoneRecord>;
  /** Every name of the tree, empty ones between labels included, with the number of records at or below it. */
  readonly #nodes = new Map<string, number>();

  constructor({ persistence }: { persistence: Persistence }) {
    this.#records = new Collection<ZoneRecord>(persistence, 'dns-records');
    for (const record of this.#records.values()) this.#count(record, 1);
  }

  /** Replaces what the name had of this type. Throws `ZoneRecordError`. */
  set(input: ZoneRecordInput): ZoneRecord {
    const record = zoneRecord(input);
    this.#refuseBesideCname(record);
    if (!this.#get(record.name, record.type)) this.#count(record, 1);
    this.#records.set(keyOf(record.name, record.type), record);
    return record;
  }

  /** All types when `type` is left out; nothing happens when there is no such record. */
  remove(name: string, type?: string): void {
    const normal = normalName(name);
    const types = type === undefined ? undefined : zoneRecordType(type);
    for (const record of this.list()) {
      if (record.name !== normal || (types !== undefined && record.type !== types)) continue;
      this.#records.delete(keyOf(record.name, record.type));
      this.#count(record, -1);
    }
  }

  list(): ZoneRecord[] {
    return [...this.#records.values()];
  }

  /** What a resolver finds: follows CNAMEs unless asked for one; empty when there is nothing or a fault. */
  lookup(name: string, type: string): readonly string[] {
    const resolution = this.resolve(name, type);
    return resolution.kind === 'answer' ? resolution.values : [];
  }

  /** As an authoritative server answers (RFC 1034 section 4.3.2, RFC 4592 for wildcards). Case of `name` is kept. */
  resolve(name: string, type: string): Resolution {
    return this.#resolve(name, type, 'following an ALIAS');
  }

  #resolve(name: string, type: string, way: 'following an ALIAS' | 'not following an ALIAS'): Resolution {
    const records: ZoneRecord[] = [];
    let owner = name.replace(/\.$/, '');
    for (let hops = 0; hops <= MAX_CNAMES; hops++) {
      const fault = this.#get(owner.toLowerCase(), 'FAULT')?.values[0];
      if (fault) return fault === 'timeout' ? { kind: 'timeout' } : { kind: 'servfail' };
      const node = this.#nodeFor(owner.toLowerCase());
      if (node === undefined && type === 'A' && DISTRIBUTION.test(owner)) return edgeAddress(owner, records);
      if (node === undefined) return { kind: isRegistered(owner, type) ? 'no-data' : 'no-name', records };
      const found = this.#get(node, type);
      if (found) return { kind: 'answer', records: [...records, { ...found, name: owner }], values: found.values };
      if ((type === 'A' || type === 'AAAA') && way === 'following an ALIAS') {
        const followed = this.#get(node, 'ALIAS')?.values[0];
        if (followed !== undefined) return this.#flattened(owner, followed, type, records);
      }
      const alias = this.#get(node, 'CNAME');
      const target = alias?.values[0];
      if (!alias || target === undefined) return { kind: 'no-data', records };
      records.push({ ...alias, name: owner });
      owner = target;
    }
    return { kind: 'servfail' };
  }

  /** The addresses of another name as if they were set here, as with an ALIAS or CNAME flattening. */
  #flattened(name: string, target: string, type: 'A' | 'AAAA', records: readonly ZoneRecord[]): Resolution {
    // An ALIAS behind an ALIAS could lead round in a circle.
    const found = this.#resolve(target, type, 'not following an ALIAS');
    if (found.kind !== 'answer') return { kind: 'no-data', records };
    return { kind: 'answer', records: [...records, { name, type, values: found.values, ttlSeconds: 5 }], values: found.values };
  }

  #get(name: string, type: string): ZoneRecord | undefined {
    return this.#records.get(keyOf(name, type));
  }

  /** The node that speaks for a name: itself, or the wildcard below its closest existing ancestor. */
  #nodeFor(name: string): string | undefined {
    if (name === '' || this.#nodes.has(name)) return name;
    if (normalName(name) === undefined) return undefined;
    let ancestor = parentOf(name);
    while (ancestor !== '' && !this.#nodes.has(ancestor)) ancestor = parentOf(ancestor);
    const wildcard = `*.${ancestor}`;
    return this.#nodes.has(wildcard) ? wildcard : undefined;
  }

  #count({ name, type }: ZoneRecord, difference: 1 | -1): void {
    if (type === 'FAULT') return;
    for (let node = name; node !== ''; node = parentOf(node)) {
      const count = (this.#nodes.get(node) ?? 0) + difference;
      if (count === 0) this.#nodes.delete(node);
      else this.#nodes.set(node, count);
    }
  }

  #refuseBesideCname({ name, type }: ZoneRecord): void {
    if (type === 'FAULT') return;
    const others = DATA_TYPES.filter((other) => other !== type && this.#get(name, other));
    if (others.length === 0 || (type !== 'CNAME' && !others.includes('CNAME'))) return;
    throw new ZoneRecordError('type', `${name} has ${others.join(', ')}, and a CNAME stands alone (RFC 1034): `
      + 'DELETE what the name has first');
  }
}

const DATA_TYPES: readonly ZoneRecordType[] = ['A', 'AAAA', 'CNAME', 'TXT', 'CAA', 'NS', 'ALIAS'];

function keyOf(name: string, type: string): string {
  return `${name} ${type}`;
}

/** The domain names that CloudFront gives out, unless somebody has set records for them. */
const DISTRIBUTION = /^[a-z0-9]+\.cloudfront\.net$/i;

/** Where the embedded edge is. */
function edgeAddress(name: string, records: readonly ZoneRecord[]): Resolution {
  const values = ['127.0.0.1'];
  return { kind: 'answer', records: [...records, { name, type: 'A', values, ttlSeconds: 5 }], values };
}

/**
 * To a question for its name servers every name exists, as if somebody had registered it and set no record
 * yet; save those that never will (RFC 6761).
 */
function isRegistered(name: string, type: string): boolean {
  return type === 'NS' && !/(^|\.)invalid$/i.test(name);
}

function parentOf(name: string): string {
  const dot = name.indexOf('.');
  return dot === -1 ? '' : name.slice(dot + 1);
}
