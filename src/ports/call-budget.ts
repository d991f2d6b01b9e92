import { CloudError } from './cloud-error.ts';

/**
 * How many calls may be sent to AWS. All replicas draw on one budget, so that together they stay within
 * the rates of the account.
 */
export interface CallBudget {
  /** Resolves when the call may be sent. Throws `budgetSpent` when that would take too long. */
  take(call: string): Promise<void>;
}

const SPENT = 'CallBudgetSpent';

/** Nothing was sent. `call` is `service:Operation`. */
export function budgetSpent(call: string, retryAfterMs: number): CloudError {
  const [service = '', operation = ''] = call.split(':');
  return new CloudError({
    kind: 'throttled', service, operation, awsName: SPENT, retryAfterSeconds: Math.ceil(retryAfterMs / 1000),
    message: `${call} was not sent: the rate at which Anchor calls AWS is used up for the next ${retryAfterMs} ms`,
  });
}

/** Told apart from AWS's own throttling: nothing has failed, so no failure is counted. */
export function isBudgetSpent(error: unknown): error is CloudError {
  return error instanceof CloudError && error.awsName === SPENT;
}
