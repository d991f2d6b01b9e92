import type { IncomingHttpHeaders } from 'node:http';
import { Type } from 'typebox';

const NAME = 'idempotency-key';

/** Says that the answer is one that was given before. */
export const REPLAYED = 'idempotency-replayed';

/** A string of RFC 9651 (draft-ietf-httpapi-idempotency-key-header), or the key as it is. */
const FORM = '^(?:"(?:[\\x21\\x23-\\x5b\\x5d-\\x7e]|\\\\["\\\\]){1,255}"|[\\x21\\x23-\\x2b\\x2d-\\x3a\\x3c-\\x7e]{1,255})$';

/** The header as every change of the API takes it. */
export const IDEMPOTENCY_KEY = Type.Object({
  [NAME]: Type.Optional(Type.String({
    pattern: FORM, examples: ['"8e03978e-40d5-43dd-bc93-6894a57f9324"'],
    description: '1 to 255 visible ASCII characters in double quotes, or bare without quote, comma or semicolon. A '
      + 'request that is sent again with the same key within 24 hours is not done again: it gets the first answer.',
  })),
});

/** The key itself: quoted or not, it is the same key. The header has been validated. */
export function keyFrom({ [NAME]: header }: IncomingHttpHeaders): string | undefined {
  if (typeof header !== 'string') return undefined;
  return header.startsWith('"') ? header.slice(1, -1).replace(/\\(["\\])/g, '$1') : header;
}
