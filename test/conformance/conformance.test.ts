import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { withGenerated } from '../../src/readme-tables.ts';
import { startDynalite } from '../support/dynalite.ts';
import { conformanceTables, verdictOn } from './conformance-tables.ts';
import type { Answers } from './conformance-tables.ts';
import { DOCUMENTS } from './documents.ts';
import { localImplementation } from './local-implementation.ts';
import moto from './moto.json' with { type: 'json' };
import { NOT_BROUGHT_ABOUT } from './not-brought-about.ts';
import { CHAPTERS, probe } from './probe.ts';
import { isErrorOutcome } from './rule.ts';
import { declaredErrors, isErrorOfAws } from './sdk-model.ts';

/**
 * Holds the local cloud to every rule of AWS that the server relies on. `npm run docs:conformance` writes
 * the tables of docs/local-cloud.md anew.
 */
const ROOT = join(import.meta.dirname, '../..');
const RULES = CHAPTERS.flatMap(({ rules, service }) => rules.map((rule) => ({ service, ...rule })));

/** Where dynalite, which stands in for DynamoDB in the tests, is not like it. */
const DYNALITE = {
  'put-refused-item': 'no item',
  'update-refused-item': 'no item',
  'update-equal-map': 'ConditionalCheckFailedException 400',
  'expiry-on': 'has no UpdateTimeToLive',
  'expiry-twice': 'has no UpdateTimeToLive',
  'expiry-late': 'has no UpdateTimeToLive',
};

const dynalite = await startDynalite();
const local = localImplementation(dynalite.endpoint);
const outcomes = await probe(local);
local.destroy();
await dynalite.close();

void t.test('the local cloud answers as AWS\'s documents say', async (t) => {
  const expected = RULES.map(({ name, expected: documented }) => [name, documented]);
  t.same(outcomes, { ...Object.fromEntries(expected), ...DYNALITE });
});

void t.test('rules', async (t) => {
  t.equal(new Set(RULES.map(({ name }) => name)).size, RULES.length, 'have names of their own');
  const uncalled = RULES.filter(({ service, operation }) => !local.calls.has(`${service}:${operation}`));
  t.same(uncalled.map(({ name, operation }) => `${name}: ${operation}`), [], 'are about what was called');
  t.same(await undocumented(), [], 'rest on the errors that AWS lists for the operation, or on a document');
  const named = RULES.map(({ document }) => document);
  t.same(Object.keys(DOCUMENTS).filter((key) => !named.some((each) => each === key)), [], 'rest on every document');
});

async function undocumented(): Promise<string[]> {
  const found: string[] = [];
  for (const { name, service, operation, expected, document } of RULES) {
    if (!isErrorOutcome(expected)) continue;
    const isListed = (await declaredErrors(service, operation)).has(expected);
    if (!isListed && document === undefined) found.push(`${name}: ${operation} lists no ${expected}`);
  }
  return found;
}

void t.test('every operation that the adapters call is probed', async (t) => {
  const sources = await sourcesOf('src/adapters');
  const called = new Set<string>();
  for (const text of sources) {
    for (const [, names = '', client = ''] of text.matchAll(/import \{([^}]*)\} from '@aws-sdk\/\w+-(\w+)';/g)) {
      for (const [, command = ''] of names.matchAll(/\b(?:paginate)?(\w+?)(?:Command\b|(?<=paginate\w+)\b)/g)) {
        called.add(`${client}:${operationOf(client, command)}`);
      }
    }
  }
  t.ok(called.size > 20, 'they were found');
  t.same([...called].filter((call) => !local.calls.has(call)), [], 'write a rule about the call in test/conformance');
});

void t.test('every error that the server has a meaning for is brought about, or said to be out of reach', async (t) => {
  const sources = await Promise.all(['src/adapters', 'src/operations', 'src/domain'].map(sourcesOf));
  const quoted = new Set(sources.flat().flatMap((text) =>
    [...text.matchAll(/'([A-Z]\w+)'/g)].map(([, name = '']) => name)));
  const known = [...quoted].filter(isErrorOfAws);
  t.ok(known.length > 20, 'they were found');
  const seen = new Set(Object.values(outcomes).map((outcome) => outcome.split(/[ ,]/, 1)[0]));
  const unseen = known.filter((name) => !seen.has(name)).toSorted();
  const excused = Object.keys(NOT_BROUGHT_ABOUT).toSorted();
  t.same(unseen, excused, 'expect it in a rule, or tell in not-brought-about.ts why not');
});

void t.test('moto\'s answers are those of these rules', async (t) => {
  t.same(Object.keys(moto.outcomes), RULES.map(({ name }) => name), 'run the step of .ci/run with CONFORMANCE=write');
});

void t.test('an answer stands to what is expected', async (t) => {
  const of = (expected: string, outcome: string) => verdictOn({ ...RULES[0]!, expected }, outcome);
  t.equal(of('Stale 412', 'Stale 412'), 'agrees');
  t.equal(of('Stale 412', 'ok'), 'laxer');
  t.equal(of('Stale 412', 'Stale 400'), 'otherwise');
  t.equal(of('ok', 'Stale 412'), 'otherwise');
  t.equal(of('ok', 'has no Update'), 'lacks');
  t.equal(of('ok', 'not asked: it takes hours'), 'not asked');
  t.equal(verdictOn({ ...RULES[0]!, expected: 'pending', refuses: true }, 'issued'), 'laxer');
});

void t.test('docs/local-cloud.md shows all of it', async (t) => {
  const file = join(ROOT, 'docs/local-cloud.md');
  const before = await readFile(file, 'utf8');
  const answers: Answers = moto;
  const tables = conformanceTables(CHAPTERS, { moto: answers, dynalite: DYNALITE });
  const after = withGenerated(before, 'conformance', tables);
  if (process.env['CONFORMANCE'] === 'write') await writeFile(file, after);
  else t.ok(before === after, 'run `npm run docs:conformance` after a change');
});

async function sourcesOf(folder: string): Promise<string[]> {
  const files = (await readdir(join(ROOT, folder), { recursive: true })).filter((file) => file.endsWith('.ts'));
  return Promise.all(files.map((file) => readFile(join(ROOT, folder, file), 'utf8')));
}

/** The document client has names of its own for calls on one item. */
function operationOf(client: string, command: string): string {
  return client === 'dynamodb' && ['Get', 'Put', 'Update', 'Delete'].includes(command) ? `${command}Item` : command;
}
