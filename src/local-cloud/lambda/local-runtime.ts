import type { StoredVersion } from './lambda-records.ts';

/** An answer in the Lambda function URL response format. */
export interface FunctionUrlAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * What an invocation answers. The embedded cloud runs no uploaded code: every function tells which
 * version of it ran, the deployment that version belongs to (its environment variable
 * `DEPLOYMENT_ID`, null without one) and the path it was asked for (`rawPath` of the event).
 */
export function runLocally({ functionName, version, content }: StoredVersion, event: unknown): FunctionUrlAnswer {
  const path = typeof event === 'object' && event !== null && 'rawPath' in event ? event.rawPath : null;
  return {
    statusCode: 200,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      functionName, executedVersion: version, deploymentId: content.environment['DEPLOYMENT_ID'] ?? null, path,
    }),
  };
}
