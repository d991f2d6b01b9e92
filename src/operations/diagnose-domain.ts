import type { CustomDomain } from '../domain/custom-domain.ts';
import { diagnoseDns } from '../domain/diagnose-dns.ts';
import type { DnsDiagnosis } from '../domain/dns-diagnosis.ts';
import { requiredRecords } from '../domain/required-records.ts';
import type { DomainDeps } from './domain-deps.ts';
import { findDomain } from './find-domain.ts';
import type { NamedResolver } from './gather-dns.ts';
import { gatherDns } from './gather-dns.ts';
import type { Operations } from './operations.ts';

export interface DiagnosisDeps extends DomainDeps {
  /** The server's own resolver first, then independent ones. */
  readonly resolvers: readonly NamedResolver[];
}

/**
 * Looks at the domain's DNS now, in bounded time, and changes nothing. Throws `domain_not_found` and
 * `project_not_found`.
 */
export function diagnoseDomain(deps: DiagnosisDeps): Operations['diagnoseDomain'] {
  return async (projectId, domainId) => diagnose(deps, await findDomain(deps.stores, projectId, domainId));
}

export async function diagnose({ resolvers, clock, settings }: DiagnosisDeps, record: CustomDomain): Promise<DnsDiagnosis> {
  const required = requiredRecords(record);
  const checkedAt = clock.now();
  const seen = await gatherDns({ resolvers, clock, boundMs: settings.diagnosisBoundMs }, record.domain, required);
  return diagnoseDns(record, required, seen, checkedAt);
}
