import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { banner } from './banner.ts';
import { compose, type Composition } from './compose.ts';
import type { Config } from './config.ts';
import { readDemo, seedDemoProject } from './demo-project.ts';
import type { ProjectDefaults } from './domain/project.ts';
import { buildApp } from './http/app.ts';
import { buildMetricsApp } from './http/metrics-app.ts';
import { systemIds } from './adapters/system/ids.ts';
import { startDemoCloud } from './local-cloud/demo-cloud.ts';
import type { DemoCloud } from './local-cloud/demo-data.ts';
import type { OpenTracing } from './open-tracing.ts';
import type { RunningLocalCloud } from './local-cloud/local-cloud-server.ts';

export interface RunningServer {
  readonly url: string;
  /** Where the metrics are, with `METRICS_PORT`. */
  readonly metricsUrl: string | undefined;
  /** The embedded cloud of this process, if it has one. */
  readonly localCloud: RunningLocalCloud | undefined;
  readonly composition: Composition;
  /** For people; undefined where there is no demo to show. */
  readonly banner: string | undefined;
  /**
   * Says that it is no longer ready and begins no more background work; after `DRAIN_DELAY_MS` stops accepting,
   * finishes running requests and the worker's step, then closes everything.
   */
  close(): Promise<void>;
}

const DRAINING = { ready: false, checks: { server: 'is shutting down' } };

/** Starts everything the configuration names; what was opened is closed again when a part fails. */
export async function startServer(config: Config, logger: Logger, tracing?: OpenTracing): Promise<RunningServer> {
  const opened: (() => Promise<void>)[] = [];
  let draining = false;
  const closeAll = async () => {
    for (const closePart of opened.splice(0).reverse()) await closePart();
  };
  try {
    const localCloud = config.embedsCloud ? await startEmbeddedCloud(config) : undefined;
    if (localCloud) opened.push(() => localCloud.close());
    const endpoint = config.aws.endpoint ?? localCloud?.cloudUrl;
    const demo = localCloud?.demo ?? await sharedDemo(config, logger);
    const defaults = withDemoTenants(config.defaults, demo);
    const composition = compose({ ...config, defaults }, {
      logger, tracing, endpoint, dnsServers: dnsServersOf(config, localCloud),
      probeConnectTo: probeConnectToOf(config, localCloud?.edgeUrl, endpoint),
    });
    opened.push(() => composition.close());

    if (demo) await seedDemoProject(composition.stores, composition.clock, demo);

    composition.worker.start();
    opened.push(() => composition.worker.stop());
    const { operations, authenticate, metrics, endStreams } = composition;
    const readiness = async () => (draining ? DRAINING : composition.readiness());
    const app = await buildApp({
      operations, authenticate, readiness, logger, metrics, endStreams, projectDefaults: defaults, limits: config.limits,
      traceRequests: tracing?.traceRequests,
      ...(config.metricsPort === undefined && { metricsPage: metrics }),
    });
    opened.push(() => app.close());
    const metricsApp = config.metricsPort === undefined ? undefined : buildMetricsApp(metrics);
    if (metricsApp) opened.push(() => metricsApp.close());
    const metricsUrl = metricsApp && await listen(metricsApp, config.host, config.metricsPort ?? 0, 'METRICS_PORT');
    const url = await listen(app, config.host, config.port, 'PORT');
    const close = async () => {
      draining = true;
      const idle = composition.worker.stop();
      await setTimeout(config.drainDelayMs);
      await closeAll();
      await idle;
    };
    return {
      url, metricsUrl, localCloud, composition, close,
      banner: demo && bannerOf({ config, url, demo, localCloud, endpoint }),
    };
  } catch (error) {
    await closeAll();
    throw error;
  }
}

async function startEmbeddedCloud(config: Config): Promise<RunningLocalCloud & { demo: DemoCloud }> {
  const ids = systemIds();
  mkdirSync(config.dataDir, { recursive: true });
  return startDemoCloud(
    { ...config.localCloud, dataFile: join(config.dataDir, 'local-cloud.sqlite') },
    { deploymentIds: [ids.next('dep'), ids.next('dep')], aliasName: config.switching.aliasName },
  );
}

/** With a local cloud of another process; one that does not answer is no reason not to start. */
async function sharedDemo(config: Config, logger: Logger): Promise<DemoCloud | undefined> {
  if (config.cloud !== 'local' || config.aws.endpoint === undefined) return undefined;
  try {
    return await readDemo(config.aws.endpoint);
  } catch (error) {
    logger.warn({ err: error }, `no demo data could be read from ${config.aws.endpoint}`);
    return undefined;
  }
}

/** So that a project need only say that it wants tenants. */
function withDemoTenants(defaults: ProjectDefaults, demo: DemoCloud | undefined): ProjectDefaults {
  if (defaults.tenants || !demo) return defaults;
  const { tenantDistributionId: distributionId, routingEndpoint, connectionGroupId } = demo;
  return { ...defaults, tenants: { distributionId, routingEndpoint, connectionGroupId } };
}

/** Look-ups ask the local DNS wherever the cloud is local; it is found beside a cloud that is shared. */
function dnsServersOf(config: Config, localCloud: RunningLocalCloud | undefined): readonly string[] | undefined {
  if (config.dns.servers) return config.dns.servers;
  if (localCloud) return [`127.0.0.1:${localCloud.dnsPort}`];
  return config.cloud === 'local' ? [`127.0.0.1:${config.localCloud.dnsPort}`] : undefined;
}

/** Probes ask the local edge wherever the cloud is local; it is found beside a cloud that is shared. */
function probeConnectToOf(
  { probe, cloud, localCloud: { edgePort } }: Config, edgeUrl: string | undefined, endpoint: string | undefined,
): Config['probe']['connectTo'] {
  if (probe.connectTo || cloud !== 'local' || endpoint === undefined) return probe.connectTo;
  const { hostname, port } = new URL(edgeUrl ?? `http://${new URL(endpoint).hostname}:${edgePort}`);
  return { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) || 80 };
}

interface BannerParts {
  readonly config: Config;
  readonly url: string;
  readonly demo: DemoCloud;
  readonly localCloud: RunningLocalCloud | undefined;
  readonly endpoint: string | undefined;
}

function bannerOf({ config, url, demo, localCloud, endpoint = '' }: BannerParts): string {
  const [olderDeploymentId, newerDeploymentId] = demo.deploymentIds;
  return banner({
    serverUrl: url, cloudUrl: endpoint, dataDir: config.dataDir,
    edgeUrl: localCloud?.edgeUrl ?? `http://${new URL(endpoint).hostname}:${config.localCloud.edgePort}`,
    auth: config.auth.mode,
    demo: { olderDeploymentId, newerDeploymentId, distributionDomain: demo.distributionDomain },
  });
}

async function listen(app: FastifyInstance, host: string, port: number, setting: string): Promise<string> {
  try {
    return await app.listen({ host, port });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code !== 'EADDRINUSE') throw error;
    throw new Error(`port ${port} on ${host} is already in use; set ${setting} to another one`, { cause: error });
  }
}
