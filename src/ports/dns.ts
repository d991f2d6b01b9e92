import type { DnsAnswer, DnsType } from '../domain/dns-answer.ts';

/** DNS look-ups, bounded in time. Never throws. */
export interface Dns {
  lookup(name: string, type: DnsType): Promise<DnsAnswer>;
}
