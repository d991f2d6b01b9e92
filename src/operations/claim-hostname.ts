import type { HostnameClaim } from '../domain/custom-domain.ts';
import { AnchorError } from '../domain/errors.ts';
import type { DomainDeps } from './domain-deps.ts';

type Deps = Pick<DomainDeps, 'stores' | 'clock' | 'settings'>;

/**
 * Gives the name to one domain id, and always to the same: the answer is the claim that holds, be it
 * new or this project's own from before. A claim whose domain was never written (its maker died in
 * between) is taken up again by the same project, and after a while by any other. Throws
 * `hostname_taken`.
 */
export async function claimHostname(
  { stores, clock, settings }: Deps, wanted: HostnameClaim,
): Promise<HostnameClaim> {
  const made = await stores.hostnames.create(wanted);
  if (made.created) return wanted;
  const { existing } = made;
  if (existing.projectId === wanted.projectId) return existing;
  const abandoned = clock.now() - existing.claimedAt >= settings.claimTakeoverMs
    && await stores.domains.get({ domainId: existing.domainId }) === undefined;
  if (!abandoned) throw hostnameTaken(wanted.hostname);
  const { domainId, claimedAt } = existing;
  const taken = await stores.hostnames.replace(wanted, { equals: { domainId, claimedAt } });
  if (!taken.updated) throw hostnameTaken(wanted.hostname);
  return wanted;
}

/** Gives the name back; somebody else's claim stays. */
export async function dropClaim({ stores }: Pick<Deps, 'stores'>, { hostname, domainId }: HostnameClaim): Promise<void> {
  await stores.hostnames.remove({ hostname }, { equals: { domainId } });
}

function hostnameTaken(hostname: string): AnchorError {
  return new AnchorError('hostname_taken',
    `${hostname} is in use already. A name can be held once; remove it where it is, or choose another.`);
}
