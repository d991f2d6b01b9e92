export type DnsType = 'CNAME' | 'TXT' | 'CAA' | 'A' | 'AAAA' | 'NS';

/** What one resolver said to one question. */
export type DnsAnswer =
  /** Values in lower case without trailing dots (TXT as is). */
  | { readonly kind: 'found'; readonly values: readonly string[] }
  /** The name or the type does not exist there. */
  | {
    readonly kind: 'absent';
    /** The name itself does not exist (NXDOMAIN); left out, it has no record of this type. */
    readonly noSuchName?: true;
  }
  /** Time-out, SERVFAIL, refused: says nothing about the record. */
  | { readonly kind: 'unknown'; readonly reason: string; readonly fault?: 'servfail' | 'timeout' };
