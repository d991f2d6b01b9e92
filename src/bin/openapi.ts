import { writeFile } from 'node:fs/promises';
import { openApiYaml } from '../http/openapi-document.ts';

/** `npm run openapi`: writes the document to the root of the repository, or to the file named. */
await writeFile(process.argv[2] ?? 'openapi.yaml', await openApiYaml());
