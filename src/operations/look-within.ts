import type { Look } from '../domain/look.ts';
import { isCloudError } from '../ports/cloud-error.ts';
import type { Clock } from '../ports/clock.ts';
import { withinTime } from './within-time.ts';

/** Longest wait for one question to Lambda on which nothing but an answer to a person depends. */
const BOUND_MS = 3_000;

/** Asks AWS once. Slow or refusing, it is told as `unknown`; what does not exist, or is undefined, as `absent`. */
export async function lookWithin<T>(
  clock: Clock, ask: () => Promise<T | undefined>, boundMs = BOUND_MS,
): Promise<Look<T>> {
  let look: Look<T> = { kind: 'unknown', reason: `Lambda has not answered within ${boundMs} ms.` };
  try {
    await withinTime(clock, boundMs, async () => {
      const value = await ask();
      look = value === undefined ? { kind: 'absent' } : { kind: 'found', value };
    });
    return look;
  } catch (error) {
    if (isCloudError(error, 'not_found')) return { kind: 'absent' };
    if (!isCloudError(error)) throw error;
    return { kind: 'unknown', reason: `Lambda did not answer: ${error.operation} failed with ${error.awsName}.` };
  }
}
