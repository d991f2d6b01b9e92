import type { DnsObservation } from './dns-observation.ts';
import { bestAnswer, foundValues } from './dns-observation.ts';

/** As many CNAMEs in a row as common resolvers follow. */
export const MOST_HOPS = 8;

export interface CnameChain {
  /** The name it begins with, then where each CNAME leads. */
  readonly names: readonly string[];
  /** Where it led: to the target, round in a circle, on and on, or to a name without a CNAME. */
  readonly end: 'target' | 'loop' | 'too_long' | 'elsewhere';
}

/** Where CNAMEs lead from `name`, by what has been seen so far. */
export function followCnames(seen: DnsObservation, name: string, target: string | undefined): CnameChain {
  const names = [name];
  for (let at = name; at !== target;) {
    const next = foundValues(bestAnswer(seen, 'CNAME', at))[0];
    if (next === undefined) return { names, end: 'elsewhere' };
    names.push(next);
    if (names.indexOf(next) < names.length - 1) return { names, end: 'loop' };
    if (names.length - 1 > MOST_HOPS) return { names, end: 'too_long' };
    at = next;
  }
  return { names, end: 'target' };
}
