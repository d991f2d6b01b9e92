import { ACMClient } from '@aws-sdk/client-acm';
import { CloudFrontClient } from '@aws-sdk/client-cloudfront';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { HttpHandler } from '@smithy/protocol-http';
import type { AwsCredentialIdentity, Provider } from '@smithy/types';
import type { Tracing } from '../../ports/tracing.ts';
import type { CallObserver } from './call-middleware.ts';
import { addCallMiddleware } from './call-middleware.ts';
import type { AwsClientSettings } from './client-settings.ts';

/** CloudFront takes certificates from this region only, wherever the functions are. */
const CERTIFICATE_REGION = 'us-east-1';

export interface AwsClientOptions {
  /** Instead of HTTP over sockets: the embedded cloud in the same process, or a fault injector around it. */
  readonly requestHandler?: HttpHandler;
  /** Instead of the SDK's default chain (environment, profile, container, instance). */
  readonly credentials?: AwsCredentialIdentity | Provider<AwsCredentialIdentity>;
  /** Told of every call when it has ended, retries included. */
  readonly onCall?: CallObserver;
  /** Each call is a span of its own. */
  readonly tracing?: Tracing;
}

export interface AwsClients {
  readonly lambda: LambdaClient;
  readonly acm: ACMClient;
  readonly cloudFront: CloudFrontClient;
  /** Closes the sockets. Calls after it fail. */
  destroy(): void;
}

/** The one place where the clients for Lambda, ACM and CloudFront are built. Nothing connects before the first call. */
export function createAwsClients(settings: AwsClientSettings, options: AwsClientOptions = {}): AwsClients {
  const config = awsClientConfig(settings, options);
  const lambda = new LambdaClient(config);
  const acm = new ACMClient({ ...config, region: CERTIFICATE_REGION });
  const cloudFront = new CloudFrontClient(config);
  const more = { attemptTimeoutMs: settings.requestTimeoutMs, onCall: options.onCall, tracing: options.tracing };
  addCallMiddleware(lambda.middlewareStack, 'lambda', more);
  addCallMiddleware(acm.middlewareStack, 'acm', more);
  addCallMiddleware(cloudFront.middlewareStack, 'cloudfront', more);
  return {
    lambda, acm, cloudFront,
    destroy: () => [lambda, acm, cloudFront].forEach((client) => client.destroy()),
  };
}

/** What every client's constructor takes; also for clients that are built elsewhere (the tables). */
export function awsClientConfig(settings: AwsClientSettings, options: AwsClientOptions = {}) {
  const credentials = options.credentials ?? (settings.endpoint === undefined ? undefined : LOCAL_CREDENTIALS);
  return {
    region: settings.region,
    maxAttempts: settings.maxAttempts,
    retryMode: 'standard',
    requestHandler: options.requestHandler ?? boundedHttpHandler(settings),
    ...(settings.endpoint !== undefined && { endpoint: settings.endpoint }),
    ...(credentials !== undefined && { credentials }),
  };
}

/** A custom endpoint is the local cloud, which reads no signature; real keys have no business there. */
const LOCAL_CREDENTIALS: AwsCredentialIdentity = { accessKeyId: 'local', secretAccessKey: 'local' };

/**
 * `requestTimeout` only warns unless it is told to throw, and it ends at the answer's headers: hence
 * the bound on silence after them, which also frees the socket.
 */
function boundedHttpHandler(settings: AwsClientSettings): NodeHttpHandler {
  return new NodeHttpHandler({
    connectionTimeout: settings.connectTimeoutMs,
    requestTimeout: settings.requestTimeoutMs,
    throwOnRequestTimeout: true,
    socketTimeout: settings.requestTimeoutMs,
    httpAgent: { keepAlive: true },
    httpsAgent: { keepAlive: true },
  });
}
