import type { Certificate, CertificateStatus } from '../src/domain/certificate.ts';
import { AWS_CALL_RATES, type AwsCall } from '../src/domain/call-rates.ts';
import type { DistributionState } from '../src/domain/distribution.ts';
import type { Certificates } from '../src/ports/certificates.ts';
import type { Clock } from '../src/ports/clock.ts';
import { CloudError } from '../src/ports/cloud-error.ts';
import type { Distributions } from '../src/ports/distributions.ts';

/** How long AWS takes for its own part, in virtual milliseconds. */
export const AWS_TAKES = { answerMs: 50, issueMs: 10_000, deployMs: 120_000 } as const;

const PAGE_SIZE = 1_000;
const ARN = 'arn:aws:acm:us-east-1:123456789012:certificate/';

interface Shared {
  readonly names: readonly string[];
  readonly requestedAt: number;
}

interface Deployment {
  readonly state: DistributionState;
  readonly deployedAt: number;
}

export function arnOf(index: number): string {
  return `${ARN}00000000-0000-4000-8000-${String(index).padStart(12, '0')}`;
}

/**
 * ACM and CloudFront behind the ports, so light that what is measured is Anchor: certificate `index` is
 * pending until its record has appeared, certificates asked for here are issued in time, and a change of
 * a distribution is deployed in time. It counts calls, and refuses those above the account's rates.
 */
export class StandInAws {
  readonly calls: Record<string, number> = {};
  throttled = 0;
  readonly certificates: Certificates;
  readonly distributions: Distributions;
  readonly #clock: Clock;
  /** Certificates of domains are 0 to `#count`. */
  #count: number;
  readonly #recordSeenAt = new Map<number, number>();
  readonly #shared = new Map<string, Shared>();
  readonly #tokens = new Map<string, string>();
  readonly #deployments = new Map<string, Deployment>();
  readonly #buckets = new Map<AwsCall, { tokens: number; at: number }>();

  constructor(clock: Clock, pending: number) {
    this.#clock = clock;
    this.#count = pending;
    this.certificates = this.#certificates();
    this.distributions = this.#distributions();
  }

  /** One more certificate, whose record is in DNS from now on. */
  ready(): string {
    const index = this.#count++;
    this.#recordSeenAt.set(index, this.#clock.now());
    return arnOf(index);
  }

  changesOf(distributionId: string): number {
    return Number(this.#deployments.get(distributionId)?.state.etag ?? 0);
  }

  #certificates(): Certificates {
    return {
      request: async ({ names, token }) => {
        await this.#call('acm:RequestCertificate');
        const arn = this.#tokens.get(token) ?? `${ARN}shared-${this.#shared.size}`;
        this.#tokens.set(token, arn);
        if (!this.#shared.has(arn)) this.#shared.set(arn, { names, requestedAt: this.#clock.now() });
        return arn;
      },
      describe: async (certificateArn) => {
        await this.#call('acm:DescribeCertificate');
        const shared = this.#shared.get(certificateArn);
        if (shared) return certificate(certificateArn, shared.names, this.#isOver(shared.requestedAt) ? 'ISSUED' : 'PENDING_VALIDATION');
        const index = Number(certificateArn.slice(-12));
        return certificate(certificateArn, [`site-${index}.example.com`], this.#isPending(index) ? 'PENDING_VALIDATION' : 'ISSUED');
      },
      listPending: async (cursor) => {
        await this.#call('acm:ListCertificates');
        const certificateArns: string[] = [];
        let index = Number(cursor ?? 0);
        for (; index < this.#count && certificateArns.length < PAGE_SIZE; index++) {
          if (this.#isPending(index)) certificateArns.push(arnOf(index));
        }
        return { certificateArns, cursor: index < this.#count ? String(index) : undefined };
      },
      findByToken: async ({ token }) => {
        await this.#call('acm:ListCertificates');
        return this.#tokens.get(token);
      },
      remove: async () => {
        await this.#call('acm:DeleteCertificate');
        return 'removed';
      },
    };
  }

  #distributions(): Distributions {
    return {
      read: async (distributionId) => {
        await this.#call('cloudfront:GetDistribution');
        return this.#stateOf(distributionId);
      },
      change: async (state, { aliases, viewerCertificate }) => {
        await this.#call('cloudfront:UpdateDistribution');
        const before = this.#stateOf(state.distributionId);
        if (before.etag !== state.etag) throw refused('cloudfront:UpdateDistribution', 'stale', 'PreconditionFailed');
        const changed = { ...before, aliases, viewerCertificate, etag: String(Number(before.etag) + 1) };
        this.#deployments.set(state.distributionId, { state: changed, deployedAt: this.#clock.now() + AWS_TAKES.deployMs });
        return this.#stateOf(state.distributionId);
      },
      // There is nobody else here who could have a name.
      conflicts: async () => [],
      move: async () => { throw refused('cloudfront:UpdateDomainAssociation', 'refused', 'IllegalUpdate'); },
      invalidate: async () => 'I1',
    };
  }

  #stateOf(distributionId: string): DistributionState {
    const known = this.#deployments.get(distributionId);
    if (known) return { ...known.state, deployed: this.#clock.now() >= known.deployedAt };
    return {
      distributionId, etag: '0', domainName: 'd111.cloudfront.net', aliases: [], viewerCertificate: { kind: 'default' },
      deployed: true, config: undefined,
    };
  }

  #isPending(index: number): boolean {
    const seenAt = this.#recordSeenAt.get(index);
    return seenAt === undefined || !this.#isOver(seenAt);
  }

  #isOver(since: number): boolean {
    return this.#clock.now() - since >= AWS_TAKES.issueMs;
  }

  /** As AWS meters: a second's worth at most at once, then the rate. */
  async #call(call: AwsCall): Promise<void> {
    this.calls[call] = (this.calls[call] ?? 0) + 1;
    const { perSecond } = AWS_CALL_RATES[call];
    const most = Math.max(1, perSecond);
    const now = this.#clock.now();
    const bucket = this.#buckets.get(call) ?? { tokens: most, at: now };
    const tokens = Math.min(most, bucket.tokens + (now - bucket.at) / 1_000 * perSecond);
    this.#buckets.set(call, { tokens: tokens >= 1 ? tokens - 1 : tokens, at: now });
    if (tokens < 1) {
      this.throttled += 1;
      throw refused(call, 'throttled', 'ThrottlingException');
    }
    await this.#clock.sleep(AWS_TAKES.answerMs);
  }
}

function certificate(arn: string, names: readonly string[], status: CertificateStatus): Certificate {
  const proven = status === 'ISSUED' ? 'SUCCESS' : 'PENDING_VALIDATION';
  return {
    arn, names, status, failureReason: undefined, inUse: false, notAfter: undefined,
    validations: names.map((name) => (
      { name, status: proven, record: { name: `_x.${name}`, type: 'CNAME', value: '_y.acm-validations.aws' } })),
  };
}

function refused(call: AwsCall, kind: 'stale' | 'throttled' | 'refused', awsName: string): CloudError {
  const [service = '', operation = ''] = call.split(':');
  return new CloudError({ kind, service, operation, awsName, message: awsName });
}
