import { checkAliases } from './check-config.ts';
import { CloudFrontError } from './cloudfront-error.ts';
import type { CloudFrontState } from './cloudfront-state.ts';
import { distributionHolder, tenantHolder } from './domain-holder.ts';
import type { DomainHolder } from './domain-holder.ts';
import { coversHost } from './host-pattern.ts';
import { coversAlias, issuedNames } from './viewer-certificate.ts';

export interface DomainConflict {
  readonly domain: string;
  readonly holder: DomainHolder;
}

/** Every domain that one of the holders has and that is this one, covers it or is covered by it. */
export function conflictsWith(
  state: CloudFrontState, domain: string, { asker, holders }: { asker: DomainHolder; holders: readonly DomainHolder[] },
): readonly DomainConflict[] {
  checkAliases([domain], 1);
  if (!certificateCovers(state, asker, domain)) {
    throw new CloudFrontError('InvalidArgument',
      'The resource needs a valid certificate attached that includes the domain.');
  }
  return holders.flatMap((holder) => holder.domains
    .filter((held) => coversHost(held, domain) || coversHost(domain, held))
    .map((held) => ({ domain: held, holder })));
}

/**
 * Moves the domain to the target from whatever holds it; IllegalUpdate when the target's certificate does
 * not cover it or DNS does not prove control; or what `checkSource` throws.
 */
export function moveDomain(
  state: CloudFrontState, domain: string, target: DomainHolder, checkSource: (source: DomainHolder) => void,
): DomainHolder {
  checkAliases([domain], 1);
  checkProof(state, domain, target);
  const sources = holdersOf(state, domain).filter((holder) => holder.id !== target.id);
  sources.forEach(checkSource);
  // The target first: ended in between, the name is held twice for a moment rather than lost.
  const moved = addTo(target, domain);
  for (const source of sources) source.withDomains(source.domains.filter((held) => held !== domain));
  return moved;
}

function holdersOf(state: CloudFrontState, domain: string): readonly DomainHolder[] {
  const holders = [
    ...state.holdersOf(domain).map((distribution) => distributionHolder(state, distribution)),
    ...state.tenants.holdersOf(domain).map((tenant) => tenantHolder(state, tenant)),
  ];
  // Those that let go of it already, and are only not deployed yet, have nothing to give.
  return holders.filter((holder) => holder.domains.includes(domain));
}

function addTo(target: DomainHolder, domain: string): DomainHolder {
  if (target.domains.includes(domain)) return target;
  const domains = [...target.domains, domain];
  target.checkDomains(domains);
  return target.withDomains(domains);
}

function checkProof(state: CloudFrontState, domain: string, target: DomainHolder): void {
  if (!certificateCovers(state, target, domain)) {
    throw new CloudFrontError('IllegalUpdate',
      'The certificate that is attached to your distribution doesn\'t cover the alternate domain name (CNAME).');
  }
  if (!state.dependencies.dnsTxt(`_${domain}`).includes(target.endpoint)) {
    throw new CloudFrontError('IllegalUpdate', 'Invalid or missing alias DNS TXT records.');
  }
}

function certificateCovers(state: CloudFrontState, holder: DomainHolder, domain: string): boolean {
  return coversAlias(issuedNames(holder.certificateArn, state.dependencies.certificate) ?? [], domain);
}
