import { pino } from 'pino';
import { loadConfig } from '../src/config.ts';
import { startServer } from '../src/server.ts';
import { answerParent } from './parent-channel.ts';

/** The server as `npm start` runs it, configured by its environment. */
const config = loadConfig();
const server = await startServer(config, pino({ level: config.logLevel, base: null }));

answerParent({
  ready: () => server.url,
  /** Microseconds of this process alone, user and system. */
  cpu: () => {
    const { user, system } = process.cpuUsage();
    return user + system;
  },
});
