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

/**
 * The errors that AWS's model of the operation lists, as `Name status`: the SDK's types have the names from it,
 * and its schemas the statuses.
 */
export async function declaredErrors(service: ServiceName, operation: string): Promise<ReadonlySet<string>> {
  const folder = join(dirname(resolve(`@aws-sdk/client-${service}/package.json`)), 'dist-types/commands');
  const text = await readFile(join(folder, `${operation}Command.d.ts`), 'utf8');
  const names = [...text.matchAll(/@throws \{@link (\w+)\}/g)].map(([, name = '']) => name);
  return new Set(names.map((name) => `${name} ${statusOf(service, name)}`));
}

/** An error's schema is `[-3, namespace, name, traits, …]`; an error of the caller without a status has 400. */
function statusOf(service: ServiceName, name: string): number {
  const schema = (CLIENTS[service] as Readonly<Record<string, unknown>>)[`${name}$`];
  const traits: unknown = Array.isArray(schema) ? schema[3] : undefined;
  const given = typeof traits === 'object' && traits !== null && 'httpError' in traits ? traits.httpError : 400;
  return Number(given);
}

/** Whether any of the services has an error of that name of its own. */
export function isErrorOfAws(name: string): boolean {
  return Object.values(CLIENTS).some((client) => {
    const found = (client as Readonly<Record<string, unknown>>)[name];
    return typeof found === 'function' && found.prototype instanceof Error;
  });
}
