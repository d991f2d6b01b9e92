const UPPER = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
const ANY_CASE = `${UPPER}abcdefghijklmnopqrstuvwxyz`;

/** Ids as CloudFront makes them. */
export interface RandomIds {
  /** `E` (distributions, ETags) or `I` (invalidations) and 13 upper-case letters or digits. */
  short(prefix: 'E' | 'I'): string;
  /** `dt_` (distribution tenants) or `cg_` (connection groups) and 27 letters of either case or digits. */
  long(prefix: 'dt_' | 'cg_'): string;
  /** `d` and 13 lower-case letters or digits under cloudfront.net. */
  domainName(): string;
}

/** `random`: 0 inclusive to 1 exclusive. Whoever gives a seeded one gets the same ids, in the same order, again. */
export function randomIds(random: () => number): RandomIds {
  const text = (alphabet: string, length: number) => (
    Array.from({ length }, () => alphabet.charAt(Math.floor(random() * alphabet.length))).join('')
  );
  return {
    short: (prefix) => prefix + text(UPPER, 13),
    long: (prefix) => prefix + text(ANY_CASE, 27),
    domainName: () => `d${text(UPPER, 13).toLowerCase()}.cloudfront.net`,
  };
}
