import { readFile, writeFile } from 'node:fs/promises';
import { CHAPTERS, probe } from './probe.ts';
import { servedImplementation } from './served-implementation.ts';

/**
 * Asks the moto server at the endpoint given, which has to be a new one, everything, and compares with what
 * is checked in: exits with 1 at any difference. With `CONFORMANCE=write` checks it in instead.
 */
const FILE = new URL('moto.json', import.meta.url);
const [endpoint] = process.argv.slice(2);
if (endpoint === undefined) throw new Error('give the endpoint of moto\'s server');

const kept = JSON.parse(await readFile(FILE, 'utf8')) as { version: string; outcomes: Record<string, string> };
const moto = servedImplementation(endpoint);
const outcomes = await probe(moto);
moto.destroy();

if (process.env['CONFORMANCE'] === 'write') {
  await writeFile(FILE, `${JSON.stringify({ ...kept, outcomes }, undefined, 2)}\n`);
  console.log('written; now run: npm run docs:conformance');
} else {
  const rules = CHAPTERS.flatMap((chapter) => chapter.rules);
  const different = rules.filter(({ name }) => outcomes[name] !== kept.outcomes[name]);
  for (const { name, says, expected } of different) {
    console.log(`NOT OK: ${name}: ${says}\n  AWS: ${expected}\n  moto ${kept.version} as checked in: `
      + `${kept.outcomes[name] ?? 'nothing'}\n  moto now: ${outcomes[name]}`);
  }
  const agreeing = rules.filter(({ name, expected }) => outcomes[name] === expected).length;
  console.log(`moto ${kept.version}: ${rules.length} rules, ${agreeing} as AWS's documents say, `
    + `${different.length} not as checked in`);
  process.exitCode = different.length > 0 ? 1 : 0;
}
