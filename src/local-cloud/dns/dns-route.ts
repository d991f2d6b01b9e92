import type { Zone } from './zone.ts';

/** The names that CNAMEs lead a viewer's look-up to, in order; undefined when there is no answer but a fault. */
export function dnsRoute(
  zone: Zone, name: string,
): { readonly cnames: readonly string[]; readonly hasAddress: boolean } | undefined {
  const resolution = zone.resolve(name, 'A');
  if (resolution.kind === 'servfail' || resolution.kind === 'timeout') return undefined;
  return {
    cnames: resolution.records.filter(({ type }) => type === 'CNAME').flatMap(({ values }) => values),
    hasAddress: resolution.kind === 'answer' || zone.lookup(name, 'AAAA').length > 0,
  };
}
