import { Agent, request } from 'node:http';
import { DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { GetAliasCommand, UpdateAliasCommand } from '@aws-sdk/client-lambda';
import { createAwsClients } from '../src/adapters/aws/aws-clients.ts';
import { dynamoClient } from '../src/adapters/dynamodb/dynamo-client.ts';
import { loadConfig } from '../src/config.ts';
import { deploymentId, functionNames, serverEnvironment, type Endpoints } from './sites.ts';

/** Makes a build of a project live. Rejects unless it is told that it has. */
export interface Contestant {
  rollBack(projectId: string, build: number): Promise<void>;
  close(): void;
}

/** The server, asked over loopback on connections that stay open. */
export function serverContestant(url: string): Contestant {
  const agent = new Agent({ keepAlive: true });
  return {
    rollBack: (projectId, build) => new Promise((resolve, reject) => {
      const body = JSON.stringify({ targetDeploymentId: deploymentId(build), pin: false });
      const sent = request(`${url}/projects/${projectId}/rollback`, {
        agent, method: 'POST', headers: { 'content-type': 'application/json', 'x-user-id': 'bench' },
      }, (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => { text += chunk.toString(); });
        response.on('end', () => {
          if (response.statusCode === 200) resolve();
          else reject(new Error(`the server answered ${response.statusCode}: ${text}`));
        });
      });
      sent.on('error', reject);
      sent.end(body);
    }),
    close: () => agent.destroy(),
  };
}

/** What a script does that follows the manuals: one call after another, with the same SDK clients. */
export function textbookContestant(endpoints: Endpoints): Contestant {
  const config = loadConfig(serverEnvironment(endpoints));
  const { tableNames } = config;
  const clients = createAwsClients(config.aws);
  const client = dynamoClient(config.dynamodb);
  const tables = DynamoDBDocumentClient.from(client);
  let count = 0;
  return {
    rollBack: async (projectId, build) => {
      const { server, image } = functionNames(projectId);
      await tables.send(new GetCommand({ TableName: tableNames.projects, Key: { projectId }, ConsistentRead: true }));
      const { Item: target } = await tables.send(new GetCommand({
        TableName: tableNames.deployments, Key: { projectId, deploymentId: deploymentId(build) }, ConsistentRead: true,
      }));
      const before = await clients.lambda.send(new GetAliasCommand({ FunctionName: server, Name: 'live' }));
      for (const FunctionName of [server, image]) {
        await clients.lambda.send(new UpdateAliasCommand({
          FunctionName, Name: 'live', FunctionVersion: String(build), RoutingConfig: { AdditionalVersionWeights: {} },
        }));
      }
      const record = { deploymentId: `dep-textbook-${++count}`, isRollback: true, rollbackFrom: before.FunctionVersion };
      await tables.send(new PutCommand({ TableName: tableNames.deployments, Item: { ...target, ...record } }));
    },
    close: () => {
      clients.destroy();
      client.destroy();
    },
  };
}
