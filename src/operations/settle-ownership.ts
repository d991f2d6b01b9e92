import type { CustomDomain } from '../domain/custom-domain.ts';
import type { HostnameClaim } from '../domain/hostname-claim.ts';
import { isHeld, newChallenge } from '../domain/ownership.ts';
import type { OwnershipChallenge } from '../domain/ownership.ts';
import { dueShardOf } from '../ports/stores.ts';
import type { DomainDeps } from './domain-deps.ts';

/** Control is proven: the claim changes hands by one write, if it is still the one the proof was asked against. */
export async function takeClaim({ stores, clock }: DomainDeps, record: CustomDomain): Promise<void> {
  const { domain, projectId, domainId, challenge } = record;
  const now = clock.now();
  const wanted: HostnameClaim = { hostname: domain, projectId, domainId, claimedAt: now, provenAt: now };
  const claim = await stores.hostnames.get({ hostname: domain });
  if (!claim) await stores.hostnames.create(wanted);
  else if (claim.domainId === challenge?.against) {
    await stores.hostnames.replace(wanted, { equals: { domainId: claim.domainId, claimedAt: claim.claimedAt } });
  }
}

/** The name went to yet another domain since this one was challenged: what was proven before says nothing of that one. */
export async function challengeAgain(deps: DomainDeps, { domain }: CustomDomain): Promise<OwnershipChallenge> {
  const claim = await deps.stores.hostnames.get({ hostname: domain });
  const reason = claim && isHeld(claim) ? 'held' : 'formerly_held';
  return newChallenge({
    hostname: domain, obstacle: { reason, decidedBy: domain }, against: claim?.domainId,
    token: deps.tokens.next(), now: deps.clock.now(), lastsMs: deps.settings.challengeMs,
  });
}

/** The domain that had the name looks at its claim and leaves by itself; it is only made due. */
export async function tellPredecessor({ stores, clock }: DomainDeps, { takesOverFrom }: CustomDomain): Promise<void> {
  const before = takesOverFrom === undefined ? undefined : await stores.domains.get({ domainId: takesOverFrom });
  if (!before) return;
  const { domainId, revision } = before;
  const now = clock.now();
  await stores.domains.update(
    { domainId },
    { set: { claimCheckAt: now, dueShard: dueShardOf(domainId), dueAt: now }, add: { revision: 1 } },
    { equals: { revision } },
  );
}
