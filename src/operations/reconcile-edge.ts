import type { DistributionState } from '../domain/distribution.ts';
import { decideEdge } from '../domain/decide-edge.ts';
import { memberOf, membersOf } from '../domain/edge-names.ts';
import { edgeReasons } from '../domain/edge-reasons.ts';
import type { EdgeChange, EdgeDecision, EdgeObservation } from '../domain/edge-step.ts';
import type { Edge, EdgeMember, EdgeNext } from '../domain/edge.ts';
import { TOKEN_TRUSTED_MS } from '../domain/request-token.ts';
import { afterNameConflict, withoutCertificate } from '../domain/refuse-members.ts';
import type { Hostname } from '../domain/hostname.ts';
import { afterMoveRefused } from '../domain/move-name.ts';
import { settleEdge } from '../domain/settle-edge.ts';
import type { CloudError } from '../ports/cloud-error.ts';
import { dueShardOf } from '../ports/stores.ts';
import type { DomainDeps, Pass } from './domain-deps.ts';
import { gatherEdge, nextRequest } from './gather-edge.ts';
import { unlessPutOff } from './put-off.ts';
import { attempt, isTransient, retryAt } from './remote-call.ts';

/** CloudFront may not know a certificate ACM has just issued; refused this often in a row, it is no good. */
const CERTIFICATE_TRIES = 5;
/** A stale ETag is read again at once, but not for ever. */
const STALE_TRIES = 3;

/**
 * One pass over one distribution: looks, decides, makes at most one change outside, and saves on
 * condition that nobody saved meanwhile.
 */
export async function reconcileEdge(deps: DomainDeps, distributionId: string): Promise<Pass> {
  const edge = await deps.stores.edges.get({ distributionId });
  if (!edge) return 'gone';
  if (edge.announce.length > 0) return announce(deps, edge);
  return unlessPutOff(
    deps, { table: deps.stores.edges, key: { distributionId }, id: distributionId, record: edge }, () => passOver(deps, edge),
  );
}

async function passOver(deps: DomainDeps, edge: Edge): Promise<Pass> {
  const observed = await gatherEdge(deps, edge);
  return act(deps, edge, observed, decideEdge(edge, observed, deps.clock.now(), deps.settings));
}

async function act(deps: DomainDeps, edge: Edge, observed: EdgeObservation, decision: EdgeDecision): Promise<Pass> {
  const { action } = decision;
  switch (action.kind) {
    case 'none': {
      const attempts = decision.blind ? edge.attempts + 1 : 0;
      return save(deps, edge, withReason({ ...edge, attempts }, decision.reason), decision.nextCheckAt);
    }
    case 'record': return save(deps, edge, action.edge, deps.clock.now());
    case 'request_certificate': return requestCertificate(deps, edge, action.next);
    case 'change_distribution':
      if (observed.distribution.kind !== 'found') return 'later';
      return changeDistribution(deps, edge, observed.distribution.value, action);
    case 'move_name':
      if (observed.distribution.kind !== 'found') return 'later';
      return moveName(deps, edge, observed.distribution.value, action.name);
    case 'remove_certificate': return removeCertificate(deps, withReason(edge, decision.reason), action.certificateArn);
  }
}

/** Domains look at the distribution's item themselves once they are due; the revision stops a pass that looked before. */
async function announce(deps: DomainDeps, edge: Edge): Promise<Pass> {
  for (const domainId of edge.announce) {
    const due = { dueShard: dueShardOf(domainId), dueAt: deps.clock.now() };
    await deps.stores.domains.update({ domainId }, { set: due, add: { revision: 1 } });
  }
  return save(deps, edge, { ...edge, announce: [] }, deps.clock.now());
}

async function requestCertificate(deps: DomainDeps, edge: Edge, next: EdgeNext): Promise<Pass> {
  const answer = await attempt(deps, edge.distributionId, () => deps.certificates.request(nextRequest(edge, next)));
  if (answer.ok) {
    const known = { ...edge, next: { ...next, certificateArn: answer.value }, attempts: 0 };
    return save(deps, edge, known, deps.clock.now());
  }
  if (isTransient(answer.error)) return afterFailure(deps, edge, edge, answer.error);
  // Refused for good: unless an earlier request went through, which the tag tells, there is no certificate.
  const searched = { ...next, requestedAt: deps.clock.now() - TOKEN_TRUSTED_MS };
  return afterFailure(deps, edge, { ...edge, next: searched }, answer.error);
}

async function changeDistribution(
  deps: DomainDeps, edge: Edge, state: DistributionState, { adding, aliases, viewerCertificate }: EdgeChange,
): Promise<Pass> {
  const { clock, settings } = deps;
  const answer = await attempt(deps, edge.distributionId, (
  ) => deps.distributions.change(state, { aliases, viewerCertificate }));
  if (answer.ok) {
    const settled = settleEdge({ ...edge, attempts: 0 }, answer.value, clock.now(), settings.strayMs);
    return save(deps, edge, settled, clock.now());
  }
  const { error } = answer;
  if (error.kind === 'stale' && edge.attempts < STALE_TRIES) {
    return save(deps, edge, { ...edge, attempts: edge.attempts + 1 }, clock.now());
  }
  if (error.awsName === 'CNAMEAlreadyExists' && adding.length > 0) {
    return save(deps, edge, afterNameConflict(edge, adding, state.domainName, clock.now()), clock.now());
  }
  const tired = error.awsName === 'InvalidViewerCertificate' && edge.attempts + 1 >= CERTIFICATE_TRIES;
  const arn = viewerCertificate.kind === 'acm' ? viewerCertificate.certificateArn : undefined;
  const changed = tired ? withoutCertificate(edge, arn, clock.now() + settings.replanAfterMs) : edge;
  return afterFailure(deps, edge, changed, error);
}

/** Moved or not is read from the distribution by the next pass; a repeat changes nothing. */
async function moveName(deps: DomainDeps, edge: Edge, state: DistributionState, name: Hostname): Promise<Pass> {
  const answer = await attempt(deps, edge.distributionId, () => deps.distributions.move(state, name));
  const now = deps.clock.now();
  if (answer.ok) return save(deps, edge, { ...edge, attempts: 0 }, now + deps.settings.deployCheckMs);
  const { error } = answer;
  if (error.kind === 'stale' && edge.attempts < STALE_TRIES) {
    return save(deps, edge, { ...edge, attempts: edge.attempts + 1 }, now);
  }
  if (isTransient(error)) return afterFailure(deps, edge, edge, error);
  return save(deps, edge, { ...afterMoveRefused(edge, name, error.message, now, deps.settings), attempts: 0 }, now);
}

async function removeCertificate(deps: DomainDeps, edge: Edge, certificateArn: string): Promise<Pass> {
  const answer = await attempt(deps, edge.distributionId, () => deps.certificates.remove(certificateArn));
  if (!answer.ok) return afterFailure(deps, edge, edge, answer.error);
  const now = deps.clock.now();
  const others = edge.retired.filter((arn) => arn !== certificateArn);
  const { retiredTriedAt: _, ...rest } = edge;
  const next = answer.value === 'in_use'
    ? { ...edge, retired: [...others, certificateArn], retiredTriedAt: now, attempts: 0 }
    : { ...rest, retired: others, attempts: 0 };
  return save(deps, edge, next, now);
}

async function afterFailure(deps: DomainDeps, before: Edge, edge: Edge, error: CloudError): Promise<Pass> {
  const attempts = before.attempts + 1;
  const reason = isTransient(error) ? edge.reason : edgeReasons.cloudRefused(error.message);
  return save(deps, before, withReason({ ...edge, attempts }, reason), retryAt(deps, edge.distributionId, attempts, error));
}

function withReason({ reason: _, ...edge }: Edge, reason: string | undefined): Edge {
  return reason === undefined ? edge : { ...edge, reason };
}

async function save(deps: DomainDeps, before: Edge, edge: Edge, nextCheckAt: number | undefined): Promise<Pass> {
  const { dueAt: _at, dueShard: _shard, ...rest } = edge;
  const due = nextCheckAt === undefined ? {} : { dueShard: dueShardOf(edge.distributionId), dueAt: nextCheckAt };
  const told = [...new Set([...edge.announce, ...concerned(before, edge)])];
  const saved = await deps.stores.edges.replace(
    { ...rest, ...due, announce: told, revision: before.revision + 1 }, { equals: { revision: before.revision } },
  );
  const now = deps.clock.now();
  return !saved.updated || told.length > 0 || (nextCheckAt !== undefined && nextCheckAt <= now) ? 'again' : 'later';
}

/** Domains whose standing differs; it is written with the change itself, so that a crash cannot swallow it. */
function concerned(before: Edge, after: Edge): string[] {
  const swapped = shownOf(before) !== shownOf(after);
  return membersOf(before)
    .filter(([name, member]) => {
      const now = memberOf(after, name);
      return now === undefined || standingOf(now) !== standingOf(member) || (swapped && now.state === 'served');
    })
    .map(([, member]) => member.domainId);
}

function shownOf({ serving }: Edge): string {
  return JSON.stringify([serving?.certificateArn, serving?.notAfter, serving?.ended]);
}

function standingOf({ state, ownCertificateArn, warning, drift, held }: EdgeMember): string {
  const waiting = state === 'joining' || state === 'attaching';
  const shown = waiting ? (held ? 'held' : 'joining') : state;
  return JSON.stringify([shown, ownCertificateArn, warning, drift?.kind, held?.target, held?.holder, held?.refusal]);
}
