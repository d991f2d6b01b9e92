import type { CustomDomain } from '../src/domain/custom-domain.ts';
import type { Certificates } from '../src/ports/certificates.ts';
import { isCloudError } from '../src/ports/cloud-error.ts';
import type { Distributions } from '../src/ports/distributions.ts';

export interface LoopWorld {
  readonly certificates: Pick<Certificates, 'describe'>;
  readonly distributions: Pick<Distributions, 'read' | 'change'>;
}

/**
 * What is usually written: ask ACM about each pending domain, and put each issued one onto its distribution
 * by reading and changing it. It is spared what makes that safe: it gives the distribution the certificate
 * of the last domain alone, which would break every other one, and writes nothing down before it acts.
 * Answers whether the distribution was changed.
 */
export async function lookAtOne(
  { certificates, distributions }: LoopWorld, { domain, distributionId, ownCertificateArn = '' }: CustomDomain,
): Promise<boolean> {
  const certificate = await certificates.describe(ownCertificateArn);
  if (certificate?.status !== 'ISSUED') return false;
  const viewerCertificate = { kind: 'acm', certificateArn: ownCertificateArn } as const;
  for (;;) {
    const state = await distributions.read(distributionId);
    if (!state) return false;
    try {
      await distributions.change(state, { aliases: [...state.aliases, domain], viewerCertificate });
      return true;
    } catch (error) {
      // Another of its replicas changed the distribution in between.
      if (!isCloudError(error, 'stale')) throw error;
    }
  }
}
