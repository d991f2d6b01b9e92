import type { CustomDomain } from '../domain/custom-domain.ts';
import type { Pointing } from '../domain/observed.ts';
import type { Dns } from '../ports/dns.ts';

/** CNAMEs followed before a chain is taken for one that leads elsewhere. */
const MOST_HOPS = 5;

/**
 * Where DNS sends a name: `here` when its CNAMEs end at what the domain is to be pointed at, or, where
 * there is no CNAME (as at the top of a zone), when it has an address of it.
 */
export async function pointingOf(
  dns: Dns, { domain, distributionDomain }: Pick<CustomDomain, 'domain' | 'distributionDomain'>,
): Promise<Pointing> {
  const target = distributionDomain.toLowerCase();
  let name: string = domain;
  for (let hops = 0; hops < MOST_HOPS; hops++) {
    const answer = await dns.lookup(name, 'CNAME');
    if (answer.kind === 'unknown') return 'unknown';
    const next = answer.kind === 'found' ? answer.values[0] : undefined;
    if (next === undefined) return sharesAddress(dns, name, target);
    if (next === target) return 'here';
    name = next;
  }
  return 'elsewhere';
}

async function sharesAddress(dns: Dns, name: string, target: string): Promise<Pointing> {
  const answers = await Promise.all((['A', 'AAAA'] as const).map(async (type) => {
    const [ours, theirs] = await Promise.all([dns.lookup(target, type), dns.lookup(name, type)]);
    if (ours.kind === 'unknown' || theirs.kind === 'unknown') return 'unknown';
    const shared = ours.kind === 'found' && theirs.kind === 'found' && theirs.values.some((each) => ours.values.includes(each));
    return shared ? 'here' : 'elsewhere';
  }));
  return answers.find((answer) => answer === 'here') ?? answers.find((answer) => answer === 'unknown') ?? 'elsewhere';
}
