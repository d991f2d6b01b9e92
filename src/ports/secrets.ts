/** Injected so that tests own it. */
export interface Secrets {
  /** 256 random bits as 64 hex digits. */
  next(): string;
}
