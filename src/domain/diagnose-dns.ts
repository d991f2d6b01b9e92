import { followCnames } from './cname-chain.ts';
import type { CustomDomain } from './custom-domain.ts';
import { diagnoseRecord } from './diagnose-record.ts';
import type { DnsDiagnosis, DnsFinding, FindingCode, RecordDiagnosis, RecordState } from './dns-diagnosis.ts';
import { dnsFindings } from './dns-findings.ts';
import type { DnsObservation } from './dns-observation.ts';
import { hasAnswered } from './dns-observation.ts';
import type { RequiredRecord } from './required-records.ts';
import { viewDomain } from './view-domain.ts';

/** What explains all the rest, and what to do something about before anything else. */
const FIRST_FINDINGS: readonly FindingCode[] = ['zone_not_found', 'servfail', 'timeout'];
const FIRST_STATES: readonly RecordState[] = ['wrong', 'conflicting'];
const LAST_STATES: readonly RecordState[] = ['missing', 'pending', 'unknown'];

/** Everything that can be told of a domain's DNS from what was seen of it at `checkedAt`. */
export function diagnoseDns(
  record: CustomDomain, required: readonly RequiredRecord[], seen: DnsObservation, checkedAt: number,
): DnsDiagnosis {
  const { domainId, projectId, domain, status, statusMessage, nextCheckAt } = viewDomain(record);
  const records = required.map((each) => diagnoseRecord(each, domain, seen));
  const findings = dnsFindings(domain, required, seen);
  const target = required.find(({ purpose }) => purpose === 'routing')?.value;
  return {
    domainId, projectId, domain, status, statusMessage,
    ok: records.every(({ state }) => state === 'correct') && findings.every(({ severity }) => severity !== 'error'),
    summary: summary(record, records, findings),
    records, findings,
    cnameChain: followCnames(seen, domain, target).names,
    resolvers: seen.resolvers.map((name, at) => ({ name, answered: hasAnswered(seen, at) })),
    checkedAt, nextCheckAt,
  };
}

function summary(
  { domain, desired }: CustomDomain, records: readonly RecordDiagnosis[], findings: readonly DnsFinding[],
): string {
  if (desired === 'absent') return `${domain} is being deleted: remove its DNS records, which lead nowhere then.`;
  const errors = findings.filter(({ severity }) => severity === 'error');
  const inState = (states: readonly RecordState[]) => (
    states.flatMap((state) => records.filter((each) => each.state === state))
  );
  const move = records.filter(({ purpose, state }) => purpose === 'move' && state !== 'correct');
  const [first] = [
    ...FIRST_FINDINGS.flatMap((code) => errors.filter((each) => each.code === code)),
    // Where visitors go matters once the name is here.
    ...move,
    ...inState(FIRST_STATES),
    ...errors,
    ...inState(LAST_STATES),
  ];
  return first?.message ?? `The DNS of ${domain} is as it should be.`;
}
