import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

const ADAPTERS = join(import.meta.dirname, '../../src/adapters');

/** Used by `npm run tables` alone, never by the server. */
export const TABLE_MAKER = 'dynamodb/create-tables.ts';

/** What AWS wants allowed besides for creations with tags. */
const BESIDES = ['acm:AddTagsToCertificate', 'cloudfront:TagResource'];

/** The IAM actions of every command of the AWS SDK that the adapters import, without those of `leftOut`; sorted. */
export async function calledActions(leftOut: readonly string[] = []): Promise<string[]> {
  const called = new Set(BESIDES);
  const files = (await readdir(ADAPTERS, { recursive: true })).filter((file) => file.endsWith('.ts') && !leftOut.includes(file));
  for (const file of files) {
    const text = await readFile(join(ADAPTERS, file), 'utf8');
    for (const [, names = '', client = ''] of text.matchAll(/import \{([^}]*)\} from '@aws-sdk\/\w+-(\w+)';/g)) {
      for (const [, paginated, command] of names.matchAll(/\bpaginate(\w+)|\b(\w+)Command\b/g)) {
        called.add(`${client}:${actionOf(client, paginated ?? command ?? '')}`);
      }
    }
  }
  return [...called].sort();
}

/** The document client has names of its own for calls on one item. */
function actionOf(client: string, command: string): string {
  return client === 'dynamodb' && ['Get', 'Put', 'Update', 'Delete'].includes(command) ? `${command}Item` : command;
}
