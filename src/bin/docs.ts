import { readFile, writeFile } from 'node:fs/promises';
import { EnvironmentSchema } from '../config.ts';
import { domainStates } from '../domain-states.ts';
import { openApiDocument } from '../http/openapi-document.ts';
import { environmentTables, operationTable, withGenerated } from '../readme-tables.ts';

/** `npm run docs`: writes the tables of the README and the states of a domain anew, or of the files named. */
const [readme = 'README.md', states = 'docs/domain-states.md'] = process.argv.slice(2);
const text = await readFile(readme, 'utf8');
const withSettings = withGenerated(text, 'settings', environmentTables(EnvironmentSchema.properties));
await writeFile(readme, withGenerated(withSettings, 'operations', operationTable(await openApiDocument())));
await writeFile(states, withGenerated(await readFile(states, 'utf8'), 'states', domainStates()));
