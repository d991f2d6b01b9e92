/** What one kind of call has been granted to all replicas so far. One item for each kind of call and lane. */
export interface SpentCalls {
  readonly budgetId: string;
  /** Until when its slots are given away, in milliseconds since the epoch. */
  readonly freeAt: number;
  /** The replica that made the item: of two that make it at the same moment, one is told that it did not. */
  readonly madeBy: string;
}

export interface CallRate {
  /** For one account. */
  readonly perSecond: number;
  /** `published`: a quota in AWS's documentation; `cautious`: AWS publishes none, so this is a guess on the safe side. */
  readonly source: 'published' | 'cautious';
}

/**
 * The rates of the calls that domains make. ACM's are its API rate quotas (ACM User Guide, "Quotas").
 * CloudFront publishes none; 0.5 a second for `CreateInvalidation` is what AWS staff named in public
 * (aws-sdk-js issue 3983), and changes of distributions are taken to be no cheaper.
 */
export const AWS_CALL_RATES = {
  'acm:RequestCertificate': { perSecond: 5, source: 'published' },
  'acm:DescribeCertificate': { perSecond: 10, source: 'published' },
  'acm:ListCertificates': { perSecond: 8, source: 'published' },
  'acm:ListTagsForCertificate': { perSecond: 10, source: 'published' },
  'acm:DeleteCertificate': { perSecond: 10, source: 'published' },
  'cloudfront:GetDistribution': { perSecond: 5, source: 'cautious' },
  'cloudfront:UpdateDistribution': { perSecond: 0.5, source: 'cautious' },
  'cloudfront:CreateInvalidation': { perSecond: 0.5, source: 'cautious' },
  'cloudfront:ListDomainConflicts': { perSecond: 1, source: 'cautious' },
  'cloudfront:UpdateDomainAssociation': { perSecond: 0.5, source: 'cautious' },
  'cloudfront:AssociateAlias': { perSecond: 0.5, source: 'cautious' },
  'cloudfront:GetDistributionTenant': { perSecond: 5, source: 'cautious' },
  'cloudfront:CreateDistributionTenant': { perSecond: 1, source: 'cautious' },
  'cloudfront:UpdateDistributionTenant': { perSecond: 1, source: 'cautious' },
  'cloudfront:DeleteDistributionTenant': { perSecond: 1, source: 'cautious' },
} as const satisfies Readonly<Record<string, CallRate>>;

export type AwsCall = keyof typeof AWS_CALL_RATES;

/** Calls a second, by call. */
export type CallRates = Readonly<Record<AwsCall, number>>;

/** The rates above, with some replaced, all scaled to so many percent. */
export function ratesWith(other: Partial<CallRates>, percent: number): CallRates {
  const rates = Object.entries(AWS_CALL_RATES).map(([call, { perSecond }]) => (
    [call, (other[call as AwsCall] ?? perSecond) * percent / 100] as const
  ));
  return Object.fromEntries(rates) as CallRates;
}

/** Slots for calls: the first at `from`, one every `intervalMs`. */
export interface CallSlots {
  readonly from: number;
  readonly count: number;
}

/** A freeAt further ahead than anybody reserves comes from a clock that was wrong. */
const LONGEST_AHEAD_MS = 60_000;

/**
 * The next slots after those given away already. What nobody took for a second may be taken at once:
 * AWS, too, lets a second's worth of calls come together.
 */
export function nextSlots(freeAt: number | undefined, now: number, intervalMs: number, count: number): CallSlots {
  const burstMs = Math.max(0, 1_000 - intervalMs);
  const given = freeAt === undefined || freeAt > now + LONGEST_AHEAD_MS ? -Infinity : freeAt;
  return { from: Math.max(given, now - burstMs), count };
}
