/** DNS look-ups, bounded in time. Never throws. */
export interface Dns {
  lookup(name: string, type: 'CNAME' | 'TXT' | 'CAA' | 'A' | 'AAAA'): Promise<DnsAnswer>;
}

export type DnsAnswer =
  /** Values in lower case without trailing dots (TXT as is). */
  | { readonly kind: 'found'; readonly values: readonly string[] }
  /** The name or the type does not exist there. */
  | { readonly kind: 'absent' }
  /** Time-out, SERVFAIL, refused: says nothing about the record. */
  | { readonly kind: 'unknown'; readonly reason: string };
