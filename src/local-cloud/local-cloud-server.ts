import { memoryPersistence } from './collection.ts';
import { startDnsServer } from './dns/dns-server.ts';
import type { Address, Listener } from './http-listener.ts';
import { listen, wireListener } from './http-listener.ts';
import type { LocalCloud, LocalCloudParts } from './local-cloud.ts';
import { createLocalCloud } from './local-cloud.ts';
import { openPersistence } from './sqlite-persistence.ts';
import { createViewerEdge } from './viewer/viewer-edge.ts';

export interface LocalCloudServerOptions extends Omit<LocalCloudParts, 'persistence'> {
  readonly host: string;
  /** Ports; 0 takes any free one. */
  readonly cloudPort: number;
  readonly dnsPort: number;
  readonly edgePort: number;
  /** SQLite file that remembers everything; only memory when left out. */
  readonly dataFile?: string | undefined;
}

export interface RunningLocalCloud {
  /** The endpoint for SDK clients and for `aws --endpoint-url`. */
  readonly cloudUrl: string;
  /** UDP and TCP. */
  readonly dnsPort: number;
  readonly edgeUrl: string;
  readonly cloud: LocalCloud;
  close(): Promise<void>;
}

/**
 * Starts the embedded cloud's three listeners. Rejects with an Error that names port and setting
 * when one of them is taken; then nothing is left open.
 */
export async function startLocalCloud(options: LocalCloudServerOptions): Promise<RunningLocalCloud> {
  const { host, cloudPort, dnsPort, edgePort, dataFile } = options;
  const opened: { close(): unknown }[] = [];
  const close = async (): Promise<void> => {
    for (const part of opened.splice(0).reverse()) await part.close();
  };
  const start = async (setting: string, port: number, open: (at: Address) => Promise<Listener>): Promise<number> => {
    const listener = await open({ host, port }).catch((error: unknown) => {
      throw portError(error, setting, { host, port });
    });
    opened.push(listener);
    return listener.port;
  };
  try {
    const persistence = dataFile === undefined
      ? { ...memoryPersistence(), close: () => undefined } : openPersistence(dataFile);
    opened.push(persistence);
    const cloud = createLocalCloud({ ...options, persistence });
    const cloudAt = await start('LOCAL_CLOUD_PORT', cloudPort, (at) => listen(wireListener(cloud), at));
    const dnsAt = await start('LOCAL_DNS_PORT', dnsPort, (at) => startDnsServer(cloud.zone, at));
    const edgeAt = await start('LOCAL_EDGE_PORT', edgePort, (at) => listen(edgeOf(cloud), at));
    return { cloudUrl: urlOf(host, cloudAt), dnsPort: dnsAt, edgeUrl: urlOf(host, edgeAt), cloud, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function edgeOf({ cloudFront, lambda }: LocalCloud): ReturnType<typeof createViewerEdge> {
  return createViewerEdge({
    resolve: (hostname) => cloudFront.resolve(hostname),
    invoke: (functionName, alias, event) => lambda.invoke(functionName, alias, event),
  });
}

function urlOf(host: string, port: number): string {
  const reachable = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
}

function portError(error: unknown, setting: string, { host, port }: Address): unknown {
  if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') return error;
  return new Error(`port ${port} on ${host} is already in use; set ${setting} to another one`, { cause: error });
}
