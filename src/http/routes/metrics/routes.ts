import { problems } from '../../answers.ts';
import type { RouteScope } from '../../route-scope.ts';

/** Everything Prometheus asks for, as text. */
export interface MetricsPage {
  readonly contentType: string;
  text(): Promise<string>;
}

export function metricsRoutes(app: RouteScope, page: MetricsPage): void {
  app.get('/metrics', {
    config: { grant: 'every:viewer' },
    schema: {
      operationId: 'getMetrics', tags: ['Health'], summary: 'Metrics for Prometheus',
      description: 'Request, switch and AWS call durations by outcome, what the worker finds due and how late, leases, '
        + 'domains by status, events and webhooks. With '
        + '`METRICS_PORT` they are served on that port instead, to whoever reaches it.',
      response: {
        200: {
          description: 'The metrics in the text format of Prometheus.',
          content: { 'text/plain': { schema: { type: 'string', examples: ['anchor_worker_due{step="domains"} 0'] } } },
        },
        ...problems(),
      },
    },
  }, async (_request, reply) => {
    // Without a serializer: the schema above is for people, and the text is ready.
    void reply.header('content-type', page.contentType).serializer((text: string) => text);
    return page.text();
  });
}
