/** Deeper than anything that is asked for, and shallow enough for whatever recurses. */
const DEEPEST = 64;

const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\]]/g;

/**
 * What a parser lets pass in a text that is JSON: a name that is there twice, of which one would be lost, and more levels
 * than anybody means. Undefined when there is nothing of the kind.
 */
export function jsonMistake(json: string): string | undefined {
  /** The names seen so far in each object that is open; undefined for a list. */
  const open: (Set<string> | undefined)[] = [];
  for (const { 0: token, index } of json.matchAll(TOKEN)) {
    if (token === '{') open.push(new Set());
    else if (token === '[') open.push(undefined);
    else if (token === '}' || token === ']') open.pop();
    else {
      const names = open.at(-1);
      if (names === undefined || !isFollowedByColon(json, index + token.length)) continue;
      const name = JSON.parse(token) as string;
      if (names.has(name)) return `The name ${JSON.stringify(name.slice(0, 64))} is there twice in one object`;
      names.add(name);
    }
    if (open.length > DEEPEST) return `The body is nested deeper than ${DEEPEST} levels`;
  }
  return undefined;
}

function isFollowedByColon(json: string, from: number): boolean {
  let at = from;
  while (' \t\r\n'.includes(json.charAt(at)) && at < json.length) at += 1;
  return json.charAt(at) === ':';
}
