import { ACMClient } from '@aws-sdk/client-acm';
import { CloudFrontClient } from '@aws-sdk/client-cloudfront';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { HttpHandler } from '@smithy/protocol-http';
import type { MiddlewareStack } from '@smithy/types';
import type { World } from './rule.ts';

/** Something that speaks AWS's protocols. */
export interface Implementation {
  /** For one rule. What earlier rules made is there, or all of it is gone. */
  readonly worldFor: (ruleName: string) => World;
  /** `service:Operation` of every call so far. */
  readonly calls: ReadonlySet<string>;
  /** The operation that was called last. */
  readonly lastCall: () => string;
}

export type Clients = Pick<World, 'lambda' | 'acm' | 'cloudFront' | 'dynamo' | 'documents'>;

/** The SDK's clients as they come, without retries, and a record of what is called. */
export function recordedClients(
  { endpoint, dynamoEndpoint = endpoint, requestHandler }: {
    readonly endpoint: string; readonly dynamoEndpoint?: string; readonly requestHandler?: HttpHandler;
  },
) {
  const common = { region: 'us-east-1', maxAttempts: 1, credentials: { accessKeyId: 'x', secretAccessKey: 'x' } };
  const config = { ...common, endpoint, ...requestHandler && { requestHandler } };
  const dynamo = new DynamoDBClient({ ...common, endpoint: dynamoEndpoint });
  const [lambda, acm, cloudFront] = [new LambdaClient(config), new ACMClient(config), new CloudFrontClient(config)];
  const calls: string[] = [];
  record(lambda.middlewareStack, (operation) => calls.push(`lambda:${operation}`));
  record(acm.middlewareStack, (operation) => calls.push(`acm:${operation}`));
  record(cloudFront.middlewareStack, (operation) => calls.push(`cloudfront:${operation}`));
  record(dynamo.middlewareStack, (operation) => calls.push(`dynamodb:${operation}`));
  const documents = DynamoDBDocumentClient.from(dynamo);
  return {
    clients: { lambda, acm, cloudFront, dynamo, documents } satisfies Clients,
    calls: () => new Set(calls),
    lastCall: () => calls.at(-1)?.replace(/^.*:/, '') ?? 'nothing',
    destroy: () => [lambda, acm, cloudFront, dynamo].forEach((client) => client.destroy()),
  };
}

function record<I extends object, O extends object>(
  stack: MiddlewareStack<I, O>, called: (operation: string) => void,
): void {
  stack.add((next, context) => (args) => {
    called(String(context.commandName).replace(/Command$/, ''));
    return next(args);
  }, { step: 'initialize', name: 'record', priority: 'low' });
}

/** Makes each thing once. */
export function once(): World['shared'] {
  const made = new Map<string, Promise<unknown>>();
  return <T>(name: string, make: () => Promise<T>) => {
    const known = made.get(name) ?? make();
    made.set(name, known);
    return known as Promise<T>;
  };
}
