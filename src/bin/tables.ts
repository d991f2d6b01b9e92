import { dynamoClient } from '../adapters/dynamodb/dynamo-client.ts';
import { createTables } from '../adapters/dynamodb/create-tables.ts';
import { loadConfig } from '../config.ts';

/** `npm run tables`: creates the DynamoDB tables that are missing, on the endpoint and under the names configured. */
const config = loadConfig();
const client = dynamoClient(config.dynamodb);
const { created, existing } = await createTables(client, config.tableNames);
client.destroy();
process.stdout.write(`created: ${created.join(', ') || 'none'}\nalready there: ${existing.join(', ') || 'none'}\n`);
