import type { DomainStatus } from './domain-view.ts';
import type { AliasDrift, DeploymentStatus, OperationKind, StepOutcome } from './shared-words.ts';

/** Who asked for a change, and by which request. */
export interface Actor {
  readonly caller: string;
  /** The IP address the request came from. */
  readonly address?: string;
  readonly requestId?: string;
}

interface OfOperation {
  readonly operationId: string;
  readonly kind: OperationKind;
}

interface OfDeployment {
  readonly deploymentId: string;
  readonly version: string;
  readonly status: DeploymentStatus;
}

interface OfDomain {
  readonly domainId: string;
  readonly domain: string;
}

interface OfWebhook {
  readonly webhookId: string;
  readonly host: string;
}

/** What each type of event tells. The set is closed: what is not here is not told. */
export interface EventData {
  readonly 'project.created': { readonly name: string };
  /** `changed`: names of settings. */
  readonly 'project.changed': { readonly changed: readonly string[] };
  readonly 'project.deleted': { readonly name: string };
  /** `operationId`: of the rollback that set the pin. */
  readonly 'project.pinned': { readonly reason: string; readonly expiresAt?: number; readonly operationId?: string };
  /** `operationId`: of the undo that lifted the pin. */
  readonly 'project.unpinned': { readonly operationId?: string };
  readonly 'deployment.registered': OfDeployment;
  readonly 'deployment.finished': OfDeployment;
  readonly 'operation.started': OfOperation & { readonly targetDeploymentId?: string; readonly reason?: string };
  readonly 'operation.step': OfOperation & { readonly name: string; readonly outcome: StepOutcome };
  readonly 'operation.succeeded': OfOperation & {
    readonly deploymentId?: string; readonly previousVersion?: string; readonly newVersion?: string;
  };
  readonly 'operation.failed': OfOperation & { readonly cause?: string };
  readonly 'operation.undone': OfOperation & { readonly cause?: string };
  readonly 'live.confirmed': { readonly operationId: string; readonly deploymentId?: string; readonly liveAfterMs?: number };
  readonly 'domain.added': OfDomain;
  readonly 'domain.status_changed': OfDomain & {
    readonly from: DomainStatus; readonly to: DomainStatus; readonly message: string;
  };
  readonly 'domain.renewal_at_risk': OfDomain & { readonly message: string };
  /** Somebody else changed the name's distribution. */
  readonly 'domain.drift_found': OfDomain & { readonly message: string };
  readonly 'domain.removed': OfDomain;
  readonly 'webhook.created': OfWebhook;
  readonly 'webhook.changed': OfWebhook;
  readonly 'webhook.deleted': OfWebhook;
  /** Aliases that are not where the last operation left them. */
  readonly 'drift.found': { readonly server?: AliasDrift; readonly image?: AliasDrift };
}

export type EventType = keyof EventData;

/** An event as it is owed by the item that changed, written by the very write that changed it. */
export type OwedEvent = { [T in EventType]: {
  readonly type: T;
  /** The same for the same event whoever records it, and however often. */
  readonly eventKey: string;
  /** When it happened, in milliseconds since the epoch. */
  readonly at: number;
  /** Absent for what Anchor found or did by itself. */
  readonly actor?: Actor;
  readonly data: EventData[T];
} }[EventType];

/** An event in its project's record. */
export type Event = OwedEvent & {
  readonly projectId: string;
  /** Its place in the project's record, without gaps: see `eventIdAt`. */
  readonly eventId: string;
  /** When it was written; never less than that of the event before. */
  readonly recordedAt: number;
  readonly expiresAtSeconds: number;
};

/** How far a project's record has come. It stays when all events have expired, so that no place is given twice. */
export interface Feed {
  readonly projectId: string;
  /** The id of the last event. */
  readonly last: string;
  /** There is, or was, a webhook: new events make the feed due. */
  readonly watched?: true;
  readonly revision?: number;
  readonly dueShard?: number;
  readonly dueAt?: number;
}

/** Digits of an event's id: with ten thousand events a second they last for three thousand years. */
const ID_DIGITS = 15;

/** Ids sort as the places that they are, and there is no other way to write them. The first place is 1. */
export function eventIdAt(place: number): string {
  return String(place).padStart(ID_DIGITS, '0');
}

export const BEFORE_ALL = eventIdAt(0);
export const EVENT_ID_PATTERN = `^[0-9]{${ID_DIGITS}}$`;

/** An item that changes carries the events of the change until they are recorded; background work sees to it. */
export interface Outbox {
  readonly owedEvents?: readonly OwedEvent[];
  readonly revision?: number;
  readonly dueShard?: number;
  readonly dueAt?: number;
}
