import closeWithGrace from 'close-with-grace';
import { ConfigError, loadConfig } from './config.ts';
import { createLogger } from './logger.ts';
import { openTracing, type OpenTracing } from './open-tracing.ts';
import { startServer } from './server.ts';

/** ECS kills a task 30 seconds after SIGTERM; this leaves room for the process to end. */
const GRACE_MS = 25_000;

try {
  const config = loadConfig();
  const opened: { tracing?: OpenTracing | undefined } = {};
  const logger = createLogger(config.logLevel, config.traces ? { fields: () => opened.tracing?.logFields() ?? {} } : {});
  opened.tracing = await openTracing(config.traces, (problem) => logger.warn({ problem }, 'traces are not delivered'));
  const server = await startServer(config, logger, opened.tracing);
  closeWithGrace({ delay: GRACE_MS, logger }, async ({ signal, err }) => {
    logger.info({ signal, err }, 'closing');
    await server.close();
    await opened.tracing?.close();
  });
  if (server.banner) process.stdout.write(`${server.banner}\n`);
  else logger.info({ url: server.url }, 'listening');
} catch (error) {
  // A person reads this at the start: no stack for what is in their hands.
  const message = error instanceof ConfigError || (error instanceof Error && error.cause !== undefined)
    ? error.message : error instanceof Error ? error.stack ?? error.message : String(error);
  process.stderr.write(`${message}\n`);
  process.exitCode = 1;
}
