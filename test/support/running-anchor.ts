import { randomUUID } from 'node:crypto';
import type { Test } from 'tap';
import { createTables } from '../../src/adapters/dynamodb/create-tables.ts';
import { dynamoClient } from '../../src/adapters/dynamodb/dynamo-client.ts';
import { EnvironmentSchema, loadConfig } from '../../src/config.ts';
import { type RunningServer, startServer } from '../../src/server.ts';
import { AnchorClient } from './anchor-client.ts';
import { CloudView } from './cloud-view.ts';
import { startDynalite } from './dynalite.ts';
import { gatheredLogger } from './gathered-logs.ts';

/** Free ports, and a pace at which the whole story of a domain takes a second or two. */
export const QUICK = {
  PORT: '0', LOCAL_CLOUD_PORT: '0', LOCAL_DNS_PORT: '0', LOCAL_EDGE_PORT: '0',
  LOCAL_DEPLOY_TIME_MS: '200', LOCAL_CERTIFICATE_CHECK_MS: '50', LOG_LEVEL: 'error',
  WORKER_INTERVAL_MS: '50', CERTIFICATE_CHECK_MS: '50', EDGE_BATCH_WINDOW_MS: '50', DEPLOY_CHECK_MS: '50',
  DOMAIN_LOOK_EVERY_MS: '50',
  // Nothing here is about time-outs, and tests share the machine with others.
  AWS_CONNECT_TIMEOUT_MS: '5000', AWS_REQUEST_TIMEOUT_MS: '15000', OPERATION_BUDGET_MS: '14000',
} as const;

export type Environment = Readonly<Record<string, string>>;

export class RunningAnchor extends AnchorClient {
  readonly server: RunningServer;
  readonly cloud: CloudView;

  constructor(server: RunningServer, urls: { cloudUrl: string; edgeUrl: string }) {
    super({ url: server.url, ...urls });
    this.server = server;
    this.cloud = new CloudView(urls.cloudUrl);
  }

  async close(): Promise<void> {
    this.cloud.close();
    await this.server.close();
  }
}

/** A whole server in this process, closed with the test; its data lives in the test's folder unless told otherwise. */
export async function startAnchor(
  t: Test, more: Environment = {}, shared?: { readonly cloudUrl: string; readonly edgeUrl: string },
): Promise<RunningAnchor> {
  const config = loadConfig({ ...QUICK, ...more, DATA_DIR: more['DATA_DIR'] ?? t.testdir() });
  const server = await startServer(config, gatheredLogger(config.logLevel));
  const cloud = shared ?? server.localCloud;
  if (!cloud) throw new Error('a server without a cloud of its own has to be told where the shared one is');
  const anchor = new RunningAnchor(server, { cloudUrl: cloud.cloudUrl, edgeUrl: cloud.edgeUrl });
  t.teardown(() => anchor.close());
  return anchor;
}

/**
 * The settings for a store on DynamoDB, with tables of its own that exist already. `DYNAMODB_ENDPOINT` names a server
 * to use instead of dynalite.
 */
export async function dynamoStore(t: Test): Promise<Environment> {
  const external = process.env['DYNAMODB_ENDPOINT'];
  const endpoint = external ?? await dynaliteFor(t);
  const run = randomUUID().slice(0, 8);
  const names = Object.fromEntries(Object.keys(EnvironmentSchema.properties)
    .filter((name) => name.endsWith('_TABLE'))
    .map((name) => [name, `e2e-${run}-${name.toLowerCase()}`]));
  const environment = { STORE: 'dynamodb', AWS_ENDPOINT_URL_DYNAMODB: endpoint, ...names };
  const { dynamodb, tableNames } = loadConfig({ ...QUICK, ...environment });
  const client = dynamoClient(dynamodb);
  await createTables(client, tableNames);
  client.destroy();
  return environment;
}

async function dynaliteFor(t: Test): Promise<string> {
  const dynalite = await startDynalite();
  t.teardown(() => dynalite.close());
  return dynalite.endpoint;
}
