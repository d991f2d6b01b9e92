import type { Test } from 'tap';
import type { AwsClients } from '../../../src/adapters/aws/aws-clients.ts';
import { createAwsClients } from '../../../src/adapters/aws/aws-clients.ts';
import type { DnsRecord } from '../../../src/domain/certificate.ts';
import { memoryPersistence } from '../../../src/local-cloud/collection.ts';
import type { LocalCloud } from '../../../src/local-cloud/local-cloud.ts';
import { createLocalCloud } from '../../../src/local-cloud/local-cloud.ts';
import { sdkRequestHandler } from '../../../src/local-cloud/sdk-handler.ts';
import type { LocalCloudSettings } from '../../../src/local-cloud/settings.ts';
import { testSettings } from './recording-handler.ts';

export interface LocalWorld {
  readonly cloud: LocalCloud;
  readonly clients: AwsClients;
  readonly advance: (ms: number) => void;
}

/** The product's own clients plugged into an embedded cloud in memory, whose time passes only by `advance`. */
export function localWorld(t: Test, settings: Partial<LocalCloudSettings> = {}): LocalWorld {
  let now = Date.UTC(2026, 0, 1);
  const cloud = createLocalCloud({ persistence: memoryPersistence(), settings, now: () => now });
  const clients = createAwsClients(testSettings(), { requestHandler: sdkRequestHandler(cloud) });
  t.teardown(() => clients.destroy());
  return { cloud, clients, advance: (ms) => { now += ms; } };
}

/** Puts the validation records of a certificate into DNS and lets ACM look at them. */
export function publishRecords(world: LocalWorld, records: readonly DnsRecord[]): void {
  for (const { name, type, value } of records) world.cloud.zone.set({ name, type, values: [value] });
  world.advance(world.cloud.settings.certificateCheckMs);
}
