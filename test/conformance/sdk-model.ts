import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import * as acm from '@aws-sdk/client-acm';
import * as cloudfront from '@aws-sdk/client-cloudfront';
import * as dynamodb from '@aws-sdk/client-dynamodb';
import * as lambda from '@aws-sdk/client-lambda';
import type { ServiceName } from './rule.ts';

const CLIENTS: Readonly<Record<ServiceName, object>> = { lambda, acm, cloudfront, dynamodb };
const { resolve } = createRequire(import.meta.url);

/** Names of the errors that AWS's model of the operation lists, as the SDK's types have them from it. */
export async function declaredErrors(service: ServiceName, operation: string): Promise<ReadonlySet<string>> {
  const folder = join(dirname(resolve(`@aws-sdk/client-${service}/package.json`)), 'dist-types/commands');
  const text = await readFile(join(folder, `${operation}Command.d.ts`), 'utf8');
  return new Set([...text.matchAll(/@throws \{@link (\w+)\}/g)].map(([, name = '']) => name));
}

/** Whether any of the services has an error of that name of its own. */
export function isErrorOfAws(name: string): boolean {
  return Object.values(CLIENTS).some((client) => {
    const found = (client as Readonly<Record<string, unknown>>)[name];
    return typeof found === 'function' && found.prototype instanceof Error;
  });
}
