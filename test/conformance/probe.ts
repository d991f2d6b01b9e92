import { ALIAS_RULES } from './alias-rules.ts';
import { ALTERNATE_NAME_RULES } from './alternate-name-rules.ts';
import { CERTIFICATE_RULES } from './certificate-rules.ts';
import { CONNECTION_GROUP_RULES } from './connection-group-rules.ts';
import { DISTRIBUTION_RULES } from './distribution-rules.ts';
import type { Implementation } from './implementation.ts';
import { INVALIDATION_RULES } from './invalidation-rules.ts';
import { ITEM_RULES } from './item-rules.ts';
import { NAME_MOVE_RULES } from './name-move-rules.ts';
import { QUERY_RULES } from './query-rules.ts';
import type { Chapter, Rule } from './rule.ts';
import { errorOutcome, isErrorOutcome } from './rule.ts';
import { TABLE_RULES } from './table-rules.ts';
import { TENANT_RULES } from './tenant-rules.ts';
import { VERSION_RULES } from './version-rules.ts';

/** Everything that the server relies on, by its part of AWS. */
export const CHAPTERS: readonly Chapter[] = [
  ALIAS_RULES, VERSION_RULES, CERTIFICATE_RULES, DISTRIBUTION_RULES, ALTERNATE_NAME_RULES, NAME_MOVE_RULES,
  INVALIDATION_RULES, TENANT_RULES, CONNECTION_GROUP_RULES, ITEM_RULES, QUERY_RULES, TABLE_RULES,
];

/**
 * How implementations say that they have no such operation: dynalite, and moto's page of HTML, of which the
 * clients for XML and for JSON make errors of different names.
 */
const UNKNOWN_OPERATION: ReadonlySet<string> = new Set([
  'UnknownOperationException 400', 'Error 404', 'SyntaxError 404',
]);

/** By the name of the rule. */
export type Outcomes = Readonly<Record<string, string>>;

/** Asks everything, one rule after the other. */
export async function probe(implementation: Implementation, chapters = CHAPTERS): Promise<Outcomes> {
  const outcomes: Record<string, string> = {};
  for (const chapter of chapters) {
    for (const rule of chapter.rules) outcomes[rule.name] = await outcomeOf(rule, implementation);
  }
  return outcomes;
}

async function outcomeOf(rule: Rule, implementation: Implementation): Promise<string> {
  const world = implementation.worldFor(rule.name);
  try {
    const outcome = await rule.probe(world);
    const called = implementation.lastCall();
    if (UNKNOWN_OPERATION.has(outcome)) return lacks(called);
    // Otherwise the error is one of what had to be made first, and says nothing of the rule.
    const isOfRule = !isErrorOutcome(outcome) || called === rule.operation;
    return isOfRule ? outcome : `cannot be asked: ${called} answers ${outcome}`;
  } catch (error) {
    const called = implementation.lastCall();
    if (UNKNOWN_OPERATION.has(errorOutcome(error))) return lacks(called);
    if (typeof error === 'object' && error !== null && '$metadata' in error) {
      return `cannot be asked: ${called} answers ${errorOutcome(error)}`;
    }
    return `cannot be asked: after ${called}, ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** What is recorded where an operation is not there. */
export function lacks(operation: string): string {
  return `has no ${operation}`;
}
