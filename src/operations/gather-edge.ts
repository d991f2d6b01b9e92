import type { Certificate } from '../domain/certificate.ts';
import { namesIn } from '../domain/edge-names.ts';
import type { EdgeObservation } from '../domain/edge-step.ts';
import type { Edge, EdgeNext } from '../domain/edge.ts';
import type { Observed, Proof } from '../domain/observed.ts';
import { NOT_ASKED } from '../domain/observed.ts';
import { requestToken, TOKEN_TRUSTED_MS } from '../domain/request-token.ts';
import type { CertificateRequest } from '../ports/certificates.ts';
import type { DomainDeps } from './domain-deps.ts';
import { look, lookForProof } from './remote-call.ts';

/** Looks at the distribution and at the certificate that is to come. */
export async function gatherEdge(deps: DomainDeps, edge: Edge): Promise<EdgeObservation> {
  const key = edge.distributionId;
  const distribution = await look(deps, key, () => deps.distributions.read(key));
  const { next } = edge;
  if (distribution.kind === 'unknown' || next?.requestedAt === undefined) {
    return { distribution, next: NOT_ASKED, nextByToken: NOT_ASKED, proofs: {} };
  }
  const age = deps.clock.now() - next.requestedAt;
  const arn = next.certificateArn;
  if (arn === undefined) {
    const nextByToken = age < TOKEN_TRUSTED_MS ? NOT_ASKED
      : await look(deps, key, () => deps.certificates.findByToken(nextRequest(edge, next)));
    return { distribution, next: NOT_ASKED, nextByToken, proofs: {} };
  }
  const certificate = await look(deps, key, () => deps.certificates.describe(arn));
  const proofs = age < deps.settings.graceForPendingMs ? {} : await pendingProofs(deps, edge, certificate);
  return { distribution, next: certificate, nextByToken: NOT_ASKED, proofs };
}

export function nextRequest({ distributionId }: Edge, next: EdgeNext): CertificateRequest {
  return { names: next.names, token: requestToken(distributionId, next.generation), projectId: next.projectId };
}

async function pendingProofs(
  deps: DomainDeps, edge: Edge, certificate: Observed<Certificate>,
): Promise<Record<string, Proof>> {
  if (certificate.kind !== 'found' || certificate.value.status !== 'PENDING_VALIDATION') return {};
  const waiting = new Set<string>(namesIn(edge, 'joining', 'attaching'));
  const pending = certificate.value.validations.filter(({ name, status }) => status !== 'SUCCESS' && waiting.has(name));
  const found = await Promise.all(pending.map(async ({ name, record }) => (
    [name, record ? await lookForProof(deps, record) : 'unknown'] as const
  )));
  return Object.fromEntries(found);
}
