import { checkAliases } from './check-config.ts';
import { CloudFrontError } from './cloudfront-error.ts';
import type { CloudFrontState } from './cloudfront-state.ts';
import { aliasesOf, certificateArnOf, isEnabled, withAliases } from './distribution-config.ts';
import { currentConfig } from './distribution.ts';
import type { Distribution } from './distribution.ts';
import { coversHost } from './host-pattern.ts';
import { coversAlias } from './viewer-certificate.ts';

export interface ConflictingAlias {
  readonly alias: string;
  readonly distribution: Distribution;
}

/** Every alias in use that is this one, covers it or is covered by it. */
export function conflictingAliases(
  state: CloudFrontState, alias: string, asker: Distribution,
): readonly ConflictingAlias[] {
  checkAliases([alias], 1);
  if (!certificateCovers(state, asker, alias)) {
    throw new CloudFrontError('InvalidArgument',
      'The distribution needs a valid certificate attached that includes the alias.');
  }
  return state.list().flatMap((distribution) => aliasesOf(currentConfig(distribution))
    .filter((held) => coversHost(held, alias) || coversHost(alias, held))
    .map((held) => ({ alias: held, distribution })));
}

/**
 * Moves the alias to the target from whichever distributions hold it; IllegalUpdate when the
 * target's certificate does not cover it or DNS does not prove control.
 */
export function moveAlias(
  state: CloudFrontState, alias: string, target: Distribution, from: 'any source' | 'disabled sources',
): Distribution {
  checkAliases([alias], 1);
  checkProof(state, alias, target);
  const sources = state.list().filter((other) =>
    other.id !== target.id && aliasesOf(currentConfig(other)).includes(alias));
  if (from === 'disabled sources' && sources.some((source) => isEnabled(currentConfig(source)))) {
    throw new CloudFrontError('IllegalUpdate', 'The distribution that holds the domain has to be disabled first.');
  }
  // The target first: ended in between, the name is held twice for a moment rather than lost.
  const moved = addTo(state, alias, target);
  for (const source of sources) {
    const config = currentConfig(source);
    state.accept(source, withAliases(config, aliasesOf(config).filter((held) => held !== alias)));
  }
  return moved;
}

function addTo(state: CloudFrontState, alias: string, target: Distribution): Distribution {
  const config = currentConfig(target);
  if (aliasesOf(config).includes(alias)) return target;
  const aliases = [...aliasesOf(config), alias];
  checkAliases(aliases, state.dependencies.settings.aliasesPerDistribution);
  return state.accept(target, withAliases(config, aliases));
}

function checkProof(state: CloudFrontState, alias: string, target: Distribution): void {
  if (!certificateCovers(state, target, alias)) {
    throw new CloudFrontError('IllegalUpdate',
      'The certificate that is attached to your distribution doesn\'t cover the alternate domain name (CNAME).');
  }
  if (!state.dependencies.dnsTxt(`_${alias}`).includes(target.domainName)) {
    throw new CloudFrontError('IllegalUpdate', 'Invalid or missing alias DNS TXT records.');
  }
}

function certificateCovers(state: CloudFrontState, distribution: Distribution, alias: string): boolean {
  const arn = certificateArnOf(currentConfig(distribution));
  const certificate = arn === undefined ? undefined : state.dependencies.certificate(arn);
  return certificate?.status === 'ISSUED' && coversAlias(certificate.names, alias);
}
