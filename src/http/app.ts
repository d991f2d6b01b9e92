import sensible from '@fastify/sensible';
import Fastify, { LogController } from 'fastify';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import type { Metrics } from '../ports/metrics.ts';
import { addressList } from '../domain/address-list.ts';
import type { Authenticate } from '../ports/callers.ts';
import { answerClientError } from './client-error.ts';
import { COMMON_COMPONENTS } from './common-schemas.ts';
import type { HttpLimits } from './limits.ts';
import { checkGrants, recogniseCallers } from './plugins/authentication.ts';
import { closeQuietConnections } from './plugins/closing-connections.ts';
import { requireDescriptions } from './plugins/described-routes.ts';
import { documentRoutes } from './plugins/documentation.ts';
import { noteOrigins } from './plugins/origin.ts';
import { keyedChanges } from './plugins/idempotency.ts';
import { parseJsonOnly } from './plugins/json-bodies.ts';
import { limitRates, refuseUnderPressure, setBrowserHeaders } from './plugins/limits.ts';
import { observeRequests } from './plugins/observed-requests.ts';
import { answerFrameworkError, answerProblems } from './plugins/problem-answers.ts';
import { requireGrants } from './plugins/route-grants.ts';
import { arrivalLimits, limitSlowClients } from './plugins/slow-clients.ts';
import { requestIdOf } from './request-id.ts';
import type { RouteDeps, RouteScope } from './route-scope.ts';
import { deploymentRoutes } from './routes/deployments/routes.ts';
import {
  Deployment, DeploymentEnd, DeploymentInput, Promotion, RegisteredDeployment,
} from './routes/deployments/schemas.ts';
import { domainRoutes } from './routes/domains/routes.ts';
import { DIAGNOSIS_COMPONENTS } from './routes/domains/diagnosis-schemas.ts';
import {
  CertificateRecord, CustomDomain, DnsInstruction, DnsInstructionWithNote, DomainInput, DomainPair, MoveInstruction,
  OwnershipChallenge,
} from './routes/domains/schemas.ts';
import { eligibilityRoutes } from './routes/eligibility/routes.ts';
import { Eligibility, EligibilityCheck } from './routes/eligibility/schemas.ts';
import { eventRoutes } from './routes/events/routes.ts';
import { EVENT_COMPONENTS } from './routes/events/schemas.ts';
import { healthRoutes } from './routes/health/routes.ts';
import type { ReadinessReport } from './routes/health/routes.ts';
import { Health, NotReady, Readiness } from './routes/health/schemas.ts';
import { liveRoutes } from './routes/live/routes.ts';
import { AliasView, LiveDeployment, LiveState, RunningOperation } from './routes/live/schemas.ts';
import { metricsRoutes, type MetricsPage } from './routes/metrics/routes.ts';
import { operationRoutes } from './routes/operations/routes.ts';
import { CacheOutcome, ProofOutcome } from './routes/operations/outcome-schemas.ts';
import { Operation, OperationResult, OperationStep } from './routes/operations/schemas.ts';
import { pinRoutes } from './routes/pin/routes.ts';
import { Pin, PinInput } from './routes/pin/schemas.ts';
import { EDGE_COMPONENTS } from './routes/projects/edge-schemas.ts';
import { FOLLOW_UP_COMPONENTS } from './routes/projects/follow-up-schemas.ts';
import { projectRoutes } from './routes/projects/routes.ts';
import { Project, ProjectChanges, ProjectInput } from './routes/projects/schemas.ts';
import { rollbackRoutes } from './routes/rollback/routes.ts';
import {
  PromoteRequest, RollbackAnswer, RollbackDryRun, RollbackRequest, RollbackResult, SwitchResult, UndoRequest,
} from './routes/rollback/schemas.ts';
import { TOKEN_COMPONENTS } from './routes/tokens/schemas.ts';
import { tokenRoutes } from './routes/tokens/routes.ts';
import { webhookRoutes } from './routes/webhooks/routes.ts';
import { WEBHOOK_COMPONENTS } from './routes/webhooks/schemas.ts';
import { sharedSerializers } from './shared-serializers.ts';
import { strictBodies } from './validation.ts';

export interface AppDeps extends RouteDeps {
  /** Ends the streams that are open, which would keep the server from closing. */
  readonly endStreams?: () => void;
  readonly readiness: () => Promise<ReadinessReport>;
  readonly authenticate: Authenticate;
  readonly limits: HttpLimits;
  readonly metrics?: Pick<Metrics, 'requestAnswered'>;
  /** Adds a span for each request; before any route and hook. */
  readonly traceRequests?: ((app: FastifyInstance) => Promise<void>) | undefined;
  /** Left out: there is no `/metrics` here. */
  readonly metricsPage?: MetricsPage;
  /** Left out: nothing is logged. */
  readonly logger?: FastifyBaseLogger;
}

const COMPONENTS = [
  Project, ProjectInput, ProjectChanges, ...EDGE_COMPONENTS, ...FOLLOW_UP_COMPONENTS,
  Deployment, DeploymentInput, DeploymentEnd, RegisteredDeployment, Promotion,
  Eligibility, EligibilityCheck,
  RollbackRequest, RollbackAnswer, RollbackResult, RollbackDryRun, PromoteRequest, UndoRequest, SwitchResult,
  LiveState, LiveDeployment, AliasView, RunningOperation, Pin, PinInput,
  Operation, OperationStep, OperationResult, CacheOutcome, ProofOutcome,
  CustomDomain, DomainInput, DnsInstruction, DnsInstructionWithNote, MoveInstruction, CertificateRecord, OwnershipChallenge,
  DomainPair,
  ...DIAGNOSIS_COMPONENTS,
  ...TOKEN_COMPONENTS,
  ...EVENT_COMPONENTS,
  ...WEBHOOK_COMPONENTS,
  Health, Readiness, NotReady,
  ...COMMON_COMPONENTS,
];

/** The whole HTTP surface, ready to listen or to be injected into. */
export async function buildApp(deps: AppDeps): Promise<FastifyInstance> {
  const app: FastifyInstance = Fastify({
    ...(deps.logger ? { loggerInstance: deps.logger } : { logger: false }),
    // The log has one line a request: `observeRequests`.
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    bodyLimit: deps.limits.bodyLimitBytes,
    ...arrivalLimits(deps.limits),
    ...(deps.limits.trustedProxies.length > 0 && { trustProxy: isOneOf(deps.limits.trustedProxies) }),
    genReqId: requestIdOf,
    schemaController: { compilersFactory: { buildValidator: strictBodies(), buildSerializer: sharedSerializers() } },
    frameworkErrors: answerFrameworkError,
    clientErrorHandler: answerClientError,
    // While draining, what still arrives on open connections is served rather than refused.
    return503OnClosing: false,
    // An over-long id is an unknown id like any other.
    routerOptions: { maxParamLength: 16_384 },
  });
  await deps.traceRequests?.(app);
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id);
  });
  observeRequests(app, deps.metrics);
  closeQuietConnections(app);
  await app.register(sensible);
  limitSlowClients(app, deps.limits);
  await refuseUnderPressure(app, deps.limits);
  await setBrowserHeaders(app, deps.limits);
  recogniseCallers(app, deps.authenticate);
  await limitRates(app, deps.limits);
  checkGrants(app);
  parseJsonOnly(app);
  requireGrants(app);
  requireDescriptions(app);
  answerProblems(app);
  for (const component of COMPONENTS) app.addSchema(component);
  await documentRoutes(app, deps.limits.docs);
  await app.register(async (scope) => addApiRoutes(scope, deps));
  await app.register(async (scope: RouteScope) => healthRoutes(scope, deps.readiness));
  await app.ready();
  return app;
}

function isOneOf(trustedProxies: readonly string[]): (address: string) => boolean {
  const list = addressList(trustedProxies);
  return (address) => list.has(address);
}

function addApiRoutes(scope: RouteScope, deps: AppDeps): void {
  noteOrigins(scope);
  keyedChanges(scope, deps.operations);
  projectRoutes(scope, deps);
  deploymentRoutes(scope, deps);
  eligibilityRoutes(scope, deps);
  rollbackRoutes(scope, deps);
  liveRoutes(scope, deps);
  pinRoutes(scope, deps);
  operationRoutes(scope, deps);
  domainRoutes(scope, deps);
  if (deps.metricsPage) metricsRoutes(scope, deps.metricsPage);
  tokenRoutes(scope, deps);
  eventRoutes(scope, deps);
  webhookRoutes(scope, deps);
  if (deps.endStreams) scope.addHook('preClose', async () => deps.endStreams?.());
}
