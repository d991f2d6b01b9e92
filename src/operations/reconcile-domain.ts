import type { CustomDomain } from '../domain/custom-domain.ts';
import { afterRefusal, decideDomain } from '../domain/decide-domain.ts';
import { domainRemoved } from '../domain/domain-events.ts';
import type { DomainPair } from '../domain/domain-pair.ts';
import type { DomainDecision } from '../domain/domain-step.ts';
import { NOTHING_OBSERVED, requested, withChanges } from '../domain/domain-step.ts';
import { edgeReasons } from '../domain/edge-reasons.ts';
import type { OwnershipChallenge } from '../domain/ownership.ts';
import { TOKEN_TRUSTED_MS } from '../domain/request-token.ts';
import type { CloudError } from '../ports/cloud-error.ts';
import type { DomainEdge, Joined } from '../ports/edge.ts';
import { dueShardOf } from '../ports/stores.ts';
import { releaseNames } from './claim-hostname.ts';
import { owedAfter } from './owe-domain-events.ts';
import { publishDomain } from './publish-owed.ts';
import { recordEvents } from './record-events.ts';
import type { DomainDeps, Pass } from './domain-deps.ts';
import { edgeFor } from './edge-for.ts';
import { certificateRequest, gatherDomain, listedAsPending } from './gather-domain.ts';
import { addPair, partPair } from './pair-domains.ts';
import { unlessPutOff } from './put-off.ts';
import { attempt, isTransient, retryAt } from './remote-call.ts';
import { challengeAgain, takeClaim, tellPredecessor } from './settle-ownership.ts';

/** CloudFront may not know a certificate ACM has just issued; refused this often in a row, it is looked at again. */
const CERTIFICATE_TRIES = 5;
const STALE_TRIES = 3;

/**
 * One pass over one domain: looks, decides, makes at most one change outside, and saves on condition
 * that nobody saved meanwhile. Killed at any point, the next pass goes on from what is true.
 */
export async function reconcileDomain(deps: DomainDeps, domainId: string): Promise<Pass> {
  const found = await deps.stores.domains.get({ domainId });
  if (!found) return 'gone';
  const record = await publishDomain(deps, found, found.dueAt);
  if (!record) return 'again';
  return unlessPutOff(
    deps, { table: deps.stores.domains, key: { domainId }, id: domainId, record }, () => passOver(deps, record),
  );
}

/**
 * What the list of pending certificates tells of a domain needs no call and no lease: it is written down
 * as it is. Undefined when the domain has to be looked at itself; `lost` when another was faster.
 */
export async function settlePending(deps: DomainDeps, record: CustomDomain): Promise<'settled' | 'lost' | undefined> {
  const certificate = listedAsPending(deps, record);
  if (!certificate) return undefined;
  const decision = decideDomain(record, { ...NOTHING_OBSERVED, certificate }, deps.clock.now(), deps.settings);
  return await save(deps, record, decision.record, decision.nextCheckAt) === 'again' ? 'lost' : 'settled';
}

async function passOver(deps: DomainDeps, record: CustomDomain): Promise<Pass> {
  const observed = await gatherDomain(deps, record);
  const decision = decideDomain(record, observed, deps.clock.now(), deps.settings);
  switch (decision.action) {
    case 'save': return save(deps, record, decision.record, decision.nextCheckAt);
    case 'request_certificate': return requestCertificate(deps, record);
    case 'join_edge': return stepOnEdge(deps, record, decision, (edge) => edge.join(record));
    case 'leave_edge': return stepOnEdge(deps, record, decision, (edge) => edge.leave(record));
    case 'remove_certificate': return removeCertificate(deps, record);
    case 'remove_retired': return removeRetired(deps, record, decision);
    case 'take_claim': return takeClaim(deps, record).then(() => 'again');
    case 'challenge_again': return save(deps, record, challenged(record, await challengeAgain(deps, record)), firstLookAt(deps));
    case 'tell_predecessor': return tellPredecessor(deps, record).then(() => 'again');
    case 'add_pair': return savePair(deps, record, record.pair && await addPair(deps, record, record.pair));
    case 'part_pair': return leavePair(deps, record);
    case 'forget': return forget(deps, record);
    case 'lay_down': return releaseNames(deps, record).then(() => save(deps, record, decision.record, undefined));
  }
}

async function requestCertificate(deps: DomainDeps, record: CustomDomain): Promise<Pass> {
  const answer = await attempt(deps, record.domainId, () => deps.certificates.request(certificateRequest(record)));
  if (answer.ok) {
    const present = record.desired === 'present' ? { phase: 'validating', reason: undefined } as const : {};
    const known = withChanges(record, { ...requested(answer.value), ...present, attempts: 0 });
    return save(deps, record, known, deps.clock.now());
  }
  // On the way out a refusal ends the search, unless an earlier request went through: the tag tells.
  const giveUp = record.desired === 'absent' && !isTransient(answer.error)
    ? { certificateRequestedAt: deps.clock.now() - TOKEN_TRUSTED_MS } : {};
  return afterFailure(deps, record, withChanges(record, giveUp), answer.error);
}

/** Where the edge's own passes do the rest they set this domain due, and the check is a safety net. */
async function stepOnEdge(
  deps: DomainDeps, record: CustomDomain, decision: DomainDecision, step: (edge: DomainEdge) => Promise<Joined>,
): Promise<Pass> {
  const answer = await attempt(deps, record.domainId, () => step(edgeFor(deps, record)));
  if (!answer.ok) return afterRefusedStep(deps, record, decision, answer.error);
  const now = deps.clock.now();
  if (answer.value === 'again') return 'again';
  if (answer.value === 'done') return save(deps, record, decision.record, now + deps.settings.certificateCheckMs);
  const refused = afterRefusal({ record, observed: NOTHING_OBSERVED, now, settings: deps.settings }, answer.value);
  return save(deps, record, refused.record, refused.nextCheckAt);
}

/** A stale read is made again at once, but not for ever; a join that AWS goes on refusing may be for the certificate. */
async function afterRefusedStep(
  deps: DomainDeps, record: CustomDomain, { action }: DomainDecision, error: CloudError,
): Promise<Pass> {
  const attempts = record.attempts + 1;
  if (error.kind === 'stale' && attempts <= STALE_TRIES) {
    return save(deps, record, { ...record, attempts }, deps.clock.now());
  }
  const proveAnew = action === 'join_edge' && error.kind === 'refused' && attempts >= CERTIFICATE_TRIES;
  return afterFailure(deps, record, proveAnew ? { ...record, phase: 'validating' } : record, error);
}

async function removeCertificate(deps: DomainDeps, record: CustomDomain): Promise<Pass> {
  const { ownCertificateArn, domainId } = record;
  if (ownCertificateArn === undefined) return 'again';
  const answer = await attempt(deps, domainId, () => deps.certificates.remove(ownCertificateArn));
  if (!answer.ok) return afterFailure(deps, record, record, answer.error);
  const now = deps.clock.now();
  if (answer.value === 'in_use') return save(deps, record, record, now + deps.settings.inUseRetryMs);
  return save(deps, record, withChanges(record, { ownCertificateArn: undefined, attempts: 0 }), now);
}

/** What was decided beside it is saved in any case. */
async function removeRetired(deps: DomainDeps, record: CustomDomain, decision: DomainDecision): Promise<Pass> {
  const [arn = '', ...others] = record.retiredCertificateArns ?? [];
  const answer = await attempt(deps, record.domainId, () => deps.certificates.remove(arn));
  const now = deps.clock.now();
  if (answer.ok && answer.value !== 'in_use') {
    const left = { retiredCertificateArns: others.length > 0 ? others : undefined, retiredTriedAt: undefined };
    return save(deps, record, withChanges(decision.record, left), now);
  }
  const refused = !answer.ok && !isTransient(answer.error) && record.desired === 'absent'
    ? { reason: edgeReasons.cloudRefused(answer.error.message) } : {};
  const later = { retiredCertificateArns: [...others, arn], retiredTriedAt: now, ...refused };
  const nextCheckAt = Math.min(decision.nextCheckAt ?? Infinity, now + deps.settings.inUseRetryMs);
  return save(deps, record, withChanges(decision.record, later), nextCheckAt);
}

function challenged(record: CustomDomain, challenge: OwnershipChallenge): CustomDomain {
  return withChanges(record, { phase: 'challenging', challenge, reason: undefined, attempts: 0 });
}

function firstLookAt({ clock, settings }: DomainDeps): number {
  return clock.now() + settings.certificateCheckMs;
}

async function leavePair(deps: DomainDeps, record: CustomDomain): Promise<Pass> {
  if (await partPair(deps, record) === 'again') return 'again';
  return savePair(deps, record, record.pair && { ...record.pair, state: 'parted' });
}

async function savePair(deps: DomainDeps, record: CustomDomain, pair: DomainPair | undefined): Promise<Pass> {
  return save(deps, record, withChanges(record, { pair }), deps.clock.now());
}

/** The claim goes first: a record left behind by a crash is due and gets here again, a claim would never be. */
async function forget(deps: DomainDeps, record: CustomDomain): Promise<Pass> {
  await releaseNames(deps, record);
  // Whoever tried this before has done so after the record's last change.
  await recordEvents(deps, record.projectId, [domainRemoved(record, deps.clock.now())], record.updatedAt);
  const { domainId, revision } = record;
  const removed = await deps.stores.domains.remove({ domainId }, { equals: { revision } });
  return removed.removed ? 'gone' : 'again';
}

async function afterFailure(
  deps: DomainDeps, before: CustomDomain, record: CustomDomain, error: CloudError,
): Promise<Pass> {
  const attempts = before.attempts + 1;
  const reason = isTransient(error) ? record.reason : edgeReasons.cloudRefused(error.message);
  return save(deps, before, withChanges(record, { attempts, reason }), retryAt(deps, before.domainId, attempts, error));
}

const VISIBLE = [
  'desired', 'phase', 'certificateStatus', 'cloudFrontStatus', 'ownCertificateArn', 'servingCertificateArn', 'reason',
  'certificateExpiresAt', 'renewalAtRiskSince', 'pointsHere',
] as const satisfies (keyof CustomDomain)[];

async function save(
  deps: DomainDeps, before: CustomDomain, record: CustomDomain, nextCheckAt: number | undefined,
): Promise<Pass> {
  const now = deps.clock.now();
  const changed = VISIBLE.some((name) => before[name] !== record[name]) || !before.validation !== !record.validation;
  const owedEvents = owedAfter(before, record, now);
  const next = withChanges(record, {
    owedEvents, revision: before.revision + 1,
    updatedAt: changed ? now : record.updatedAt,
    dueShard: (owedEvents ? now : nextCheckAt) === undefined ? undefined : dueShardOf(record.domainId),
    dueAt: owedEvents ? now : nextCheckAt,
  });
  const saved = await deps.stores.domains.replace(next, { equals: { revision: before.revision } });
  if (saved.updated && owedEvents) await publishDomain(deps, saved.item, nextCheckAt);
  return !saved.updated || (nextCheckAt !== undefined && nextCheckAt <= now) ? 'again' : 'later';
}
