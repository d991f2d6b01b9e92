/**
 * Fails when less of the code was run by the tests than is written down here. Reads what
 * tap's `json-summary` report has written.
 */
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';

const SUMMARY = '.tap/report/coverage-summary.json';

/** Least share in percent by folder; '' is everything together. */
const LEAST = {
  'src/domain/': { lines: 99, branches: 97 },
  'src/operations/': { lines: 99, branches: 95 },
  'src/adapters/': { lines: 99, branches: 97 },
  '': { lines: 98, branches: 95 },
};

const files = Object.entries(JSON.parse(readFileSync(SUMMARY, 'utf8')))
  .filter(([name]) => name !== 'total')
  .map(([name, covered]) => ({ name: relative('.', name), covered }));

let failed = false;
for (const [folder, least] of Object.entries(LEAST)) {
  const within = files.filter(({ name }) => name.startsWith(folder));
  for (const [measure, percent] of Object.entries(least)) {
    const total = within.reduce((sum, { covered }) => sum + covered[measure].total, 0);
    const hit = within.reduce((sum, { covered }) => sum + covered[measure].covered, 0);
    // A folder of which nothing was measured is no reason to be content.
    const share = total === 0 ? 0 : (hit / total) * 100;
    const enough = share >= percent;
    failed ||= !enough;
    console.log(`${enough ? 'ok    ' : 'NOT OK'} ${measure} of ${folder || 'everything'}: `
      + `${share.toFixed(2)} % (${hit} of ${total}), at least ${percent} %`);
  }
}
process.exitCode = failed ? 1 : 0;
