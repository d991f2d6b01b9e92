import type { DnsAnswer, DnsType } from './dns-answer.ts';

/** What several resolvers said to the same questions at about the same time. */
export interface DnsObservation {
  /** Names of the resolvers; every list of answers is in this order. */
  readonly resolvers: readonly string[];
  /** By `questionKey`. A question or an answer that is not here was not answered in time. */
  readonly answers: Readonly<Record<string, readonly (DnsAnswer | undefined)[]>>;
}

export interface DnsQuestion {
  readonly type: DnsType;
  readonly name: string;
}

const TOO_LATE: DnsAnswer = { kind: 'unknown', reason: 'the DNS server did not answer in time', fault: 'timeout' };

export function questionKey({ type, name }: DnsQuestion): string {
  return `${type} ${name.toLowerCase()}`;
}

/** What one resolver, counted from 0, said. */
export function answerOf(seen: DnsObservation, resolver: number, type: DnsType, name: string): DnsAnswer {
  return seen.answers[questionKey({ type, name })]?.[resolver] ?? TOO_LATE;
}

/** Whether the resolver answered anything at all; a SERVFAIL is an answer. */
export function hasAnswered({ answers }: DnsObservation, resolver: number): boolean {
  return Object.values(answers).some((each) => {
    const answer = each[resolver];
    return answer !== undefined && (answer.kind !== 'unknown' || answer.fault === 'servfail');
  });
}

/**
 * The resolvers to listen to. One that cannot be reached says nothing about the domain, so it is left
 * out; unless none can be.
 */
export function answering(seen: DnsObservation): number[] {
  const all = seen.resolvers.map((_, resolver) => resolver);
  const heard = all.filter((resolver) => hasAnswered(seen, resolver));
  return heard.length > 0 ? heard : all;
}

/** The answer to go by: what any resolver found, else what the first that knows said. */
export function bestAnswer(seen: DnsObservation, type: DnsType, name: string): DnsAnswer {
  const answers = answering(seen).map((resolver) => answerOf(seen, resolver, type, name));
  return answers.find(({ kind }) => kind === 'found') ?? answers.find(({ kind }) => kind === 'absent')
    ?? answers[0] ?? TOO_LATE;
}

export function foundValues(answer: DnsAnswer): readonly string[] {
  return answer.kind === 'found' ? answer.values : [];
}
