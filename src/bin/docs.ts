import { readFile, writeFile } from 'node:fs/promises';
import { domainStates } from '../domain-states.ts';
import { generatedParts, operationsParts } from '../generated-parts.ts';
import { withGenerated } from '../readme-tables.ts';

/** `npm run docs`: writes what comes from the code into the README and docs anew, or into the files named. */
const [readme = 'README.md', states = 'docs/domain-states.md', operations = 'docs/operations.md'] = process.argv.slice(2);
await writeParts(readme, await generatedParts());
await writeParts(states, { states: domainStates() });
await writeParts(operations, operationsParts());

async function writeParts(file: string, parts: Readonly<Record<string, string>>): Promise<void> {
  let text = await readFile(file, 'utf8');
  for (const [name, generated] of Object.entries(parts)) text = withGenerated(text, name, generated);
  await writeFile(file, text);
}
