import type { StillPending } from '../domain/observed.ts';
import type { Certificates } from '../ports/certificates.ts';
import type { Clock } from '../ports/clock.ts';
import { CloudError } from '../ports/cloud-error.ts';

/** Which certificates wait for their validation, looked up for all that are due at once. */
export interface PendingWatch {
  /**
   * Lists what is pending, unless `due` certificates cost fewer calls one by one or the last list is still
   * good. What it lists holds until the next call.
   */
  prepare(due: number, signal: AbortSignal): Promise<void>;
  /** Undefined: the list says nothing about this certificate, so ask for it. */
  look(certificateArn: string): StillPending | undefined;
}

export interface PendingWatchParts {
  readonly certificates: Pick<Certificates, 'listPending'>;
  readonly clock: Clock;
  /** Told of a list that failed; whatever was due is then asked for one by one. */
  readonly onCloudError: (key: string, error: CloudError) => void;
}

interface Snapshot {
  readonly listedAt: number;
  readonly certificateArns: ReadonlySet<string>;
  readonly pages: number;
  /** After this the next pass lists again; until then passes share it. */
  readonly goodUntil: number;
}

/** A list stays good for so long per page, so that a replica lists about one page a second at most. */
const GOOD_PER_PAGE_MS = 1_000;
/** After a list that failed. */
const PAUSE_MS = 5_000;

/**
 * Keeps the last whole list of pending certificates. A list that failed or was given up says nothing, and
 * none says that a certificate is *not* pending: it may have been requested since the list was begun.
 */
export function createPendingWatch({ certificates, clock, onCloudError }: PendingWatchParts): PendingWatch {
  let last: Snapshot | undefined;
  let pages = 1;
  let pausedUntil = -Infinity;

  async function list(signal: AbortSignal): Promise<Snapshot | undefined> {
    const listedAt = clock.now();
    const found = new Set<string>();
    let count = 0;
    let cursor: string | undefined;
    do {
      if (signal.aborted) return undefined;
      const page = await certificates.listPending(cursor);
      for (const arn of page.certificateArns) found.add(arn);
      cursor = page.cursor;
      count += 1;
    } while (cursor !== undefined);
    return { listedAt, certificateArns: found, pages: count, goodUntil: clock.now() + count * GOOD_PER_PAGE_MS };
  }

  return {
    async prepare(due, signal) {
      const now = clock.now();
      if (last && now >= last.goodUntil) last = undefined;
      if (last || due <= pages || now < pausedUntil) return;
      try {
        last = await list(signal);
        if (last) pages = last.pages;
      } catch (error) {
        if (!(error instanceof CloudError)) throw error;
        pausedUntil = clock.now() + PAUSE_MS;
        onCloudError('pending certificates', error);
      }
    },
    look(certificateArn) {
      return last?.certificateArns.has(certificateArn) ? { kind: 'still_pending', listedAt: last.listedAt } : undefined;
    },
  };
}
