import { setTimeout as pause } from 'node:timers/promises';
import { dynamoClient } from '../adapters/dynamodb/dynamo-client.ts';
import { createTables } from '../adapters/dynamodb/create-tables.ts';
import { loadConfig } from '../config.ts';
import { isCloudError } from '../ports/cloud-error.ts';

/**
 * `npm run tables`: creates the DynamoDB tables that are missing, on the endpoint and under the names
 * configured. A database that cannot be reached may be one that is just starting beside this
 * program: it is tried again for about a minute.
 */
const MOST_TRIES = 30;
const PAUSE_MS = 2_000;

const config = loadConfig();
const client = dynamoClient(config.dynamodb);
const { created, existing } = await createdWhenReachable();
client.destroy();
process.stdout.write(`created: ${created.join(', ') || 'none'}\nalready there: ${existing.join(', ') || 'none'}\n`);

async function createdWhenReachable(): ReturnType<typeof createTables> {
  for (let tries = 1; ; tries++) {
    try {
      return await createTables(client, config.tableNames);
    } catch (error) {
      if (tries === MOST_TRIES || !isCloudError(error, 'unavailable')) throw error;
      process.stderr.write(`${error.message}; trying again\n`);
      await pause(PAUSE_MS);
    }
  }
}
