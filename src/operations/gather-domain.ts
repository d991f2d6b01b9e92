import { needsExpiry } from '../domain/decide-active.ts';
import type { CustomDomain } from '../domain/custom-domain.ts';
import type { DomainObservation } from '../domain/domain-step.ts';
import { NOTHING_OBSERVED } from '../domain/domain-step.ts';
import type { Observed, StillPending } from '../domain/observed.ts';
import { NOT_ASKED } from '../domain/observed.ts';
import type { DriftHandling } from '../domain/project.ts';
import { requestToken, TOKEN_TRUSTED_MS } from '../domain/request-token.ts';
import type { CertificateRequest } from '../ports/certificates.ts';
import type { DomainDeps } from './domain-deps.ts';
import { edgeFor } from './edge-for.ts';
import { pointingOf } from './pointing-of.ts';
import { gatherOwnership } from './gather-ownership.ts';
import { look, lookForProof } from './remote-call.ts';

/** Looks at what the domain's phase needs, and nothing else. */
export async function gatherDomain(deps: DomainDeps, record: CustomDomain): Promise<DomainObservation> {
  const [phase, ownership] = await Promise.all([gatherPhase(deps, record), gatherOwnership(deps, record)]);
  return { ...phase, ...ownership };
}

async function gatherPhase(deps: DomainDeps, record: CustomDomain): Promise<DomainObservation> {
  if (record.desired === 'absent') return gatherForRemoval(deps, record);
  switch (record.phase) {
    case 'requesting':
      return { ...NOTHING_OBSERVED, byToken: await oldRequest(deps, record) };
    case 'validating':
      return { ...NOTHING_OBSERVED, ...await proofs(deps, record) };
    case 'joining':
    case 'deploying':
    case 'active':
    case 'drifted':
      return gatherServed(deps, record);
    case 'challenging':
    case 'failed':
    case 'leaving':
    case 'releasing':
      return NOTHING_OBSERVED;
  }
}

export function certificateRequest(record: CustomDomain): CertificateRequest {
  return {
    names: [record.domain],
    token: requestToken(record.domainId, record.certificateGeneration),
    projectId: record.projectId,
  };
}

/** On most days of a domain that is well this asks DNS alone, and nothing of AWS. */
async function gatherServed(deps: DomainDeps, record: CustomDomain): Promise<DomainObservation> {
  const edge = await edgeFor(deps, record).standing(record);
  if (edge.kind !== 'found') return { ...NOTHING_OBSERVED, edge };
  const standing = edge.value;
  if (standing.drift) return { ...NOTHING_OBSERVED, edge, driftHandling: await driftHandling(deps, record) };
  const arn = standing.servingCertificateArn;
  const ask = arn !== undefined && needsExpiry(record, standing, deps.clock.now(), deps.settings.renewalWindowMs);
  if (standing.state !== 'served' && standing.certificateEnded === undefined && !ask) return { ...NOTHING_OBSERVED, edge };
  const [certificate, proof] = await Promise.all([
    ask ? look(deps, record.domainId, () => deps.certificates.describe(arn)) : NOT_ASKED,
    record.validation ? lookForProof(deps, record.validation) : 'not_asked' as const,
  ]);
  return { ...NOTHING_OBSERVED, edge, certificate, proof };
}

async function driftHandling({ stores }: DomainDeps, { projectId }: CustomDomain): Promise<DriftHandling> {
  return (await stores.projects.get({ projectId }))?.onDomainDrift ?? 'repair';
}

async function gatherForRemoval(deps: DomainDeps, record: CustomDomain): Promise<DomainObservation> {
  if (record.phase === 'leaving') {
    const [edge, pointing] = await Promise.all([edgeFor(deps, record).standing(record), pointingOf(deps.dns, record)]);
    return { ...NOTHING_OBSERVED, edge, pointing };
  }
  if (record.phase !== 'releasing') return NOTHING_OBSERVED;
  if (record.ownCertificateArn !== undefined) {
    return { ...NOTHING_OBSERVED, edge: await edgeFor(deps, record).standing(record) };
  }
  if (record.certificateStatus !== 'REQUESTED') return NOTHING_OBSERVED;
  return { ...NOTHING_OBSERVED, byToken: await byToken(deps, record) };
}

async function oldRequest(deps: DomainDeps, record: CustomDomain): Promise<Observed<string>> {
  const age = deps.clock.now() - (record.certificateRequestedAt ?? Infinity);
  return age < TOKEN_TRUSTED_MS ? NOT_ASKED : byToken(deps, record);
}

function byToken(deps: DomainDeps, record: CustomDomain): Promise<Observed<string>> {
  return look(deps, record.domainId, () => deps.certificates.findByToken(certificateRequest(record)));
}

async function proofs(deps: DomainDeps, record: CustomDomain): Promise<Partial<DomainObservation>> {
  const listed = listedAsPending(deps, record);
  if (listed) return { certificate: listed };
  const arn = record.ownCertificateArn;
  const certificate = arn === undefined
    ? { kind: 'absent' as const } : await look(deps, record.domainId, () => deps.certificates.describe(arn));
  const needed = record.proofLostAt !== undefined && record.validation !== undefined;
  return { certificate, proof: needed ? await lookForProof(deps, record.validation) : 'not_asked' };
}

/** Whether the list of pending certificates says all there is to know: it names no records, so the domain's must be known. */
export function listedAsPending({ pending }: Pick<DomainDeps, 'pending'>, record: CustomDomain): StillPending | undefined {
  const { desired, phase, ownCertificateArn, validation } = record;
  if (desired === 'absent' || phase !== 'validating' || ownCertificateArn === undefined || !validation) return undefined;
  return pending?.look(ownCertificateArn);
}
