import type { AwsCall } from '../../domain/call-rates.ts';
import type { CallBudget } from '../../ports/call-budget.ts';
import type { Certificates } from '../../ports/certificates.ts';
import type { Distributions } from '../../ports/distributions.ts';
import type { Tenants } from '../../ports/tenants.ts';

/** The calls to AWS that one call of each method makes; its retries and further pages are not counted. */
export type CallsOf<T> = { readonly [K in keyof T]: readonly [AwsCall, ...AwsCall[]] };

export const CERTIFICATE_CALLS: CallsOf<Certificates> = {
  request: ['acm:RequestCertificate'],
  describe: ['acm:DescribeCertificate'],
  findByToken: ['acm:ListCertificates', 'acm:ListTagsForCertificate'],
  listPending: ['acm:ListCertificates'],
  remove: ['acm:DeleteCertificate'],
};

export const DISTRIBUTION_CALLS: CallsOf<Distributions> = {
  read: ['cloudfront:GetDistribution'],
  change: ['cloudfront:UpdateDistribution'],
  conflicts: ['cloudfront:ListDomainConflicts'],
  move: ['cloudfront:UpdateDomainAssociation', 'cloudfront:AssociateAlias'],
  invalidate: ['cloudfront:CreateInvalidation'],
};

export const TENANT_CALLS: CallsOf<Tenants> = {
  read: ['cloudfront:GetDistributionTenant'],
  create: ['cloudfront:CreateDistributionTenant'],
  change: ['cloudfront:UpdateDistributionTenant'],
  remove: ['cloudfront:DeleteDistributionTenant'],
};

type Method = (...args: unknown[]) => Promise<unknown>;

/** The same port, whose every call first takes its place in the budget. Also throws `budgetSpent`. */
export function paced<T extends object>(port: T, calls: CallsOf<T>, budget: CallBudget): T {
  const methods = Object.entries<readonly AwsCall[]>(calls).map(([name, needed]) => {
    const method = (port as Record<string, Method>)[name] as Method;
    return [name, async (...args: unknown[]) => {
      for (const call of needed) await budget.take(call);
      return method.apply(port, args);
    }] as const;
  });
  return Object.fromEntries(methods) as T;
}
