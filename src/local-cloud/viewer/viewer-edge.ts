import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { splitTarget } from '../http-listener.ts';
import type { Invocation } from '../lambda/lambda-state.ts';

export interface ViewerEdgeParts {
  /** The distribution that serves a host name now, i.e. has it deployed, by itself or for one of its tenants. */
  readonly resolve: (hostname: string) => ServedDistribution | undefined;
  /** Throws what the embedded Lambda throws. */
  readonly invoke: (functionName: string, alias: string, event: unknown) => Invocation;
}

export interface ServedDistribution {
  readonly distributionId: string;
  readonly originDomain: string;
  /** The tenant the host name belongs to, where it is one's. */
  readonly distributionTenantId?: string;
}

/**
 * An origin that is a function of the embedded Lambda:
 * `<function>--<alias>.lambda-url.<region>.on.aws`. The last `--` divides.
 */
const FUNCTION_ORIGIN = /^([a-zA-Z0-9-_]+)--([a-zA-Z0-9-_]+)\.lambda-url\.[a-z0-9-]+\.on\.aws$/;

/**
 * The viewer's side of CloudFront: routes by the Host header to the distribution that has the name
 * deployed, invokes the function behind its origin and answers with `x-amz-executed-version`,
 * `x-amz-cf-distribution` and, for a tenant's name, `x-amz-cf-distribution-tenant`. Any method and path;
 * nothing is cached.
 *
 * Answers 403 for a name no distribution serves, as CloudFront does, and 502 for an origin that is
 * no function here or a function that cannot run.
 */
export function createViewerEdge({ resolve, invoke }: ViewerEdgeParts): RequestListener {
  return (request, response) => {
    request.resume();
    const hostname = hostnameOf(request);
    const served = resolve(hostname);
    if (!served) {
      return refuse(response, 403, 'HostNotServed',
        `no distribution of the embedded cloud has '${hostname}' deployed as an alias, nor is it a distribution's `
        + 'own domain name; set the Host header to one that is');
    }
    response.setHeader('x-amz-cf-distribution', served.distributionId);
    if (served.distributionTenantId) response.setHeader('x-amz-cf-distribution-tenant', served.distributionTenantId);
    const [, functionName, alias] = FUNCTION_ORIGIN.exec(served.originDomain) ?? [];
    if (!functionName || !alias) {
      return refuse(response, 502, 'OriginNotReachable', `origin ${served.originDomain} is no function of the embedded `
        + 'cloud; those are named <function>--<alias>.lambda-url.<region>.on.aws');
    }
    answerFrom(() => invoke(functionName, alias, eventOf(request)), response);
  };
}

function answerFrom(run: () => Invocation, response: ServerResponse): void {
  let invocation: Invocation;
  try {
    invocation = run();
  } catch (error) {
    const { name, message } = error as Error;
    return refuse(response, 502, name, message);
  }
  const { answer, executedVersion } = invocation;
  response.writeHead(answer.statusCode, { ...answer.headers, 'x-amz-executed-version': executedVersion });
  response.end(answer.body);
}

function hostnameOf({ headers }: IncomingMessage): string {
  return (headers.host ?? '').replace(/:\d+$/, '').replace(/\.$/, '').toLowerCase();
}

/** The event of a function URL, payload format 2.0, without the body, which no local function reads. */
function eventOf(request: IncomingMessage): unknown {
  // Messages that a server receives have a URL.
  const { url, method, headers } = request as IncomingMessage & { url: string };
  const { path: rawPath, query: rawQueryString } = splitTarget(url);
  return { version: '2.0', rawPath, rawQueryString, headers, requestContext: { http: { method, path: rawPath } } };
}

function refuse(response: ServerResponse, status: number, code: string, message: string): void {
  response.writeHead(status, { 'content-type': 'application/json', 'x-cache': 'Error from cloudfront' });
  response.end(JSON.stringify({ code, message }));
}
