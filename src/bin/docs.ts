import { readFile, writeFile } from 'node:fs/promises';
import { EnvironmentSchema } from '../config.ts';
import { openApiDocument } from '../http/openapi-document.ts';
import { environmentTables, operationTable, withGenerated } from '../readme-tables.ts';

/** `npm run docs`: writes the tables of the README anew, or of the file named. */
const file = process.argv[2] ?? 'README.md';
const text = await readFile(file, 'utf8');
const withSettings = withGenerated(text, 'settings', environmentTables(EnvironmentSchema.properties));
await writeFile(file, withGenerated(withSettings, 'operations', operationTable(await openApiDocument())));
