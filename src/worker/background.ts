/** Work that no answer waits for, so that shutdown can wait for it. */
export interface Background {
  readonly run: (task: () => Promise<unknown>) => void;
  /** Resolves when nothing is left running; new work may still be added meanwhile. */
  drain(): Promise<void>;
}

/** An error is told to `onError` and ends with that: whatever was to be done is due work as well. */
export function createBackground(onError: (error: unknown) => void): Background {
  const running = new Set<Promise<void>>();
  return {
    run: (task) => {
      const work = task().then(() => undefined, onError).finally(() => running.delete(work));
      running.add(work);
    },
    async drain() {
      while (running.size > 0) await Promise.all(running);
    },
  };
}
