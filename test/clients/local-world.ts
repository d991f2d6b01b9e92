/** What a client does not do through Anchor: visit the site, and set a record at a DNS provider. */
import { strict as assert } from 'node:assert';
import { request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

const { CLOUD_URL = '', EDGE_URL = '' } = process.env;

/** Which version of the server function answers. (`fetch` sends no other `host`.) */
export async function visit(host: string): Promise<string> {
  const chunks: Buffer[] = [];
  await new Promise<void>((resolve, reject) => {
    request(EDGE_URL, { headers: { host } }, (response) => {
      response.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', resolve).on('error', reject);
    }).on('error', reject).end();
  });
  return (JSON.parse(Buffer.concat(chunks).toString()) as { executedVersion: string }).executedVersion;
}

/** Looks twice a second, as somebody who waits for a domain would, for a minute at most. */
export async function untilActive<T extends { readonly status: string; readonly statusMessage: string }>(
  look: () => Promise<T>,
): Promise<void> {
  for (let looks = 0, domain = await look(); domain.status !== 'active'; domain = await look()) {
    assert(++looks < 120, domain.statusMessage);
    await delay(500);
  }
}

export async function setRecord(
  { recordName, recordType, recordValue }: { recordName: string | null; recordType: string; recordValue: string | null },
): Promise<void> {
  const answer = await fetch(`${CLOUD_URL}/_local/dns/records`, {
    method: 'PUT', headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: recordName, type: recordType, value: recordValue }),
  });
  assert(answer.ok, 'the record is set');
}
