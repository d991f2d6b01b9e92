import { pino, type DestinationStream, type Level, type Logger } from 'pino';
import { withoutSecrets } from './domain/secret-texts.ts';

/** Where headers and answers with secrets could be logged by whoever forgets what is in them. */
const SECRET_PATHS = ['authorization', 'token', 'secret', 'cookie', '["x-amz-security-token"]'].flatMap((name) => {
  const [dot, key] = name.startsWith('[') ? ['', name] : ['.', name];
  return [key, `*${dot}${key}`, `*.*${dot}${key}`];
});

export interface LoggerParts {
  /** Standard output when left out. */
  readonly destination?: DestinationStream;
  /** What every line has besides, asked for anew for each. */
  readonly fields?: () => object;
}

/** One JSON line an entry, without the secrets that callers show. */
export function createLogger(level: Level | 'silent', { destination, fields }: LoggerParts = {}): Logger {
  const options = {
    level, base: null,
    redact: { paths: SECRET_PATHS, censor: '[redacted]' },
    hooks: { streamWrite: withoutSecrets },
    ...(fields && { mixin: fields }),
  };
  return destination ? pino(options, destination) : pino(options);
}
