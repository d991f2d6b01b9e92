import { context, type Span } from '@opentelemetry/api';
import type { FastifyInstance, FastifyRequest } from 'fastify';

/** How the span of a request is named, what it says, and that what the request does stands below it. */
export const requestSpans = {
  options: { requestHook: nameSpan },
  follow(app: FastifyInstance): void {
    app.addHook('onRequest', (request, _reply, done) => {
      request.traceId = request.opentelemetry().span?.spanContext().traceId;
      done();
    });
    // A body is read in the course of its socket, where the request's context is lost.
    app.addHook('preValidation', (request, _reply, done) => {
      const { context: own } = request.opentelemetry();
      context.with(own ?? context.active(), done);
    });
    app.addHook('onSend', async (request) => {
      const { projectId } = (request.params ?? {}) as { readonly projectId?: string };
      setKnown(request, { 'anchor.project.id': projectId, 'anchor.operation.id': request.operationId, 'anchor.caller': request.caller });
    });
  },
};

function nameSpan(span: Span, { method, routeOptions, url, id }: FastifyRequest): void {
  span.updateName(routeOptions.url === undefined ? method : `${method} ${routeOptions.url}`);
  // Without the query, in which a client may have put what it should not.
  span.setAttributes({ 'url.path': url.split('?', 1)[0] ?? '', 'anchor.request.id': id });
}

function setKnown(request: FastifyRequest, attributes: Readonly<Record<string, string | undefined>>): void {
  const { span } = request.opentelemetry();
  for (const [name, value] of Object.entries(attributes)) {
    if (value) span?.setAttribute(name, value);
  }
}
