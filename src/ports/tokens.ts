/** Values nobody can guess, for DNS records that prove control. Injected so that simulations replay. */
export interface Tokens {
  /** Lower-case letters and digits, with at least 128 bits of chance. */
  next(): string;
}
