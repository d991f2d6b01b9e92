import { v7 } from 'uuid';
import type { Ids } from '../../ports/ids.ts';

/**
 * Ids such as `dep_0198f3…` (32 hex digits): UUIDs of version 7, RFC 9562. They start with the
 * time, and go on counting within one millisecond and when the clock is set back, so that one
 * process never makes an id that sorts before an earlier one.
 */
export function systemIds(): Ids {
  return { next: (prefix) => `${prefix}_${v7().replaceAll('-', '')}` };
}
