import type { Certificate } from '../domain/certificate.ts';
import type { DistributionState } from '../domain/distribution.ts';
import { certificateOn, membersOf, namesIn } from '../domain/edge-names.ts';
import type { EdgeObservation, HeldLook } from '../domain/edge-step.ts';
import type { Edge, EdgeNext } from '../domain/edge.ts';
import { dueLooks } from '../domain/move-name.ts';
import { covers } from '../domain/name-coverage.ts';
import type { Observed, Proof } from '../domain/observed.ts';
import { NOT_ASKED } from '../domain/observed.ts';
import type { Project } from '../domain/project.ts';
import { requestToken, TOKEN_TRUSTED_MS } from '../domain/request-token.ts';
import type { CertificateRequest } from '../ports/certificates.ts';
import type { DomainDeps } from './domain-deps.ts';
import { look, lookForMoveRecord, lookForProof } from './remote-call.ts';

/** Looks at the distribution and at the certificate that is to come. */
export async function gatherEdge(deps: DomainDeps, edge: Edge): Promise<EdgeObservation> {
  const key = edge.distributionId;
  const distribution = await look(deps, key, () => deps.distributions.read(key));
  const { next } = edge;
  if (distribution.kind === 'unknown') {
    return { distribution, held: {}, serving: NOT_ASKED, reporting: [], next: NOT_ASKED, nextByToken: NOT_ASKED, proofs: {} };
  }
  const seen = {
    distribution, serving: await servingCertificate(deps, edge), reporting: await reporting(deps, edge),
    held: distribution.kind === 'found' ? await heldLooks(deps, edge, distribution.value) : {},
  };
  if (next?.requestedAt === undefined) {
    return { ...seen, next: NOT_ASKED, nextByToken: NOT_ASKED, proofs: {} };
  }
  const age = deps.clock.now() - next.requestedAt;
  const arn = next.certificateArn;
  if (arn === undefined) {
    const nextByToken = age < TOKEN_TRUSTED_MS ? NOT_ASKED
      : await look(deps, key, () => deps.certificates.findByToken(nextRequest(edge, next)));
    return { ...seen, next: NOT_ASKED, nextByToken, proofs: {} };
  }
  const early = age < deps.settings.graceForPendingMs;
  const listed = early ? deps.pending?.look(arn) : undefined;
  if (listed) return { ...seen, next: listed, nextByToken: NOT_ASKED, proofs: {} };
  const certificate = await look(deps, key, () => deps.certificates.describe(arn));
  const proofs = early ? {} : await pendingProofs(deps, edge, certificate);
  return { ...seen, next: certificate, nextByToken: NOT_ASKED, proofs };
}

export function nextRequest({ distributionId }: Edge, next: EdgeNext): CertificateRequest {
  return { names: next.names, token: requestToken(distributionId, next.generation), projectId: next.projectId };
}

/**
 * ACM is asked for the end of a certificate once, and again when it is so near that it may have been renewed, about
 * once a day; so that most distributions cost ACM nothing on most days.
 */
async function servingCertificate(deps: DomainDeps, { distributionId, serving }: Edge): Promise<Observed<Certificate>> {
  const { clock, settings } = deps;
  if (!serving?.deployed || serving.ended !== undefined) return NOT_ASKED;
  const now = clock.now();
  const { checkedAt = -Infinity, notAfter = -Infinity } = serving;
  const near = now >= notAfter - settings.renewalWindowMs && now - checkedAt >= settings.renewalCheckMs;
  const over = now >= notAfter && checkedAt < notAfter;
  if (!near && !over) return NOT_ASKED;
  return look(deps, distributionId, () => deps.certificates.describe(serving.certificateArn));
}

/** Asked for when others changed something; what the project wants may itself have changed meanwhile. */
async function reporting({ stores }: DomainDeps, edge: Edge): Promise<string[]> {
  const changed = membersOf(edge).filter(([, { drift }]) => drift !== undefined).map(([, { projectId }]) => projectId);
  const projects = await Promise.all([...new Set(changed)].map((projectId) => stores.projects.get({ projectId })));
  return projects.filter((project) => project?.onDomainDrift === 'report').map((project) => (project as Project).projectId);
}

/** AWS tells who has a name only to a distribution whose certificate covers it. */
async function heldLooks(
  deps: DomainDeps, edge: Edge, distribution: DistributionState,
): Promise<Record<string, HeldLook>> {
  const { serving } = edge;
  const good = serving?.ended === undefined && serving?.certificateArn === certificateOn(distribution);
  const covered = good ? serving?.names ?? [] : [];
  const looks = await Promise.all(dueLooks(edge, deps.clock.now()).map(async (name) => {
    const [proof, conflicts] = await Promise.all([
      lookForMoveRecord(deps, name, distribution.domainName),
      covers(covered, name)
        ? look(deps, edge.distributionId, () => deps.distributions.conflicts(edge.distributionId, name)) : NOT_ASKED,
    ]);
    return [name, { proof, conflicts }] as const;
  }));
  return Object.fromEntries(looks);
}

async function pendingProofs(
  deps: DomainDeps, edge: Edge, certificate: Observed<Certificate>,
): Promise<Record<string, Proof>> {
  if (certificate.kind !== 'found' || certificate.value.status !== 'PENDING_VALIDATION') return {};
  const members = new Set<string>(namesIn(edge, 'joining', 'attaching', 'attached', 'served', 'moving', 'held'));
  const pending = certificate.value.validations.filter(({ name, status }) => status !== 'SUCCESS' && members.has(name));
  const found = await Promise.all(pending.map(async ({ name, record }) => (
    [name, record ? await lookForProof(deps, record) : 'unknown'] as const
  )));
  return Object.fromEntries(found);
}
