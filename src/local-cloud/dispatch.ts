import type { WireHandler, WireRequest, WireResponse } from './wire.ts';

const SPOKEN = 'The embedded cloud speaks Lambda (/2015-03-31/functions…: functions, versions, aliases, invoke), '
  + 'ACM (X-Amz-Target: CertificateManager.…), CloudFront (/2020-05-31/…: distributions), '
  + 'and its own GET /_local/health, /_local/dns/records and '
  + 'PUT /_local/lambda/functions/{name}/versions/{version}, PUT /_local/acm/certificates, '
  + 'POST /_local/cloudfront/distributions/{id}/touch and GET /_local/demo.';

/**
 * Asks the handlers in order and answers what none of them takes, so that every request gets an
 * answer in the protocol its sender speaks. Never rejects: a handler that throws becomes a 500.
 */
export function dispatch(
  handlers: readonly WireHandler[], newRequestId: () => string,
): (request: WireRequest) => Promise<WireResponse> {
  return async (request) => {
    const requestId = newRequestId();
    const { status, headers, body } = await answer(handlers, request, requestId);
    return { status, headers: { 'x-amzn-requestid': requestId, ...headers }, body };
  };
}

async function answer(
  handlers: readonly WireHandler[], request: WireRequest, requestId: string,
): Promise<WireResponse> {
  try {
    for (const handler of [health, ...handlers]) {
      const response = await handler(request);
      if (response) return response;
    }
  } catch (error) {
    const message = `the embedded cloud failed: ${String(error)}`;
    return fault(request, { status: 500, code: 'InternalFailure', message, requestId });
  }
  const asked = request.headers['x-amz-target'] ?? `${request.method} ${request.path}`;
  const message = `${asked} is not known here. ${SPOKEN}`;
  return fault(request, { status: 404, code: 'UnknownOperationException', message, requestId });
}

const health: WireHandler = async ({ method, path }) => {
  if (method !== 'GET' || path !== '/_local/health') return undefined;
  return { status: 200, headers: { 'content-type': 'application/json' }, body: Buffer.from('{"status":"ok"}') };
};

interface Fault {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly requestId: string;
}

/** An error in the request's protocol: XML below CloudFront's path, JSON 1.1 with a target, otherwise REST-JSON. */
export function fault(request: WireRequest, { status, code, message, requestId }: Fault): WireResponse {
  if (request.path.startsWith('/2020-05-31/')) {
    const body = '<?xml version="1.0"?><ErrorResponse xmlns="http://cloudfront.amazonaws.com/doc/2020-05-31/">'
      + `<Error><Type>${status < 500 ? 'Sender' : 'Receiver'}</Type><Code>${code}</Code>`
      + `<Message>${escapeXml(message)}</Message></Error><RequestId>${requestId}</RequestId></ErrorResponse>`;
    return { status, headers: { 'content-type': 'text/xml' }, body: Buffer.from(body) };
  }
  if (request.headers['x-amz-target'] !== undefined) {
    const body = JSON.stringify({ __type: code, message });
    // The JSON protocols know 400 and 500 alone.
    const headers = { 'content-type': 'application/x-amz-json-1.1' };
    return { status: status < 500 ? 400 : 500, headers, body: Buffer.from(body) };
  }
  return {
    status, headers: { 'content-type': 'application/json', 'x-amzn-errortype': code },
    body: Buffer.from(JSON.stringify({ Type: status < 500 ? 'User' : 'Service', message })),
  };
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
