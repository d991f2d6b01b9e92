import type { Activation, ScenarioResult } from './domain-scenario.ts';
import type { ReadyTogether } from './ready-together.ts';
import { percentile } from './statistics.ts';

export interface DomainRun extends ScenarioResult {
  readonly who: 'anchor' | 'loop';
  readonly pending: number;
  readonly replicas: number;
}

export interface DomainReport {
  readonly measuredAt: string;
  readonly machine: { readonly node: string; readonly platform: string; readonly cpus: number; readonly model: string };
  readonly domains: number;
  readonly runs: readonly DomainRun[];
  readonly together: readonly ReadyTogether[];
}

const JUDGED_PENDING = 1_000;
const MOST_CALLS = 5;
const MOST_CHANGES = 2;
const MOST_MB = 300;

/** What is not as good as it has to be, in words. */
export function missedDomainTargets({ runs, together }: DomainReport): string[] {
  const ours = runs.filter(({ who }) => who === 'anchor');
  const missed: string[] = [];
  for (const { pending, replicas, sweep, activation, peakRssMb } of ours) {
    const what = `${pending} pending, ${replicas} replica(s)`;
    const calls = sum(sweep.awsCalls);
    if (pending === JUDGED_PENDING && calls > MOST_CALLS) missed.push(`${calls} AWS calls a sweep with ${what}; ${MOST_CALLS} at most`);
    if (pending === 0 && sweep.domainRecordsRead > 0) missed.push(`an idle sweep read ${sweep.domainRecordsRead} domain records`);
    if (peakRssMb >= MOST_MB) missed.push(`${peakRssMb} MB with ${what}; less than ${MOST_MB}`);
    if ((activation?.distributionChanges ?? 0) > MOST_CHANGES) {
      missed.push(`${activation?.distributionChanges} changes of one distribution with ${what}; ${MOST_CHANGES} at most`);
    }
    if (sweep.throttled + (activation?.throttled ?? 0) > 0) missed.push(`AWS throttled calls with ${what}`);
  }
  for (const { domains, distributions, replicas, changes } of together) {
    if (Math.max(...changes) > MOST_CHANGES || changes.length !== distributions) {
      missed.push(`${domains} domains on ${distributions} distribution(s), ${replicas} replica(s): changes ${changes.join(', ')}; `
        + `${MOST_CHANGES} each at most`);
    }
  }
  const measured = (pending: number) => ours.some((run) => run.pending === pending);
  if (!measured(JUDGED_PENDING) || !measured(0) || together.length === 0) missed.push('a target was not measured');
  return missed;
}

/** As Markdown, so that it can go into docs/performance.md as it is. */
export function domainReportLines({ measuredAt, machine, domains, runs, together }: DomainReport): string[] {
  return [
    `${measuredAt.slice(0, 10)}, Node ${machine.node}, ${machine.platform}, ${machine.cpus} × ${machine.model}.`,
    '',
    `One sweep over ${grouped(domains)} domains, every pending one looked at once:`,
    '',
    '| Pending | Replicas | Who | AWS calls | of them List / Describe | Domain records read | Store writes | Within the rates it takes | CPU | Heap | Peak RSS |',
    '|---:|---:|---|---:|---:|---:|---:|---:|---:|---:|---:|',
    ...runs.map(sweepRow),
    '',
    'Then the records of 100 new domains of one distribution appear together, while what was swept is due again:',
    '',
    '| Pending | Replicas | Who | Record to active: first | median | last | AWS calls meanwhile | Changes of the distribution |',
    '|---:|---:|---|---:|---:|---:|---:|---:|',
    ...runs.flatMap(({ activation, ...run }) => (activation ? [activationRow(run, activation)] : [])),
    '',
    'From POST to active on the embedded cloud, over the real wire protocols, records of all appearing together:',
    '',
    '| Domains | Distributions | Replicas | Changes of each distribution | All active after |',
    '|---:|---:|---:|---:|---:|',
    ...together.map(({ domains: count, distributions, replicas, changes, seconds }) => (
      `| ${count} | ${distributions} | ${replicas} | ${changes.join(', ')} | ${seconds} s |`)),
  ];
}

function sweepRow({ pending, replicas, who, sweep, heapMb, peakRssMb }: DomainRun): string {
  const { awsCalls, domainRecordsRead, storeCalls, tookSeconds, cpuMs } = sweep;
  const writes = sum(Object.fromEntries(Object.entries(storeCalls).filter(([name]) => !/\.(get|query)$/.test(name))));
  const split = `${grouped(awsCalls['acm:ListCertificates'] ?? 0)} / ${grouped(awsCalls['acm:DescribeCertificate'] ?? 0)}`;
  return row(grouped(pending), replicas, nameOf(who), grouped(sum(awsCalls)), split, grouped(domainRecordsRead), grouped(writes),
    duration(tookSeconds), `${cpuMs} ms`, `${heapMb} MB`, `${peakRssMb} MB`);
}

function activationRow(
  { pending, replicas, who }: Pick<DomainRun, 'pending' | 'replicas' | 'who'>,
  { seconds, awsCalls, distributionChanges }: Activation,
): string {
  const times = [0, 0.5, 1].map((share) => duration(percentile(seconds, share)));
  return row(grouped(pending), replicas, nameOf(who), ...times, grouped(sum(awsCalls)), distributionChanges);
}

function row(...cells: readonly (string | number)[]): string {
  return `| ${cells.join(' | ')} |`;
}

function nameOf(who: DomainRun['who']): string {
  return who === 'anchor' ? 'Anchor' : 'loop';
}

function duration(seconds: number): string {
  return seconds < 600 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}

function grouped(count: number): string {
  return count.toLocaleString('en');
}
