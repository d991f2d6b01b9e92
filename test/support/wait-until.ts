/** Far beyond what anything here takes, even on a machine that does other work: the end of waiting, not a measure. */
const LONGEST_MS = 60_000;
const PAUSE_MS = 20;

/** Looks until `look` answers something other than undefined; rejects with what was waited for. */
export async function waitUntil<T>(
  what: string, look: () => Promise<T | undefined>, more: { describe?: () => Promise<unknown> } = {},
): Promise<T> {
  const end = Date.now() + LONGEST_MS;
  for (;;) {
    const seen = await look();
    if (seen !== undefined) return seen;
    if (Date.now() > end) {
      const state = more.describe ? `; last seen: ${JSON.stringify(await more.describe())}` : '';
      throw new Error(`waited ${LONGEST_MS} ms in vain until ${what}${state}`);
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}
