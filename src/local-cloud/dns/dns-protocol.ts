import type { WireHandler, WireRequest, WireResponse } from '../wire.ts';
import type { Zone } from './zone.ts';
import { type ZoneRecord, ZoneRecordError, type ZoneRecordInput } from './zone-record.ts';

const PATH = '/_local/dns/records';

/**
 * Local only: the records of the embedded DNS, for people and tests in place of a DNS provider.
 *
 * - `PUT /_local/dns/records` `{"name", "type", "value" | "values": [], "ttl"?}` replaces what the name has
 *   of that type and answers the record. Type `FAULT` with value `servfail` or `timeout` makes every
 *   question about that name fail so, until it is deleted.
 * - `DELETE` by query `?name=&type=` or the same as a JSON body; without a type all of them. 204 in any case.
 * - `GET` answers the array of all records.
 *
 * Bad input: 400 `{"field", "message"}`.
 */
export function dnsRecordsHandler(zone: Zone): WireHandler {
  return async (request) => {
    if (request.path !== PATH) return undefined;
    try {
      return respond(zone, request);
    } catch (error) {
      if (!(error instanceof ZoneRecordError)) throw error;
      return json(400, { field: error.field, message: error.message });
    }
  };
}

function respond(zone: Zone, request: WireRequest): WireResponse {
  switch (request.method) {
    case 'GET':
      return json(200, zone.list().map(wireRecord));
    case 'PUT':
      return json(200, wireRecord(zone.set(recordInput(bodyOf(request, ['name', 'type', 'value', 'values', 'ttl'])))));
    case 'DELETE': {
      const { name, type } = recordNamed(request);
      zone.remove(name, type);
      return { status: 204, headers: {}, body: new Uint8Array() };
    }
    default:
      return json(405, { field: 'method', message: `${request.method} is not possible here: GET, PUT or DELETE` },
        { allow: 'GET, PUT, DELETE' });
  }
}

function recordInput(body: Readonly<Record<string, unknown>>): ZoneRecordInput {
  return {
    name: text(body, 'name'), type: text(body, 'type'), values: valuesOf(body), ttlSeconds: ttlOf(body),
  };
}

function valuesOf(body: Readonly<Record<string, unknown>>): string[] {
  if (body.value !== undefined && body.values !== undefined) {
    throw new ZoneRecordError('values', 'give either value or values, not both');
  }
  if (body.values === undefined) return [text(body, 'value')];
  if (!Array.isArray(body.values) || !body.values.every((value) => typeof value === 'string')) {
    throw new ZoneRecordError('values', 'values must be an array of strings');
  }
  return body.values;
}

function ttlOf({ ttl }: Readonly<Record<string, unknown>>): number | undefined {
  if (ttl === undefined || typeof ttl === 'number') return ttl;
  throw new ZoneRecordError('ttl', 'ttl must be a number of seconds');
}

function recordNamed(request: WireRequest): { name: string; type: string | undefined } {
  const fields = request.body.length > 0 ? bodyOf(request, ['name', 'type']) : Object.fromEntries(request.query);
  return { name: text(fields, 'name'), type: fields.type === undefined ? undefined : text(fields, 'type') };
}

function bodyOf(request: WireRequest, known: readonly string[]): Readonly<Record<string, unknown>> {
  const body = parsed(request.body);
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new ZoneRecordError('body', 'send a JSON object such as {"name": "www.example.com", "type": "CNAME", '
      + '"value": "d111111abcdef8.cloudfront.net"}');
  }
  const unknown = Object.keys(body).find((key) => !known.includes(key));
  if (unknown !== undefined) {
    throw new ZoneRecordError(unknown, `${unknown} is not known here: send only ${known.join(', ')}`);
  }
  return { ...body };
}

function parsed(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    return undefined;
  }
}

function text(fields: Readonly<Record<string, unknown>>, field: string): string {
  const value = fields[field];
  if (typeof value === 'string' && value !== '') return value;
  throw new ZoneRecordError(field, `${field} is missing: give it as a non-empty string`);
}

function wireRecord({ name, type, values, ttlSeconds }: ZoneRecord): object {
  return { name, type, values, ttl: ttlSeconds };
}

function json(status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): WireResponse {
  return {
    status,
    headers: { 'content-type': 'application/json', ...headers },
    body: new TextEncoder().encode(`${JSON.stringify(value)}\n`),
  };
}
