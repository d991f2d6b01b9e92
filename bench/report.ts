import { rounded } from './statistics.ts';

export interface Measured {
  readonly medianMs: number;
  readonly p99Ms: number;
  /** Calls that the answer waits for one after another (median); unknown without latency. */
  readonly sequentialCalls?: number;
  /** All calls of a rollback, those after the answer included (median). */
  readonly calls: number;
}

export interface LatencyResult {
  readonly latencyMs: number;
  readonly rollbacks: number;
  readonly anchor: Measured;
  readonly textbook: Measured;
}

export interface ScaleResult {
  readonly projects: number;
  readonly perSecond: number;
  readonly medianMs: number;
  readonly p99Ms: number;
  /** 1: one core is busy all the time. */
  readonly serverCpuShare: number;
}

export interface Report {
  readonly measuredAt: string;
  readonly machine: { readonly node: string; readonly platform: string; readonly cpus: number; readonly model: string };
  readonly latencies: readonly LatencyResult[];
  readonly serverCpuMsPerRollback: number;
  readonly scale: { readonly latencyMs: number; readonly pauseMs: number; readonly steps: readonly ScaleResult[] };
}

const MOST_SEQUENTIAL = 3;
const TARGET_LATENCY_MS = 80;
const MOST_OF_TEXTBOOK = 0.55;

/** What is not as good as it has to be, in words. */
export function missedTargets({ latencies }: Report): string[] {
  const missed: string[] = [];
  for (const { latencyMs, anchor } of latencies) {
    if ((anchor.sequentialCalls ?? 0) > MOST_SEQUENTIAL) {
      missed.push(`${anchor.sequentialCalls} calls one after another at ${latencyMs} ms; ${MOST_SEQUENTIAL} at most`);
    }
  }
  const judged = latencies.find(({ latencyMs }) => latencyMs === TARGET_LATENCY_MS);
  if (!judged) return [...missed, `nothing was measured at ${TARGET_LATENCY_MS} ms`];
  const share = shareOfTextbook(judged);
  if (share > MOST_OF_TEXTBOOK) {
    missed.push(`the median at ${TARGET_LATENCY_MS} ms is ${share} of the script's; ${MOST_OF_TEXTBOOK} at most`);
  }
  return missed;
}

export function shareOfTextbook({ anchor, textbook }: LatencyResult): number {
  return rounded(anchor.medianMs / textbook.medianMs, 3);
}

/** The document with this result in the place of the last one. */
export function withResult(document: string, table: string, of: 'rollback' | 'domains'): string {
  const [begin, end] = [`<!-- result of ${of}: begin -->`, `<!-- result of ${of}: end -->`];
  const [before, rest] = document.split(begin);
  const [, after] = rest?.split(end) ?? [];
  if (before === undefined || after === undefined) throw new Error(`the document has no ${begin} … ${end}`);
  return `${before}${begin}\n${table}\n${end}${after}`;
}

/** As Markdown, so that it can go into docs/performance.md as it is. */
export function reportLines({ measuredAt, machine, latencies, serverCpuMsPerRollback, scale }: Report): string[] {
  return [
    `${measuredAt.slice(0, 10)}, Node ${machine.node}, ${machine.platform}, ${machine.cpus} × ${machine.model}.`,
    '',
    '| Latency of each call | Who | Median | p99 | Sequential calls | All calls | Median beside the script |',
    '|---:|---|---:|---:|---:|---:|---:|',
    ...latencies.flatMap((result) => [
      row(result, 'Anchor', result.anchor, String(shareOfTextbook(result))),
      row(result, 'script', result.textbook, '1'),
    ]),
    '',
    `The server's own CPU time is ${serverCpuMsPerRollback} ms a rollback.`,
    '',
    `Projects rolled back at the same time, each again ${scale.pauseMs} ms after its answer, at ${scale.latencyMs} ms a call:`,
    '',
    '| Projects | Rollbacks a second | Median | p99 | Server\'s share of a core |',
    '|---:|---:|---:|---:|---:|',
    ...scale.steps.map(({ projects, perSecond, medianMs, p99Ms, serverCpuShare }) => (
      `| ${projects} | ${perSecond} | ${medianMs} ms | ${p99Ms} ms | ${serverCpuShare} |`
    )),
  ];
}

function row({ latencyMs, rollbacks }: LatencyResult, who: string, measured: Measured, share: string): string {
  const { medianMs, p99Ms, sequentialCalls = '', calls } = measured;
  return `| ${latencyMs} ms (${rollbacks}) | ${who} | ${medianMs} ms | ${p99Ms} ms | ${sequentialCalls} | ${calls} | ${share} |`;
}
