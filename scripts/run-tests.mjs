/**
 * `node scripts/run-tests.mjs [argument of tap...]`: runs every test file, many of them in one process. A process of its
 * own for each would spend more time on loading tap, the SDK and Fastify than on most files' tests. Whole servers are
 * started from processes of their own, the longest first.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const GROUPS = '.tap/groups';
/** What servers log meanwhile, for `check-logs.mjs`. */
const LOGS = '.tap/logs';
const FILES_IN_A_GROUP = 6;
/** They wait much and start processes: whatever else there is to do is done meanwhile. */
const ALONE = ['test/acceptance', 'test/e2e'];

const testFiles = (folder) => readdirSync(folder, { recursive: true }).filter((name) => name.endsWith('.test.ts'))
  .map((name) => join(folder, name)).sort();

/** One module that has all the tests of some files: tap takes whatever a process defines, from wherever it is. */
function grouped(files, name) {
  const imports = files.map((file) => `await import(${JSON.stringify(new URL(`../${file}`, import.meta.url).href)});`);
  const group = join(GROUPS, `${name}.test.mjs`);
  writeFileSync(group, `${imports.join('\n')}\n`);
  return group;
}

rmSync(GROUPS, { recursive: true, force: true });
mkdirSync(GROUPS, { recursive: true });
rmSync(LOGS, { recursive: true, force: true });
mkdirSync(LOGS, { recursive: true });

const alone = ALONE.flatMap(testFiles);
const groups = readdirSync('test', { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && !ALONE.includes(`test/${entry.name}`))
  .flatMap(({ name }) => chunks(testFiles(`test/${name}`)).map((files, at) => grouped(files, `${name}-${at + 1}`)));
const top = readdirSync('test').filter((name) => name.endsWith('.test.ts')).map((name) => `test/${name}`);
if (top.length > 0) groups.push(grouped(top, 'top'));

function chunks(files) {
  const count = Math.ceil(files.length / FILES_IN_A_GROUP);
  return Array.from({ length: count }, (_, at) => files.filter((_, index) => index % count === at));
}

const { status } = spawnSync('tap', [...process.argv.slice(2), ...alone, ...groups], {
  stdio: 'inherit', env: { ...process.env, GATHERED_LOGS: resolve(LOGS) },
});
process.exitCode = status ?? 1;
