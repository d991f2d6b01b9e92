import { spread } from '../domain/check-delay.ts';
import { isBudgetSpent } from '../ports/call-budget.ts';
import { dueShardOf } from '../ports/stores.ts';
import type { Table } from '../ports/table.ts';
import type { DomainDeps, Pass } from './domain-deps.ts';

interface DueRecord {
  readonly revision: number;
  readonly dueShard?: number;
  readonly dueAt?: number;
}

/**
 * Runs a pass over one record. When the budget for calls is used up the record becomes due again a
 * little later, or at once where the process is stopping so that another takes it; no failure is
 * counted, since nothing was tried.
 */
export async function unlessPutOff<T extends DueRecord>(
  { clock }: Pick<DomainDeps, 'clock'>, subject: { table: Table<T>; key: Partial<T>; id: string; record: T },
  pass: () => Promise<Pass>,
): Promise<Pass> {
  try {
    return await pass();
  } catch (error) {
    if (!isBudgetSpent(error)) throw error;
    const { table, key, id, record } = subject;
    const delayMs = (error.retryAfterSeconds ?? 0) * 1000;
    const due = { dueShard: dueShardOf(id), dueAt: clock.now() + spread(delayMs, `${id}:${record.revision}`) };
    await table.update(
      key, { set: due as Partial<T>, add: { revision: 1 } as Partial<Record<keyof T & string, number>> },
      { equals: { revision: record.revision } as Partial<T> },
    );
    return 'later';
  }
}
