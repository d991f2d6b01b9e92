const REDACTED = '[redacted]';

/** Whatever they stand in: tokens of this server, secrets of webhooks, JWTs, and what follows `Bearer`. */
const SECRET_TEXTS =
  /anc_[A-Za-z0-9]{1,64}_[0-9a-f]{16,}|whsec_[A-Za-z0-9+/]{16,}=*|eyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?|(?<=\bbearer )[^\s"\\]+/gi;

/** The text without secrets that have a form of their own, for whatever leaves the process and may quote a request. */
export function withoutSecrets(text: string): string {
  return text.replace(SECRET_TEXTS, REDACTED);
}
