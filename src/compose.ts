import type { Logger } from 'pino';
import { acmCertificates } from './adapters/aws/acm-certificates.ts';
import { createAwsClients } from './adapters/aws/aws-clients.ts';
import type { ObservedCall } from './adapters/aws/call-middleware.ts';
import { cloudFrontDistributions } from './adapters/aws/cloudfront-distributions.ts';
import { cloudFrontTenants } from './adapters/aws/cloudfront-tenants.ts';
import { lambdaFunctions } from './adapters/aws/lambda-functions.ts';
import { createCallBudgets } from './adapters/budget/call-budgets.ts';
import { CERTIFICATE_CALLS, DISTRIBUTION_CALLS, paced, TENANT_CALLS } from './adapters/budget/paced-port.ts';
import { resolverDns } from './adapters/dns/resolver-dns.ts';
import { prometheusMetrics, type PrometheusMetrics } from './adapters/metrics/prometheus-metrics.ts';
import { httpProbe, type HttpProbeOptions } from './adapters/probe/http-probe.ts';
import { systemClock } from './adapters/system/clock.ts';
import { systemIds } from './adapters/system/ids.ts';
import { systemSecrets } from './adapters/system/secrets.ts';
import { systemTokens } from './adapters/system/tokens.ts';
import { newWebhookSecret } from './adapters/system/webhook-secret.ts';
import { httpWebhookSender } from './adapters/webhook/http-webhook-sender.ts';
import type { Config } from './config.ts';
import { logTroubles } from './log-troubles.ts';
import { openCallers } from './open-callers.ts';
import { openStores } from './open-stores.ts';
import { addDomain } from './operations/add-domain.ts';
import { changeProject } from './operations/change-project.ts';
import { checkEligibility } from './operations/check-eligibility.ts';
import { createProject } from './operations/create-project.ts';
import { deleteProject } from './operations/delete-project.ts';
import { diagnoseDomain, type DiagnosisDeps } from './operations/diagnose-domain.ts';
import { FOLLOW_SETTINGS, eventFollower, type EventFollower } from './operations/follow-events.ts';
import { finishDeployment } from './operations/finish-deployment.ts';
import { getDeployment } from './operations/get-deployment.ts';
import { getDomain } from './operations/get-domain.ts';
import { getLive } from './operations/get-live.ts';
import { getOperation } from './operations/get-operation.ts';
import { getProject } from './operations/get-project.ts';
import { KeyedRun } from './operations/keyed-run.ts';
import { listDeployments } from './operations/list-deployments.ts';
import { listDomains } from './operations/list-domains.ts';
import { listEvents } from './operations/list-events.ts';
import { listOperations } from './operations/list-operations.ts';
import { listProjects } from './operations/list-projects.ts';
import { measuredSwitches } from './operations/measured-switches.ts';
import type { Operations } from './operations/operations.ts';
import { createPendingWatch } from './operations/pending-watch.ts';
import { clearPin, getPin, setPin } from './operations/pin.ts';
import { promote } from './operations/promote.ts';
import type { EventSettings } from './operations/record-events.ts';
import { SeenEventsByProject } from './operations/seen-events.ts';
import { registerDeployment } from './operations/register-deployment.ts';
import { releaseDeployment } from './operations/release-deployment.ts';
import { removeDomain } from './operations/remove-domain.ts';
import { rollBack } from './operations/roll-back.ts';
import type { SwitchDeps } from './operations/switch-deps.ts';
import { tendProject } from './operations/tend-project.ts';
import { createToken, deleteToken, getToken, listTokens, type TokenStoreDeps } from './operations/tokens.ts';
import type { WebhookDeps } from './operations/webhook-deps.ts';
import { listDeliveries, resendDelivery } from './operations/webhook-deliveries.ts';
import {
  changeWebhook, createWebhook, deleteWebhook, getWebhook, listWebhooks, rotateSecret,
} from './operations/webhooks.ts';
import { undoRollback } from './operations/undo-rollback.ts';
import { verifyDomain } from './operations/verify-domain.ts';
import type { CallBudget } from './ports/call-budget.ts';
import type { Authenticate } from './ports/callers.ts';
import type { Clock } from './ports/clock.ts';
import type { Stores } from './ports/stores.ts';
import { NO_TRACING, type Tracing } from './ports/tracing.ts';
import { createBackground } from './worker/background.ts';
import { census } from './worker/census.ts';
import { allSweeps } from './worker/sweeps.ts';
import { bothWorkers } from './worker/both-workers.ts';
import { webhookSweeps, type WebhookSweepParts } from './worker/webhook-sweeps.ts';
import { createWorker, type Worker } from './worker/worker.ts';

/** What is only known at the start: where the cloud and the DNS servers are. */
export interface Surroundings {
  readonly logger: Logger;
  readonly tracing?: Tracing | undefined;
  /** Where Lambda, ACM and CloudFront are; undefined for AWS itself. */
  readonly endpoint: string | undefined;
  /** `ip:port`; undefined for the system's resolvers. */
  readonly dnsServers: readonly string[] | undefined;
  /** Where every probe connects to; undefined for the host of its URL. */
  readonly probeConnectTo: HttpProbeOptions['connectTo'];
}

export interface Composition {
  readonly operations: Operations;
  readonly worker: Worker;
  readonly stores: Stores;
  readonly clock: Clock;
  readonly metrics: PrometheusMetrics;
  readonly authenticate: Authenticate;
  /** Before the server stops accepting. */
  readonly endStreams: () => void;
  readonly readiness: () => Promise<{ ready: boolean; checks: Record<string, string> }>;
  /** Waits for background work, then closes clients and store. Stop the worker and the server first. */
  close(): Promise<void>;
}

/** The only place where adapters meet operations. */
export function compose(config: Config, surroundings: Surroundings): Composition {
  const { logger, tracing = NO_TRACING, endpoint, dnsServers, probeConnectTo } = surroundings;
  const clock = systemClock();
  const ids = systemIds();
  const metrics = prometheusMetrics();
  const calls = {
    tracing,
    onCall: (call: ObservedCall) => {
      metrics.cloudCalled(call);
      logger.debug(call, 'aws call');
    },
  };
  const store = openStores(config, () => clock.now(), calls);
  const { stores } = store;
  const clients = createAwsClients({ ...config.aws, endpoint }, calls);
  const background = createBackground((error) => logger.error({ err: error }, 'background work failed; it is tried again'));
  const follower = eventFollower({ stores, clock }, { ...FOLLOW_SETTINGS, ...config.events });
  const events: EventSettings = {
    retentionMs: config.events.retentionMs,
    seen: new SeenEventsByProject(),
    onRecorded: (projectId, written) => {
      follower.noted(projectId);
      logTroubles(logger, written);
      written.forEach((event) => metrics.eventRecorded(event));
    },
  };
  const common = { stores, events, clock, ids, defaults: config.defaults };
  const budgets = createCallBudgets({
    table: stores.budgets, replicaId: ids.next('run'), rates: config.callRates, clock, workerWaitMs: config.worker.leaseMs / 3,
    onStoreError: (error) => logger.warn({ err: error }, 'the budget of AWS calls cannot be shared; each replica keeps to a part'),
  });
  const cloudPorts = (budget: CallBudget) => ({
    certificates: paced(acmCertificates(clients.acm), CERTIFICATE_CALLS, budget),
    distributions: paced(cloudFrontDistributions(clients.cloudFront), DISTRIBUTION_CALLS, budget),
    tenants: paced(cloudFrontTenants(clients.cloudFront), TENANT_CALLS, budget),
  });
  const forPeople = cloudPorts(budgets.people);
  const switching: SwitchDeps = {
    ...common,
    metrics,
    distributions: forPeople.distributions,
    probe: httpProbe({ ...config.probe, connectTo: probeConnectTo }),
    functions: lambdaFunctions(clients.lambda, { aliasName: config.switching.aliasName }),
    settings: config.switching,
    inBackground: background.run,
  };
  const lookups = { timeoutMs: config.dns.timeoutMs, tries: 2 };
  const dns = resolverDns({ ...lookups, ...(dnsServers && { servers: dnsServers }) });
  const domains: DiagnosisDeps = {
    ...common,
    ...forPeople,
    dns,
    resolvers: [
      { name: 'this server\'s resolver', dns },
      ...config.dns.furtherServers.map((name) => ({ name, dns: resolverDns({ ...lookups, servers: [name] }) })),
    ],
    settings: config.domains,
    tokens: systemTokens(),
    platformDomains: config.platformDomains,
    onCloudError: (key, error) => logger.warn({ err: error, key }, 'an AWS call failed; it is tried again'),
  };
  const forWorker = { ...domains, ...cloudPorts(budgets.worker) };
  const steps = allSweeps({
    deps: forWorker, pending: createPendingWatch(forWorker), place: Math.random(),
    tendProject: (projectId) => tendProject(switching, projectId),
    leaseMs: config.worker.leaseMs, concurrency: config.worker.concurrency, log: logger, metrics, tracing,
  });
  const webhooks: WebhookDeps = {
    ...common, sender: httpWebhookSender(config.webhooks), newSecret: newWebhookSecret, random: Math.random, metrics,
  };
  const { intervalMs } = config.worker;
  const loop = bothWorkers(
    createWorker({ steps: [...steps, census({ stores, clock, metrics })], clock, intervalMs, log: logger }),
    createWorker({ steps: webhookSweepsOf(config, webhooks, { log: logger, metrics, tracing }), clock, intervalMs, log: logger }),
  );
  const worker: Worker = {
    ...loop,
    // What waits for its turn to call AWS is left to other replicas.
    stop: () => {
      budgets.letGo();
      return loop.stop();
    },
  };
  return {
    operations: measuredSwitches(
      createOperations(switching, domains, { follower, webhooks, tokens: { ...common, secrets: systemSecrets() } }),
      { metrics, tracing, clock },
    ),
    worker, stores, clock, metrics,
    authenticate: openCallers(config.auth, { stores, clock }),
    readiness: () => readiness(() => store.check(), worker, clock, config.worker.intervalMs),
    endStreams: () => follower.close(),
    close: async () => {
      await background.drain();
      clients.destroy();
      store.close();
    },
  };
}

/** A message is on its way for no longer than its time-out, and what is written about it after that. */
const LEAST_SEND_LEASE_MS = 15_000;

function webhookSweepsOf(
  { webhooks, worker }: Config, deps: WebhookDeps, shared: Pick<WebhookSweepParts, 'log' | 'metrics' | 'tracing'>,
) {
  const leaseMs = Math.max(worker.leaseMs, webhooks.timeoutMs + LEAST_SEND_LEASE_MS);
  return webhookSweeps({ deps, leaseMs, concurrency: webhooks.concurrency, ...shared });
}

function createOperations(switching: SwitchDeps, domains: DiagnosisDeps, { follower, webhooks, tokens }: {
  readonly follower: EventFollower; readonly webhooks: WebhookDeps; readonly tokens: TokenStoreDeps;
}): Operations {
  return {
    startRun: (request) => new KeyedRun(switching, request),
    createProject: createProject(switching),
    listProjects: listProjects(switching),
    getProject: getProject(switching),
    changeProject: changeProject(switching),
    deleteProject: deleteProject(switching),
    registerDeployment: registerDeployment(switching),
    releaseDeployment: releaseDeployment(switching),
    listDeployments: listDeployments(switching),
    getDeployment: getDeployment(switching),
    finishDeployment: finishDeployment(switching),
    rollBack: rollBack(switching),
    promote: promote(switching),
    undoRollback: undoRollback(switching),
    setPin: setPin(switching),
    getPin: getPin(switching),
    clearPin: clearPin(switching),
    getLive: getLive(switching),
    checkEligibility: checkEligibility(switching),
    listOperations: listOperations(switching),
    getOperation: getOperation(switching),
    listEvents: listEvents(switching),
    followEvents: follower.follow,
    createWebhook: createWebhook(webhooks),
    listWebhooks: listWebhooks(webhooks),
    getWebhook: getWebhook(webhooks),
    changeWebhook: changeWebhook(webhooks),
    rotateWebhookSecret: rotateSecret(webhooks),
    deleteWebhook: deleteWebhook(webhooks),
    listDeliveries: listDeliveries(webhooks),
    resendDelivery: resendDelivery(webhooks),
    addDomain: addDomain(domains),
    listDomains: listDomains(domains),
    getDomain: getDomain(domains),
    diagnoseDomain: diagnoseDomain(domains),
    verifyDomain: verifyDomain(domains),
    removeDomain: removeDomain(domains),
    createToken: createToken(tokens),
    listTokens: listTokens(tokens),
    getToken: getToken(tokens),
    deleteToken: deleteToken(tokens),
  };
}

/** The worker counts as well when it has ended a pass lately; a pass may take a while under load. */
async function readiness(
  check: () => Promise<void>, worker: Worker, clock: Clock, intervalMs: number,
): Promise<{ ready: boolean; checks: Record<string, string> }> {
  const store = await check().then(() => 'ok', (error: unknown) => `cannot be used: ${String(error)}`);
  const { lastPassAt } = worker.health();
  const oldestMs = intervalMs * 3 + 30_000;
  const fresh = lastPassAt !== undefined && clock.now() - lastPassAt < oldestMs;
  const checks = { store, worker: fresh ? 'ok' : `has not ended a pass in the last ${oldestMs} ms` };
  return { ready: store === 'ok' && fresh, checks };
}
