/** What a look at the world gave. Nothing is created or deleted on `unknown`. */
export type Observed<T> =
  | { readonly kind: 'not_asked' }
  | { readonly kind: 'found'; readonly value: T }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unknown' };

export const NOT_ASKED = { kind: 'not_asked' } as const;

/** Whether a DNS record that proves control is there; `missing` also when it has another value. */
export type Proof = 'seen' | 'missing' | 'unknown';

/** Where DNS sends a name. */
export type Pointing = 'here' | 'elsewhere' | 'unknown';

/**
 * ACM lists the certificate among those that wait for their validation. Not being listed says nothing:
 * the certificate is then asked for itself.
 */
export interface StillPending {
  readonly kind: 'still_pending';
  /** When the list was begun, in milliseconds since the epoch. */
  readonly listedAt: number;
}
