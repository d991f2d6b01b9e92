import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { arch, cpus, platform, tmpdir } from 'node:os';
import { join } from 'node:path';
import { VirtualClock } from '../test/support/virtual-clock.ts';
import { domainReportLines, missedDomainTargets, type DomainReport, type DomainRun } from './domain-report.ts';
import type { Scenario, ScenarioResult } from './domain-scenario.ts';
import { seedStore } from './domain-store.ts';
import { BenchChild } from './parent-channel.ts';
import { readyTogether } from './ready-together.ts';
import { withResult } from './report.ts';

/**
 * `npm run bench:domains`: the worker over 100,000 domains beside a loop that asks about each pending one.
 * Prints a table, writes it into docs/performance.md and as JSON beside this file (with `BENCH_RESULTS`: as
 * JSON into that folder alone), and ends with 1 when a target is missed. docs/performance.md says what is
 * measured and how.
 */
const RESULTS = process.env['BENCH_RESULTS'] ?? 'bench/results';
const IS_KEPT = process.env['BENCH_RESULTS'] === undefined;
const DOCUMENT = 'docs/performance.md';
const DOMAINS = 100_000;
const PENDING = [0, 1_000, 10_000, 100_000];
const REPLICAS = [1, 3];
const FRESH = 100;
/** In memory where there is such a place: a disk's own pace is not what is measured. */
const FOLDER = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'anchor-bench-'));

const runs: DomainRun[] = [];
try {
  for (const pending of PENDING) {
    const seeded = join(FOLDER, 'seeded.sqlite');
    rmSync(seeded, { force: true });
    seedStore(seeded, DOMAINS, pending, new VirtualClock().now());
    for (const replicas of REPLICAS) {
      for (const who of ['anchor', 'loop'] as const) {
        runs.push(await measured(seeded, { who, domains: DOMAINS, pending, replicas, fresh: pending > 0 ? FRESH : 0 }));
      }
    }
  }
} finally {
  rmSync(FOLDER, { recursive: true });
}
const report: DomainReport = {
  measuredAt: new Date().toISOString(),
  machine: {
    node: process.version, platform: `${platform()} ${arch()}`, cpus: cpus().length, model: cpus()[0]?.model ?? '',
  },
  domains: DOMAINS, runs,
  together: [await readyTogether(100, 1, 1), await readyTogether(100, 1, 3), await readyTogether(100, 4, 3)],
};
const table = domainReportLines(report).join('\n');
process.stdout.write(`${table}\n`);
mkdirSync(RESULTS, { recursive: true });
writeFileSync(`${RESULTS}/domains.json`, `${JSON.stringify(report, undefined, 2)}\n`);
if (IS_KEPT) writeFileSync(DOCUMENT, withResult(readFileSync(DOCUMENT, 'utf8'), table, 'domains'));
const missed = missedDomainTargets(report);
for (const target of missed) process.stdout.write(`MISSED: ${target}\n`);
process.exitCode = missed.length > 0 ? 1 : 0;

/** On a copy of the store, in a process of its own. */
async function measured(seeded: string, scenario: Omit<Scenario, 'file'>): Promise<DomainRun> {
  const file = join(FOLDER, 'run.sqlite');
  for (const ending of ['', '-wal', '-shm']) rmSync(`${file}${ending}`, { force: true });
  copyFileSync(seeded, file);
  const child = new BenchChild('./domain-scenario.js');
  const result = await child.ask<ScenarioResult>('run', { ...scenario, file });
  child.end();
  const { who, pending, replicas } = scenario;
  return { who, pending, replicas, ...result };
}
