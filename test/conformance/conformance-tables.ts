import { table } from '../../src/readme-tables.ts';
import { DOCUMENTS, reference } from './documents.ts';
import type { AwsDocument } from './documents.ts';
import { NOT_BROUGHT_ABOUT } from './not-brought-about.ts';
import type { Outcomes } from './probe.ts';
import { isErrorOutcome, NOT_ASKED } from './rule.ts';
import type { Chapter, Rule } from './rule.ts';

/** What another implementation answered, as it is checked in. */
export interface Answers {
  /** Its version, which the step of the gate installs. */
  readonly version: string;
  readonly outcomes: Outcomes;
}

export interface Answered {
  readonly moto: Answers;
  /** What dynalite, which stands in for DynamoDB in the tests, answers otherwise. */
  readonly dynalite: Outcomes;
}

export type Verdict = 'agrees' | 'laxer' | 'otherwise' | 'lacks' | 'not asked';

/** How another implementation's answer stands to what AWS's documents say. */
export function verdictOn({ expected, refuses = false }: Rule, outcome: string): Verdict {
  if (outcome === expected) return 'agrees';
  if (outcome === NOT_ASKED) return 'not asked';
  if (outcome.startsWith('has no ')) return 'lacks';
  return (refuses || isErrorOutcome(expected)) && !isErrorOutcome(outcome) ? 'laxer' : 'otherwise';
}

/** The whole part of docs/local-cloud.md: a summary, and a table for each chapter. Markdown. */
export function conformanceTables(chapters: readonly Chapter[], answered: Answered): string {
  const parts = chapters.map((chapter) => {
    const rows = chapter.rules.map((rule) => rowOf(rule, chapter, answered));
    return `### ${chapter.title}\n\n${table(['Rule', 'Operation', 'Answer', 'moto', 'AWS\'s document'], rows)}`;
  });
  return [summary(chapters, answered.moto), ...parts, notBroughtAbout(), documents(chapters)].join('\n\n');
}

function summary(chapters: readonly Chapter[], { version, outcomes }: Answers): string {
  const rows = [...chapters, { title: '**together**', rules: chapters.flatMap(({ rules }) => rules) }]
    .map(({ title, rules }) => {
      const judged = rules.map((rule) => ({ rule, verdict: verdictOn(rule, outcomes[rule.name] ?? '') }));
      const count = (wanted: Verdict) => `${judged.filter(({ verdict }) => verdict === wanted).length}`;
      const alone = judged.filter(({ verdict }) => verdict !== 'agrees');
      const unsettled = alone.filter(({ rule }) => rule.document === 'not settled');
      return [title, `${rules.length}`, count('agrees'), count('laxer'), count('otherwise'), count('lacks'),
        count('not asked'), `${alone.length - unsettled.length}`, `${unsettled.length}`];
    });
  return table(['', 'Rules', `moto ${version} agrees`, 'is laxer', 'answers otherwise', 'lacks the operation',
    'is not asked', 'so AWS\'s documents alone', 'or none'], rows);
}

function rowOf(rule: Rule, chapter: Chapter, { moto, dynalite }: Answered): string[] {
  const ours = dynalite[rule.name];
  const answer = ours === undefined ? code(rule.expected) : `${code(rule.expected)} (dynalite: ${code(ours)})`;
  const page = reference(rule.service ?? chapter.service, rule.operation);
  return [rule.says, `[${rule.operation}](${page})`, answer, motoCell(rule, moto.outcomes[rule.name] ?? ''),
    sourceOf(rule)];
}

function motoCell(rule: Rule, outcome: string): string {
  switch (verdictOn(rule, outcome)) {
    case 'agrees': return 'agrees';
    case 'laxer': return `laxer: ${code(outcome)}`;
    case 'otherwise': return `otherwise: ${code(outcome)}`;
    case 'lacks': return outcome;
    case 'not asked': return outcome;
  }
}

function sourceOf({ document }: Rule): string {
  return document === 'not settled' ? 'none settles it' : document ?? 'API reference';
}

function notBroughtAbout(): string {
  const rows = Object.entries(NOT_BROUGHT_ABOUT).map(([name, why]) => [`\`${name}\``, why]);
  const head = ['Known to the server', 'Why no call of the probe gets it'];
  return `### Errors that were not brought about\n\n${table(head, rows)}`;
}

/** The titles behind the short names in the tables. */
function documents(chapters: readonly Chapter[]): string {
  const used = new Set(chapters.flatMap(({ rules }) => rules.flatMap(({ document }) => document ?? [])));
  const rows = Object.entries<AwsDocument>(DOCUMENTS)
    .filter(([key]) => key !== 'not settled' && [...used].some((each) => each === key))
    .map(([key, { title, url }]) => [key, `[${title}](${url})`]);
  return `### AWS's documents\n\n${table(['In the tables', 'Document'], rows)}`;
}

function code(outcome: string): string {
  return `\`${outcome}\``;
}
