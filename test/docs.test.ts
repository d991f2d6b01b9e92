import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import t from 'tap';
import pkg from '../package.json' with { type: 'json' };
import { EnvironmentSchema } from '../src/config.ts';
import { generatedParts, operationsParts } from '../src/generated-parts.ts';
import {
  backOffTable, callRateTable, environmentTables, errorTable, failureTable, metricTable, operationTable, withGenerated,
} from '../src/readme-tables.ts';
import { calledActions } from './support/called-actions.ts';

const ROOT = join(import.meta.dirname, '..');
const read = (file: string) => readFile(join(ROOT, file), 'utf8');
const filesIn = async (folder: string, ending: string, recursive = true) =>
  (await readdir(join(ROOT, folder), { recursive }))
    .filter((file) => file.endsWith(ending))
    .map((file) => join(folder, file));

void t.test('the tables of the README are what the code says', async (t) => {
  const readme = await read('README.md');
  const isCurrent = (name: string, generated: string) =>
    t.ok(withGenerated(readme, name, generated) === readme, `${name}: run \`npm run docs\` after a change`);
  const parts = await generatedParts();
  t.same(Object.keys(parts), ['operations', 'settings', 'back-off', 'failures', 'call-rates', 'metrics']);
  for (const [name, generated] of Object.entries(parts)) isCurrent(name, generated);
  for (const name of Object.keys(EnvironmentSchema.properties)) t.match(readme, `| \`${name}\` |`);
});

void t.test('docs/operations.md has every error there is', async (t) => {
  const text = await read('docs/operations.md');
  for (const [name, generated] of Object.entries(operationsParts())) {
    t.ok(withGenerated(text, name, generated) === text, `${name}: run \`npm run docs\` after a change`);
  }
});

void t.test('making the tables', async (t) => {
  t.test('settings stand in their sections, with defaults where there are any', async (t) => {
    const setting = (section: string, description: string, more: object = {}) => ({ section, description, ...more });
    const made = environmentTables({
      A: setting('One', 'First.', { default: 0 }), B: setting('Two', 'Either | or.'), C: setting('One', 'Third.'),
    });
    const head = ['', '| Variable | Default | Meaning |', '| --- | --- | --- |'];
    t.same(made.split('\n'), [
      '**One**', ...head, '| `A` | `0` | First. |', '| `C` |  | Third. |', '',
      '**Two**', ...head, '| `B` |  | Either \\| or. |',
    ]);
    t.throws(() => environmentTables({ A: { description: 'Without a section.' } }), /A needs a section/);
  });

  t.test('operations stand by their tags', async (t) => {
    const of = (tag: string, operationId: string) => ({ operationId, summary: `Do ${operationId}`, tags: [tag] });
    const made = operationTable({
      tags: [{ name: 'Two' }, { name: 'One' }],
      paths: { '/a': { get: of('One', 'readA'), put: of('One', 'setA') }, '/b': { get: of('Two', 'readB') } },
    });
    t.same(made.split('\n').slice(2), [
      '| Two | `GET /b` | Do readB | `readB` |',
      '| One | `GET /a` | Do readA | `readA` |', '|  | `PUT /a` | Do setA | `setA` |',
    ]);
    t.equal(operationTable({}).split('\n').length, 2);
  });

  t.test('pauses stand in words', async (t) => {
    const schedule = [
      { untilAgeMs: 600_000, times: 1 }, { untilAgeMs: 5_400_000, times: 9 }, { untilAgeMs: Infinity, times: 90 },
    ];
    t.same(backOffTable(schedule, 10_000, 1_000).split('\n').slice(2), [
      '| the first 10 minutes | 10 seconds | 1 second |',
      '| up to 1 hour 30 minutes | 1 minute 30 seconds | 9 seconds |',
      '| after 1 hour 30 minutes | 15 minutes | 1 minute 30 seconds |',
    ]);
    t.same(failureTable((attempts) => Math.min(attempts * 60_000, 180_000)).split('\n').slice(2), [
      '| 1 | 1 minute |', '| 2 | 2 minutes |', '| 3 and more | 3 minutes |',
    ]);
    t.same(callRateTable({ a: { perSecond: 5, source: 'published' }, b: { perSecond: 0.5, source: 'cautious' } }).split('\n').slice(2), [
      '| `a` | 5 | published |', '| `b` | 0.5 | none published: a cautious guess |',
    ]);
  });

  t.test('errors stand by their status', async (t) => {
    const made = errorTable(
      { late: { status: 409, title: 'Late' }, b: { status: 404, title: 'B' }, a: { status: 404, title: 'A' } },
      { late: { cause: 'Why | how.', remedy: 'What.' }, a: { cause: 'A.', remedy: 'C.' }, b: { cause: 'B.', remedy: 'D.' } },
    );
    t.same(made.split('\n').slice(2), [
      '| `a` | 404 | A. | C. |', '| `b` | 404 | B. | D. |', '| `late` | 409 | Why \\| how. | What. |',
    ]);
  });

  t.test('metrics stand with their labels', async (t) => {
    const made = metricTable([{ name: 'a_total', kind: 'counter', labels: ['x', 'y'], help: 'How many.' }]);
    t.same(made.split('\n').slice(2), ['| `a_total` | counter | `x`, `y` | How many. |']);
  });

  t.test('what is generated goes between its marks, and nowhere else', async (t) => {
    const text = 'before\n<!-- x -->\nold\n<!-- /x -->\nafter\n';
    const filled = withGenerated(text, 'x', 'new');
    t.equal(filled, 'before\n<!-- x -->\n\nnew\n\n<!-- /x -->\nafter\n');
    t.equal(withGenerated(filled, 'x', 'new'), filled);
    t.throws(() => withGenerated(text, 'y', 'new'), /no place for y/);
  });
});

void t.test('Markdown names only what is there', async (t) => {
  const variables = Object.keys(EnvironmentSchema.properties);
  for (const file of [...await filesIn('.', '.md', false), ...await filesIn('docs', '.md')]) {
    const text = await read(file);
    for (const [, link = ''] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      const [path = '', anchor] = link.split('#');
      if (/^[a-z]+:/.test(link)) continue;
      const target = path === '' ? file : join(dirname(file), path);
      t.ok(existsSync(join(ROOT, target)), `${file}: link to ${link}`);
      if (anchor) t.ok(headings(await read(target)).includes(anchor), `${file}: heading of ${link}`);
    }
    for (const [, path = ''] of text.matchAll(/`((?:src|test|docs|bench|scripts)\/[\w./-]+)`/g)) {
      t.ok(existsSync(join(ROOT, path)), `${file}: ${path}`);
    }
    for (const [, script = ''] of text.matchAll(/npm run (?:-s )?([\w:-]+)/g)) {
      t.ok(script in pkg.scripts, `${file}: npm run ${script}`);
    }
    for (const [, name = ''] of text.matchAll(/(?:export |-e | )([A-Z]+_[A-Z0-9_]+)=/g)) {
      if (!/^AWS_(ACCESS|SECRET|DEFAULT)_|^NODE_IMAGE$/.test(name)) t.ok(variables.includes(name), `${file}: setting ${name}`);
    }
  }
});

/** As GitHub makes anchors of them. */
function headings(text: string): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading.toLowerCase().replaceAll(/[^\w\- ]/g, '').replaceAll(' ', '-'));
}

void t.test('containers are given settings that exist', async (t) => {
  const variables = [...Object.keys(EnvironmentSchema.properties), 'NODE_ENV'];
  const namesIn = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, name = '']) => name);
  const [instruction = ''] = /^ENV (?:.*\\\n)*.*$/m.exec(await read('Dockerfile')) ?? [];
  const inImage = namesIn(instruction, /(\w+)=/g);
  const inCompose = namesIn(await read('docker-compose.yml'), /^ +([A-Z][A-Z0-9_]+):/gm);
  t.ok(inCompose.length > 5 && inImage.length > 3, 'both were read');
  for (const name of new Set([...inCompose, ...inImage])) t.ok(variables.includes(name), name);
});

void t.test('the README names every table there has to be on AWS', async (t) => {
  const readme = await read('README.md');
  for (const name of Object.keys(EnvironmentSchema.properties).filter((each) => each.endsWith('_TABLE'))) {
    t.ok(readme.includes(`${name}=`), `export ${name}=…`);
  }
});

void t.test('the IAM policy allows what the adapters call, and nothing else', async (t) => {
  const policy = JSON.parse(await read('docs/iam-policy.json')) as { Statement: { Action: string[] }[] };
  t.same(policy.Statement.flatMap(({ Action }) => Action).sort(), await calledActions());
});
