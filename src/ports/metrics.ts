import type { DomainStatus } from '../domain/domain-view.ts';
import type { OwedEvent } from '../domain/event.ts';

/** What operators watch. Recording never throws and never waits. */
export interface Metrics {
  requestAnswered(request: AnsweredRequest): void;
  switchEnded(end: SwitchEnd): void;
  cloudCalled(call: CloudCall): void;
  workerPassed(pass: WorkerPass): void;
  /** This replica has taken a lease, which is in its hands until `leaseEnded` with the same word. */
  leaseTaken(of: LeaseKind): void;
  leaseEnded(of: LeaseKind): void;
  /** Told by the replica that has put the event into the record; of two that do so in the same millisecond, by both. */
  eventRecorded(event: Pick<OwedEvent, 'type' | 'data'>): void;
  deliveryTried(attempt: DeliveryTry): void;
  counted(census: Census): void;
  /** How often somebody has looked at the metrics so far: what costs reads is not gathered for nobody. */
  looks(): number;
}

export interface AnsweredRequest {
  readonly method: string;
  /** The route's pattern, e.g. `/projects/:projectId`: a metric per path would have no end. */
  readonly route: string;
  readonly status: number;
  readonly durationMs: number;
}

export interface SwitchEnd {
  readonly kind: 'rollback' | 'promote' | 'undo';
  /** `succeeded`, or the code of the error the caller got. */
  readonly outcome: string;
  readonly durationMs: number;
}

export interface CloudCall {
  readonly service: string;
  /** The API's own name, e.g. `UpdateAlias`. */
  readonly operation: string;
  /** `ok`, or the kind of the failure. */
  readonly outcome: string;
  readonly durationMs: number;
}

export interface WorkerPass {
  readonly step: string;
  /** Records found due; a full page of each shard at most. */
  readonly due: number;
  /** How late the oldest of them was taken up, in milliseconds; 0 without any. */
  readonly lagMs: number;
}

/** `operations` holds a project for one rollback, promote or undo; the others are steps of the worker. */
export type LeaseKind = 'operations' | (string & {});

/** One message to a webhook's receiver. */
export interface DeliveryTry {
  /** `delivered`, `retried` when it is sent again later, or `failed` when it was the last one. */
  readonly outcome: 'delivered' | 'retried' | 'failed';
  readonly durationMs: number;
}

/** What is counted now and then, because counting costs reads. */
export interface Census {
  readonly at: number;
  /** Of every domain, those without any included. */
  readonly domains: Readonly<Record<DomainStatus, number>>;
  readonly deliveries: WaitingDeliveries;
}

export interface WaitingDeliveries {
  /** Pending ones, whether due or waiting for their next try; a full page of each shard at most. */
  readonly pending: number;
  /** How long the oldest of them has been waiting, in milliseconds; 0 without any. */
  readonly oldestMs: number;
}
