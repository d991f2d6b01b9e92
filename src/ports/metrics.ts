/** What operators watch. Recording never throws and never waits. */
export interface Metrics {
  requestAnswered(request: AnsweredRequest): void;
  switchEnded(end: SwitchEnd): void;
  cloudCalled(call: CloudCall): void;
  workerPassed(pass: WorkerPass): void;
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
