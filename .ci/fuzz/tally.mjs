// What a run of the contract fuzz was answered, from the file its hooks wrote: enough calls, none of them a 5xx, and every
// operation has done its work at least once, since what never gets beyond a 404 proves little.
import { readFileSync } from 'node:fs';

const [, , file, least] = process.argv;
const tally = Object.entries(JSON.parse(readFileSync(file, 'utf8')));
const total = (counts) => counts.reduce((sum, [, count]) => sum + count, 0);
const mistakes = [];

for (const [operation, counts] of tally) {
  const answers = Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1));
  console.log(`${operation.padEnd(88)}${answers.map(([kind, count]) => `${kind.slice(0, 3)}: ${count}`
    .concat(kind.slice(3))).join(', ')}`);
  if (!answers.some(([kind]) => kind.startsWith('2'))) mistakes.push(`${operation} has never succeeded`);
  for (const [kind] of answers) if (kind.startsWith('5')) mistakes.push(`${operation} was answered ${kind}`);
}
const calls = total(tally.flatMap(([, counts]) => Object.entries(counts)));
console.log(`${calls} calls of ${tally.length} operations`);
if (calls < Number(least)) mistakes.push(`that is less than ${least}`);
for (const mistake of mistakes) console.log(`NOT OK: ${mistake}`);
process.exitCode = mistakes.length > 0 ? 1 : 0;
