import { setMaxListeners } from 'node:events';
import type { CallRates, SpentCalls } from '../../domain/call-rates.ts';
import type { CallBudget } from '../../ports/call-budget.ts';
import { budgetSpent } from '../../ports/call-budget.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Table } from '../../ports/table.ts';
import { SharedPacer, type Turn } from './shared-pacer.ts';

export interface CallBudgets {
  /** For requests that somebody waits for: a reserve of their own, and a share in what the worker uses. */
  readonly people: CallBudget;
  readonly worker: CallBudget;
  /** The worker's calls that wait are told that the budget is spent, and so are all its later ones. */
  letGo(): void;
}

export interface CallBudgetsParts {
  readonly table: Table<SpentCalls>;
  readonly rates: CallRates;
  /** Unlike that of any other replica. */
  readonly replicaId: string;
  readonly clock: Clock;
  /** Longest wait of the worker for one call; well below its lease. */
  readonly workerWaitMs: number;
  readonly onStoreError: (error: unknown) => void;
}

/** Of every rate so much is kept for people. */
const RESERVE = 0.25;
/** Longer nobody is kept waiting: the answer then says what is known. */
const PEOPLE_WAIT_MS = 2_000;

interface Pacers {
  readonly reserve: SharedPacer;
  readonly common: SharedPacer;
}

/** The budget of all replicas on one store. */
export function createCallBudgets(parts: CallBudgetsParts): CallBudgets {
  const { rates, clock, workerWaitMs } = parts;
  const stopping = new AbortController();
  // Everybody who waits listens to it, which is no leak.
  setMaxListeners(0, stopping.signal);
  const pacers = new Map<string, Pacers>();
  for (const [call, rate] of Object.entries(rates)) {
    const pacer = (lane: string, share: number) => (
      new SharedPacer({ ...parts, budgetId: `${call}#${lane}`, perSecond: rate * share }));
    pacers.set(call, { reserve: pacer('reserve', RESERVE), common: pacer('common', 1 - RESERVE) });
  }

  function pacersOf(call: string): Pacers {
    const found = pacers.get(call);
    if (!found) throw new TypeError(`${call} has no rate`);
    return found;
  }

  return {
    people: {
      async take(call) {
        const { reserve, common } = pacersOf(call);
        const own = await reserve.take(0);
        const turn = own.granted ? own : await common.take(PEOPLE_WAIT_MS);
        await waitFor(call, turn, clock);
      },
    },
    worker: {
      async take(call) {
        if (stopping.signal.aborted) throw budgetSpent(call, 0);
        await waitFor(call, await pacersOf(call).common.take(workerWaitMs), clock, stopping.signal);
      },
    },
    letGo: () => { stopping.abort(); },
  };
}

async function waitFor(call: string, { granted, waitMs }: Turn, clock: Clock, signal?: AbortSignal): Promise<void> {
  if (!granted) throw budgetSpent(call, waitMs);
  if (waitMs > 0) await clock.sleep(waitMs, signal);
  if (signal?.aborted) throw budgetSpent(call, 0);
}
