import { pino, type DestinationStream, type Level, type Logger } from 'pino';

const REDACTED = '[redacted]';

/** Where headers and answers with secrets could be logged by whoever forgets what is in them. */
const SECRET_PATHS = ['authorization', 'token', 'secret', 'cookie', '["x-amz-security-token"]'].flatMap((name) => {
  const [dot, key] = name.startsWith('[') ? ['', name] : ['.', name];
  return [key, `*${dot}${key}`, `*.*${dot}${key}`];
});

/** Whatever they stand in: tokens of this server, JWTs, and what follows `Bearer`. */
const SECRET_TEXTS = /anc_[A-Za-z0-9]{1,64}_[0-9a-f]{16,}|eyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?|(?<=\bbearer )[^\s"\\]+/gi;

/** One JSON line an entry, without the secrets that callers show. To standard output unless told otherwise. */
export function createLogger(level: Level | 'silent', destination?: DestinationStream): Logger {
  const options = {
    level, base: null,
    redact: { paths: SECRET_PATHS, censor: REDACTED },
    hooks: { streamWrite: (line: string) => line.replace(SECRET_TEXTS, REDACTED) },
  };
  return destination ? pino(options, destination) : pino(options);
}
