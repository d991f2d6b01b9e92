import type { AccessToken } from '../domain/access-token.ts';
import type { Deployment } from '../domain/deployment.ts';
import type { DnsDiagnosis } from '../domain/dns-diagnosis.ts';
import type { DomainView } from '../domain/domain-view.ts';
import type { Event, EventType } from '../domain/event.ts';
import type { Eligibility } from '../domain/eligibility.ts';
import type { Grant } from '../domain/grants.ts';
import type { LiveState } from '../domain/live-state.ts';
import type { KeyedRequest } from '../domain/idempotency.ts';
import type { Operation } from '../domain/operation.ts';
import type { ProbeSettings } from '../domain/probe.ts';
import type { DriftHandling, Pin, Project } from '../domain/project.ts';
import type { DeploymentStatus } from '../domain/shared-words.ts';
import type { Delivery, Webhook } from '../domain/webhook.ts';
import type { ProjectEdge } from '../domain/project-edge.ts';
import type { KeyedRun } from './keyed-run.ts';

/**
 * Everything a caller can ask for; `http` knows nothing else of the program. Each refusal is an
 * `AnchorError`; a `CloudError` may pass through and means AWS could not do it.
 */
export interface Operations {
  /** For a request with an Idempotency-Key. Only the methods that take a run can do their part twice when it is left out. */
  startRun(request: KeyedRequest): KeyedRun;

  createProject(input: ProjectInput, run?: KeyedRun): Promise<Project>;
  /** Those that the grants let their holder see. */
  listProjects(page: PageRequest, grants: readonly Grant[]): Promise<Page<Project>>;
  getProject(projectId: string): Promise<Project>;
  /** Null clears a setting, so that the installation's default applies. */
  changeProject(projectId: string, changes: ProjectChanges): Promise<Project>;
  deleteProject(projectId: string, run?: KeyedRun): Promise<void>;

  registerDeployment(projectId: string, input: DeploymentInput, run?: KeyedRun): Promise<Deployment>;
  /** Registers, then promotes unless the project is pinned; says which. */
  releaseDeployment(projectId: string, input: DeploymentInput, caller: string, run?: KeyedRun): Promise<Release>;
  listDeployments(projectId: string, filter: DeploymentFilter, page: PageRequest): Promise<Page<Deployment>>;
  getDeployment(projectId: string, deploymentId: string): Promise<Deployment>;
  /** Moves a build from `building` to its end. */
  finishDeployment(projectId: string, deploymentId: string, end: DeploymentEnd): Promise<Deployment>;

  rollBack(projectId: string, input: RollbackInput): Promise<RollbackResult>;
  /** Throws `project_pinned` while a pin stands and `override` is not given. */
  promote(projectId: string, input: PromoteInput): Promise<SwitchResult>;
  /** Back to what was live before the latest rollback; lifts the pin that rollback set. */
  undoRollback(projectId: string, input: UndoInput): Promise<SwitchResult>;
  setPin(projectId: string, input: PinInput): Promise<Pin>;
  /** Throws `pin_not_found` when no pin stands. */
  getPin(projectId: string): Promise<Pin>;
  clearPin(projectId: string): Promise<void>;
  /** What is live by the records and on Lambda; answers in bounded time whatever Lambda does. */
  getLive(projectId: string): Promise<LiveState>;
  /** What speaks against making a deployment live; moves nothing. */
  checkEligibility(projectId: string, deploymentId: string): Promise<Eligibility>;
  listOperations(projectId: string, page: PageRequest): Promise<Page<Operation>>;
  getOperation(projectId: string, operationId: string): Promise<Operation>;

  /** What has happened, newest first; answers for a deleted project for as long as its events are kept. */
  listEvents(projectId: string, filter: EventFilter, page: PageRequest): Promise<Page<Event>>;
  /** Every event after the given one, as it is recorded, until `signal` is aborted or the server closes. */
  followEvents(projectId: string, request: FollowRequest): Promise<AsyncIterable<Followed>>;

  /** Answers the secret, for the only time; so does `rotateWebhookSecret`. */
  createWebhook(projectId: string, input: WebhookInput, run?: KeyedRun): Promise<WebhookWithSecret>;
  listWebhooks(projectId: string, page: PageRequest): Promise<Page<Webhook>>;
  getWebhook(projectId: string, webhookId: string): Promise<Webhook>;
  changeWebhook(projectId: string, webhookId: string, changes: WebhookChanges): Promise<Webhook>;
  rotateWebhookSecret(projectId: string, webhookId: string): Promise<WebhookWithSecret>;
  deleteWebhook(projectId: string, webhookId: string): Promise<void>;
  listDeliveries(projectId: string, webhookId: string, filter: DeliveryFilter, page: PageRequest): Promise<Page<Delivery>>;
  resendDelivery(projectId: string, webhookId: string, deliveryId: string): Promise<Delivery>;

  /** `created: false` when this project already has the name: the retry is harmless. */
  addDomain(projectId: string, input: DomainInput): Promise<{ created: boolean; domain: DomainView }>;
  listDomains(projectId: string, page: PageRequest): Promise<Page<DomainView>>;
  /** Looks at ACM now (bounded, at most once every few seconds for one domain) and moves the domain on. */
  getDomain(projectId: string, domainId: string): Promise<DomainView>;
  /** Looks at the domain's DNS now, in bounded time; changes nothing. */
  diagnoseDomain(projectId: string, domainId: string): Promise<DnsDiagnosis>;
  /**
   * Looks at everything now, moves the domain on, and lets a failed one try again. Throws
   * `verify_too_soon` when it was asked for a moment ago.
   */
  verifyDomain(projectId: string, domainId: string): Promise<DnsDiagnosis>;
  /** Makes the domain's absence the desired state; the worker does the rest. */
  removeDomain(projectId: string, domainId: string): Promise<DomainView>;

  createToken(input: TokenInput, run?: KeyedRun): Promise<NewToken>;
  listTokens(page: PageRequest): Promise<Page<AccessToken>>;
  getToken(tokenId: string): Promise<AccessToken>;
  deleteToken(tokenId: string): Promise<void>;
}

export interface PageRequest {
  /** 1 to 100. */
  readonly limit: number;
  /** From the page before; opaque to callers. */
  readonly cursor?: string | undefined;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor?: string;
}

export interface DomainInput {
  readonly domain: string;
  /** Contend for a name that another project holds: it changes hands once control is proven. */
  readonly takeOver?: boolean | undefined;
  /** For an apex: what becomes of its `www`. */
  readonly www?: 'redirect' | 'also' | 'none' | undefined;
}

export interface ProjectInput {
  readonly name: string;
  readonly serverFunctionName?: string;
  readonly imageFunctionName?: string;
  readonly distributionId?: string;
  readonly distributionDomain?: string;
  readonly edge?: ProjectEdge;
  /** `paths` left out: everything. */
  readonly cache?: { readonly invalidate: boolean; readonly paths?: readonly string[] };
  readonly probe?: ProbeSettings;
  /** Left out: `repair`. */
  readonly onDomainDrift?: DriftHandling;
}

export type ProjectChanges = {
  readonly [K in keyof ProjectInput]?: ProjectInput[K] | (K extends 'name' ? never : null);
};

export interface DeploymentInput {
  readonly commitSha: string;
  readonly branch: string;
  readonly version: string;
  readonly status: DeploymentStatus;
  readonly lambdaServerVersionArn?: string;
  readonly lambdaImageVersionArn?: string;
}

export interface DeploymentFilter {
  readonly branch?: string | undefined;
  readonly status?: DeploymentStatus | undefined;
}

export interface WebhookInput {
  readonly url: string;
  readonly types?: readonly EventType[] | undefined;
}

export interface WebhookChanges {
  readonly url?: string | undefined;
  /** Null: every type. */
  readonly types?: readonly EventType[] | null | undefined;
}

export interface WebhookWithSecret {
  readonly webhook: Webhook;
  readonly secret: string;
}

export interface DeliveryFilter {
  readonly state?: Delivery['state'] | undefined;
}

export interface EventFilter {
  readonly type?: EventType | undefined;
}

export interface FollowRequest extends EventFilter {
  /** The id of the last event that is known already; left out: what is recorded from now on. */
  readonly after?: string | undefined;
  readonly signal: AbortSignal;
}

export type Followed =
  | { readonly kind: 'event'; readonly event: Event }
  /** Nothing has happened for a while. `through`: all events up to this one are known by now. */
  | { readonly kind: 'idle'; readonly through: string };

export interface DeploymentEnd {
  readonly status: 'deployed' | 'failed';
  readonly lambdaServerVersionArn?: string;
  readonly lambdaImageVersionArn?: string;
}

export interface Release {
  readonly deployment: Deployment;
  readonly promotion: Promotion;
}

export interface Promotion {
  /** `unfinished`: how it ends is not known yet; the operation says. */
  readonly outcome: 'promoted' | 'pinned' | 'failed' | 'unfinished';
  readonly message: string;
  readonly operationId?: string;
}

export interface RollbackInput {
  readonly targetDeploymentId: string;
  /** Who asks, for the record. */
  readonly caller: string;
  readonly reason?: string | undefined;
  /** False: do not pin the project. */
  readonly pin?: boolean | undefined;
  readonly run?: KeyedRun | undefined;
}

export interface PromoteInput {
  readonly deploymentId: string;
  readonly caller: string;
  readonly reason?: string | undefined;
  /** Promote although the project is pinned. */
  readonly override?: boolean | undefined;
  readonly run?: KeyedRun | undefined;
}

export interface UndoInput {
  readonly caller: string;
  readonly reason?: string | undefined;
  readonly run?: KeyedRun | undefined;
}

/** What a promote or an undo did. */
export interface SwitchResult {
  readonly message: string;
  /** The deployment that is live now; null after an undo to versions of which no deployment is known. */
  readonly deploymentId: string | null;
  readonly previousVersion: string;
  readonly newAliasVersion: string;
  readonly switchTimeMs: number;
  readonly operationId: string;
}

export interface TokenInput {
  readonly name: string;
  readonly grants: readonly Grant[];
  /** Milliseconds since the epoch; in the future. */
  readonly expiresAt?: number | undefined;
  readonly caller: string;
}

export interface NewToken {
  readonly record: AccessToken;
  /** The token itself, told this once; null when an earlier run of the same request made it. */
  readonly token: string | null;
}

export interface PinInput {
  readonly reason: string;
  /** Milliseconds since the epoch; in the future. */
  readonly expiresAt?: number | undefined;
  readonly caller: string;
}

export interface RollbackResult {
  readonly message: string;
  /** The new deployment record of the rollback itself. */
  readonly deploymentId: string;
  /** The deployment that was gone back to. */
  readonly rolledBackTo: string;
  /** The server function's version before. */
  readonly previousVersion: string;
  readonly newAliasVersion: string;
  readonly rollbackTimeMs: number;
  readonly operationId: string;
}
