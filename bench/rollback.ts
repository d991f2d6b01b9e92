import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { arch, cpus, platform } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { serverContestant, textbookContestant, type Contestant } from './contestants.ts';
import { BenchChild } from './parent-channel.ts';
import { missedTargets, reportLines, withResult, type LatencyResult, type Report, type ScaleResult } from './report.ts';
import { callsUntilQuiet, Series } from './series.ts';
import { BUILDS, createSites, functionNames, serverEnvironment, type Endpoints } from './sites.ts';
import { percentile, rounded } from './statistics.ts';

/**
 * `npm run bench:rollback`: the server's rollback beside a script that makes the same calls one after
 * another. Prints a table, writes it into docs/performance.md and as JSON beside this file (with
 * `BENCH_RESULTS`: as JSON into that folder alone), and ends with 1 when a target is missed.
 * docs/performance.md says what is measured and how.
 */
const RESULTS = process.env['BENCH_RESULTS'] ?? 'bench/results';
/** Results that go elsewhere are not the last result. */
const IS_KEPT = process.env['BENCH_RESULTS'] === undefined;
const DOCUMENT = 'docs/performance.md';
const LATENCIES_MS = [0, 20, 80];
/** Rollbacks measured at each latency; before them a few that are not. */
const ROUNDS: Readonly<Record<number, number>> = { 0: 200, 20: 100, 80: 60 };
const WARM_UP = 15;
const SCALE_LATENCY_MS = 20;
const SCALE_MS = 2_000;
const SCALES = [1, 2, 4, 8, 16, 32, 64];
/** So long somebody looks at the answer before the same project is rolled back again. */
const SCALE_PAUSE_MS = 100;
const CPU_ROLLBACKS = 200;
const TEXTBOOK_PROJECT = 'textbook';

interface Stage {
  readonly cloud: BenchChild;
  readonly server: BenchChild;
  readonly anchor: Contestant;
  readonly textbook: Contestant;
}

const projects = Array.from({ length: Math.max(...SCALES) }, (_, index) => `site-${index + 1}`);
const [firstProject = ''] = projects;

const stage = await openStage();
const report: Report = {
  measuredAt: new Date().toISOString(),
  machine: {
    node: process.version, platform: `${platform()} ${arch()}`, cpus: cpus().length, model: cpus()[0]?.model ?? '',
  },
  latencies: await sideBySide(stage),
  serverCpuMsPerRollback: await cpuPerRollback(stage),
  scale: { latencyMs: SCALE_LATENCY_MS, pauseMs: SCALE_PAUSE_MS, steps: await scale(stage) },
};
closeStage(stage);
const table = reportLines(report).join('\n');
process.stdout.write(`${table}\n`);
mkdirSync(RESULTS, { recursive: true });
writeFileSync(`${RESULTS}/rollback.json`, `${JSON.stringify(report, undefined, 2)}\n`);
if (IS_KEPT) writeFileSync(DOCUMENT, withResult(readFileSync(DOCUMENT, 'utf8'), table, 'rollback'));
const missed = missedTargets(report);
for (const target of missed) process.stdout.write(`MISSED: ${target}\n`);
process.exitCode = missed.length > 0 ? 1 : 0;

async function openStage(): Promise<Stage> {
  const cloud = new BenchChild('./cloud-process.js');
  const endpoints = await cloud.ask<Endpoints>('ready');
  const names = [...projects, TEXTBOOK_PROJECT].flatMap((projectId) => Object.values(functionNames(projectId)));
  await cloud.ask('sites', { functionNames: names });
  await createSites(endpoints, [...projects, TEXTBOOK_PROJECT]);
  const server = new BenchChild('./server-process.js', serverEnvironment(endpoints));
  const anchor = serverContestant(await server.ask<string>('ready'));
  return { cloud, server, anchor, textbook: textbookContestant(endpoints) };
}

function closeStage({ cloud, server, anchor, textbook }: Stage): void {
  anchor.close();
  textbook.close();
  server.end();
  cloud.end();
}

/** Both in turns, so that whatever else the machine does befalls both. */
async function sideBySide({ cloud, anchor, textbook }: Stage): Promise<LatencyResult[]> {
  const results: LatencyResult[] = [];
  for (const latencyMs of LATENCIES_MS) {
    await cloud.ask('latency', latencyMs);
    const [ours, theirs] = [new Series(cloud, latencyMs), new Series(cloud, latencyMs)];
    const count = WARM_UP + (ROUNDS[latencyMs] ?? 0);
    for (let round = 0; round < count; round++) {
      const build = BUILDS[round % BUILDS.length] ?? 1;
      if (round === WARM_UP) [ours, theirs].forEach((series) => series.forget());
      await ours.measure(() => anchor.rollBack(firstProject, build));
      await theirs.measure(() => textbook.rollBack(TEXTBOOK_PROJECT, build));
    }
    results.push({ latencyMs, rollbacks: count - WARM_UP, anchor: ours.result(), textbook: theirs.result() });
  }
  return results;
}

/** The server's process alone; the cloud, the store and whoever asks are other processes. */
async function cpuPerRollback({ cloud, server, anchor }: Stage): Promise<number> {
  await cloud.ask('latency', 0);
  const before = await server.ask<number>('cpu');
  for (let round = 0; round < CPU_ROLLBACKS; round++) {
    await anchor.rollBack(firstProject, BUILDS[round % BUILDS.length] ?? 1);
    await callsUntilQuiet(cloud, 0);
  }
  const after = await server.ask<number>('cpu');
  return rounded((after - before) / 1000 / CPU_ROLLBACKS, 2);
}

async function scale({ cloud, server, anchor }: Stage): Promise<ScaleResult[]> {
  await cloud.ask('latency', SCALE_LATENCY_MS);
  const results: ScaleResult[] = [];
  for (const concurrency of SCALES) {
    await Promise.all(projects.slice(0, concurrency).map((projectId) => anchor.rollBack(projectId, 1)));
    const durations: number[] = [];
    const cpuBefore = await server.ask<number>('cpu');
    const startedAt = performance.now();
    await Promise.all(projects.slice(0, concurrency).map(async (projectId) => {
      for (let round = 0; performance.now() - startedAt < SCALE_MS; round++) {
        const begunAt = performance.now();
        await anchor.rollBack(projectId, BUILDS[round % BUILDS.length] ?? 1);
        durations.push(performance.now() - begunAt);
        await sleep(SCALE_PAUSE_MS);
      }
    }));
    const tookMs = performance.now() - startedAt;
    const cpuMs = (await server.ask<number>('cpu') - cpuBefore) / 1000;
    results.push({
      projects: concurrency,
      perSecond: rounded(durations.length / tookMs * 1000),
      medianMs: rounded(percentile(durations, 0.5)),
      p99Ms: rounded(percentile(durations, 0.99)),
      serverCpuShare: rounded(cpuMs / tookMs, 2),
    });
  }
  return results;
}
