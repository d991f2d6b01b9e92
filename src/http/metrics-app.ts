import Fastify from 'fastify';
import type { FastifyInstance } from 'fastify';
import { closeQuietConnections } from './plugins/closing-connections.ts';
import type { MetricsPage } from './routes/metrics/routes.ts';

/** The metrics alone, for a port that only the monitoring system reaches. */
export function buildMetricsApp(page: MetricsPage): FastifyInstance {
  const app: FastifyInstance = Fastify({ logger: false });
  closeQuietConnections(app);
  app.get('/metrics', async (_request, reply) => reply.header('content-type', page.contentType).send(await page.text()));
  return app;
}
