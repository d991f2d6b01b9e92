import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { AwsClientOptions } from '../aws/aws-clients.ts';
import { awsClientConfig } from '../aws/aws-clients.ts';
import { addCallMiddleware } from '../aws/call-middleware.ts';
import type { AwsClientSettings } from '../aws/client-settings.ts';

/** A client bounded like the other AWS clients. `destroy()` closes its sockets. */
export function dynamoClient(settings: AwsClientSettings, options: AwsClientOptions = {}): DynamoDBClient {
  const client = new DynamoDBClient(awsClientConfig(settings, options));
  addCallMiddleware(client.middlewareStack, 'dynamodb', {
    attemptTimeoutMs: settings.requestTimeoutMs, onCall: options.onCall, tracing: options.tracing,
  });
  return client;
}
