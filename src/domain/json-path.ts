/** Names of members and numbers of elements, from the top: `$.build.id`, `$.items[0].version`. */
export const JSON_PATH_PATTERN = '^\\$(?:\\.[A-Za-z_][A-Za-z0-9_-]{0,63}|\\[[0-9]{1,5}\\]){1,16}$';

const PART = /\.([^.[]+)|\[(\d+)\]/g;

/**
 * The text, number or truth value at a path of the form of `JSON_PATH_PATTERN`, as text. Undefined
 * when there is nothing, or something else.
 */
export function valueAt(document: unknown, path: string): string | undefined {
  let found = document;
  for (const [, member, element] of path.matchAll(PART)) {
    const key = member ?? String(Number(element));
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, key)) return undefined;
    if (Array.isArray(found) !== (member === undefined)) return undefined;
    found = (found as Readonly<Record<string, unknown>>)[key];
  }
  return ['string', 'number', 'boolean'].includes(typeof found) ? String(found) : undefined;
}
