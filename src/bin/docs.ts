import { readFile, writeFile } from 'node:fs/promises';
import { domainStates } from '../domain-states.ts';
import { generatedParts } from '../generated-parts.ts';
import { withGenerated } from '../readme-tables.ts';

/** `npm run docs`: writes the tables of the README and the states of a domain anew, or of the files named. */
const [readme = 'README.md', states = 'docs/domain-states.md'] = process.argv.slice(2);
let text = await readFile(readme, 'utf8');
for (const [name, generated] of Object.entries(await generatedParts())) text = withGenerated(text, name, generated);
await writeFile(readme, text);
await writeFile(states, withGenerated(await readFile(states, 'utf8'), 'states', domainStates()));
