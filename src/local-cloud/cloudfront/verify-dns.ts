/** The names that CNAMEs lead a look-up to, in order, and whether there are addresses at their end. */
export interface DnsRoute {
  readonly cnames: readonly string[];
  readonly hasAddress: boolean;
}

export interface DnsVerdict {
  readonly status: 'valid-configuration' | 'invalid-configuration' | 'unknown-configuration';
  readonly reason?: string;
}

/**
 * Whether a route, undefined when DNS gave no answer, leads to the endpoint. Addresses without any CNAME
 * may be the endpoint's own, taken over by the zone of an apex: that cannot be told here.
 */
export function verdictOn(route: DnsRoute | undefined, routingEndpoint: string): DnsVerdict {
  if (!route) return { status: 'unknown-configuration', reason: 'The DNS lookup failed or timed out.' };
  if (route.cnames.includes(routingEndpoint)) return { status: 'valid-configuration' };
  const [first] = route.cnames;
  if (first !== undefined) {
    return { status: 'invalid-configuration', reason: `The CNAME leads to ${first}, not to ${routingEndpoint}.` };
  }
  if (!route.hasAddress) {
    return { status: 'invalid-configuration', reason: `There is no DNS record; point it to ${routingEndpoint}.` };
  }
  return { status: 'unknown-configuration', reason: 'The addresses of the domain can\'t be verified; a CNAME can.' };
}
