import type { TSchema } from 'typebox';
import type { CallRate } from './domain/call-rates.ts';
import type { CheckStep } from './domain/check-delay.ts';
import type { ProblemKind } from './http/problem-kinds.ts';
import type { ProblemRemedy } from './http/problem-remedies.ts';

/** What the tables need of an OpenAPI document. */
export interface ApiDocument {
  readonly tags?: readonly { readonly name: string }[];
  readonly paths?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly tags: readonly string[];
}

export interface ListedMetric {
  readonly name: string;
  readonly kind: string;
  readonly labels: readonly string[];
  readonly help: string;
}

/** One table for each section of the settings, in their order. Markdown. */
export function environmentTables(properties: Readonly<Record<string, TSchema>>): string {
  const settings = Object.entries(properties).map(([name, schema]) => ({ name, ...documented(name, schema) }));
  const sections = [...new Set(settings.map(({ section }) => section))];
  return sections.map((section) => {
    const rows = settings.filter((setting) => setting.section === section)
      .map(({ name, initial, description }) => [`\`${name}\``, initial, description]);
    return `**${section}**\n\n${table(['Variable', 'Default', 'Meaning'], rows)}`;
  }).join('\n\n');
}

function documented(name: string, schema: TSchema): { section: string; description: string; initial: string } {
  const { section, description, default: initial } = schema as Readonly<Record<string, unknown>>;
  if (typeof section !== 'string' || typeof description !== 'string') {
    throw new Error(`${name} needs a section and a description: it is part of the README's table`);
  }
  return { section, description, initial: initial === undefined ? '' : `\`${initial as string | number | boolean}\`` };
}

/** Every operation of the API, by tag. Markdown. */
export function operationTable({ tags = [], paths = {} }: ApiDocument): string {
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method, path, ...operation as Operation })));
  const rows = tags.flatMap(({ name }) => operations.filter((operation) => operation.tags.includes(name)).map(
    ({ method, path, operationId, summary }, index) =>
      [index === 0 ? name : '', `\`${method.toUpperCase()} ${path}\``, summary, `\`${operationId}\``]));
  return table(['', 'Request', 'What it does', 'operationId'], rows);
}

/** How long a domain waits between two looks, for a base interval on AWS and one on the local cloud. Markdown. */
export function backOffTable(schedule: readonly CheckStep[], awsMs: number, localMs: number): string {
  const rows = schedule.map(({ untilAgeMs, times }, index) => {
    const from = schedule[index - 1]?.untilAgeMs;
    const age = from === undefined ? `the first ${inWords(untilAgeMs)}`
      : untilAgeMs === Infinity ? `after ${inWords(from)}` : `up to ${inWords(untilAgeMs)}`;
    return [age, inWords(awsMs * times), inWords(localMs * times)];
  });
  return table(['A certificate that has been pending for', 'is looked at every (aws)', '(local)'], rows);
}

/** The same after failed looks in a row, until the delay grows no more. Markdown. */
export function failureTable(delayMs: (attempts: number) => number): string {
  const rows: string[][] = [];
  for (let attempts = 1; attempts === 1 || delayMs(attempts) > delayMs(attempts - 1); attempts++) {
    rows.push([String(attempts), inWords(delayMs(attempts))]);
  }
  const [last = '', delay = ''] = rows.pop() ?? [];
  return table(['Failed calls in a row', 'Tried again after (aws)'], [...rows, [`${last} and more`, delay]]);
}

/** What all replicas together keep to. Markdown. */
export function callRateTable(rates: Readonly<Record<string, CallRate>>): string {
  const rows = Object.entries(rates).map(([call, { perSecond, source }]) => [
    `\`${call}\``, String(perSecond), source === 'published' ? 'published' : 'none published: a cautious guess',
  ]);
  return table(['Call', 'A second', 'What AWS says'], rows);
}

/** Every code an error can have, by status. Markdown. */
export function errorTable<C extends string>(
  kinds: Readonly<Record<C, ProblemKind>>, remedies: Readonly<Record<C, ProblemRemedy>>,
): string {
  const codes = (Object.keys(kinds) as C[]).sort((one, other) => kinds[one].status - kinds[other].status || (one < other ? -1 : 1));
  const rows = codes.map((code) => [`\`${code}\``, String(kinds[code].status), remedies[code].cause, remedies[code].remedy]);
  return table(['Code', 'Status', 'Cause', 'Remedy'], rows);
}

/** Every metric of Anchor's own. Markdown. */
export function metricTable(metrics: readonly ListedMetric[]): string {
  return table(['Metric', 'Kind', 'Labels', 'What it tells'], metrics.map(({ name, kind, labels, help }) => (
    [`\`${name}\``, kind, labels.map((label) => `\`${label}\``).join(', '), help])));
}

function inWords(ms: number): string {
  const units = [['hour', 3_600_000], ['minute', 60_000], ['second', 1_000]] as const;
  const parts: string[] = [];
  let left = Math.round(ms / 1_000) * 1_000;
  for (const [unit, size] of units) {
    const count = Math.floor(left / size);
    left -= count * size;
    if (count > 0) parts.push(`${count} ${unit}${count === 1 ? '' : 's'}`);
  }
  return parts.join(' ');
}

/** Replaces what stands between `<!-- name -->` and `<!-- /name -->`. Throws when the marks are not there. */
export function withGenerated(text: string, name: string, generated: string): string {
  const [start, end] = [`<!-- ${name} -->\n`, `\n<!-- /${name} -->`];
  const [from, to] = [text.indexOf(start), text.indexOf(end)];
  if (from === -1 || to < from) throw new Error(`the text has no place for ${name}: ${start.trim()} … ${end.trim()}`);
  return `${text.slice(0, from + start.length)}\n${generated}\n${text.slice(to)}`;
}

/** Markdown. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map(() => '---'), ...rows];
  return lines.map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`).join('\n');
}
