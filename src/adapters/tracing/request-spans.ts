import type { FastifyOtelRequestContext } from '@fastify/otel';
import { context, type Span } from '@opentelemetry/api';
import type { FastifyInstance, FastifyRequest } from 'fastify';

type OfRequest = Extract<FastifyOtelRequestContext, { enabled: true }>;

/** How the span of a request is named, what it says, and that what the request does stands below it. */
export const requestSpans = {
  options: { requestHook: nameSpan },
  follow(app: FastifyInstance): void {
    app.addHook('onRequest', (request, _reply, done) => {
      request.traceId = tracedOf(request).span.spanContext().traceId;
      done();
    });
    // A body is read in the course of its socket, where the request's context is lost.
    app.addHook('preValidation', (request, _reply, done) => {
      context.with(tracedOf(request).context, done);
    });
    app.addHook('onSend', async (request) => {
      const { projectId } = request.params as { readonly projectId?: string };
      const attributes = { 'anchor.project.id': projectId, 'anchor.operation.id': request.operationId, 'anchor.caller': request.caller };
      // An answer that could not be sent is followed by another, whose span has ended.
      request.opentelemetry().span?.setAttributes(Object.fromEntries(Object.entries(attributes).filter(([, value]) => value)));
    });
  },
};

/** No route is left out, so every request has a span. */
function tracedOf(request: FastifyRequest): OfRequest {
  return request.opentelemetry() as OfRequest;
}

function nameSpan(span: Span, { method, routeOptions, url, id }: FastifyRequest): void {
  span.updateName(routeOptions.url === undefined ? method : `${method} ${routeOptions.url}`);
  // Without the query, in which a client may have put what it should not.
  span.setAttributes({ 'url.path': url.replace(/\?.*$/s, ''), 'anchor.request.id': id });
}
