import { followCnames, MOST_HOPS } from '../domain/cname-chain.ts';
import type { DnsAnswer } from '../domain/dns-answer.ts';
import type { DnsObservation, DnsQuestion } from '../domain/dns-observation.ts';
import { questionKey } from '../domain/dns-observation.ts';
import { dnsQuestions } from '../domain/dns-questions.ts';
import type { RequiredRecord } from '../domain/required-records.ts';
import type { Clock } from '../ports/clock.ts';
import type { Dns } from '../ports/dns.ts';
import { withinTime } from './within-time.ts';

export interface NamedResolver {
  readonly name: string;
  readonly dns: Dns;
}

export interface GatherDnsDeps {
  readonly resolvers: readonly NamedResolver[];
  readonly clock: Clock;
  /** For all look-ups together, in milliseconds; what was not answered by then is unknown. */
  readonly boundMs: number;
}

/** Asks every resolver everything at the same time, and follows CNAMEs meanwhile. */
export async function gatherDns(
  { resolvers, clock, boundMs }: GatherDnsDeps, domain: string, required: readonly RequiredRecord[],
): Promise<DnsObservation> {
  const answers: Record<string, (DnsAnswer | undefined)[]> = {};
  const seen: DnsObservation = { resolvers: resolvers.map(({ name }) => name), answers };
  const asked = new Map<string, Promise<unknown>>();
  const ask = (question: DnsQuestion): Promise<unknown> => {
    const key = questionKey(question);
    const known = asked.get(key);
    if (known) return known;
    const given: (DnsAnswer | undefined)[] = resolvers.map(() => undefined);
    answers[key] = given;
    const all = Promise.all(resolvers.map(async ({ dns }, at) => {
      given[at] = await dns.lookup(question.name, question.type);
    }));
    asked.set(key, all);
    return all;
  };
  await withinTime(clock, boundMs, async (signal) => {
    const chains = required.filter(({ type }) => type !== 'TXT').map((record) => followed(record, seen, ask, signal));
    await Promise.all([...dnsQuestions(domain, required).map(ask), ...chains]);
  });
  // What still comes in belongs to nobody: the observation is as it was at the bound.
  return structuredClone(seen);
}

/** One question after the other, since each answer names the next. */
async function followed(
  { name, value }: RequiredRecord, seen: DnsObservation, ask: (question: DnsQuestion) => Promise<unknown>, signal: AbortSignal,
): Promise<void> {
  if (name === undefined) return;
  for (let hops = 0; hops <= MOST_HOPS && !signal.aborted; hops++) {
    const last = followCnames(seen, name, value).names.at(-1) ?? name;
    if (last === value) return;
    await ask({ type: 'CNAME', name: last });
    if (followCnames(seen, name, value).names.at(-1) === last) return;
  }
}
