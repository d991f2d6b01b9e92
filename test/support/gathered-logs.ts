import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Level, type Logger, pino } from 'pino';
import { createLogger } from '../../src/logger.ts';

/** Where the logs of a whole run go, for `scripts/check-logs.mjs` to look for secrets in. */
const FOLDER = process.env['GATHERED_LOGS'];

let destination: ReturnType<typeof pino.destination> | undefined;

/** As the server's own; where logs are gathered it says more, and says it there. */
export function gatheredLogger(level: Level | 'silent'): Logger {
  if (FOLDER === undefined) return createLogger(level);
  destination ??= pino.destination({ dest: join(FOLDER, `${process.pid}.log`), append: true, sync: true });
  return createLogger('debug', { destination });
}

export const gathersLogs = FOLDER !== undefined;

export function gatherLog(text: string): void {
  if (FOLDER !== undefined) appendFileSync(join(FOLDER, `${process.pid}-others.log`), text);
}

/** A secret without a form of its own, which is to be in no log. */
export function gatherSecret(secret: string): void {
  if (FOLDER !== undefined) appendFileSync(join(FOLDER, 'secrets'), `${secret}\n`);
}
