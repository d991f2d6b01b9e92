import { randomUUID } from 'node:crypto';
import {
  CreateAliasCommand, CreateFunctionCommand, GetAliasCommand, PublishVersionCommand, UpdateAliasCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import type { UpdateAliasCommandInput } from '@aws-sdk/client-lambda';
import { need } from './rule.ts';
import type { World } from './rule.ts';

export const ALIAS = 'live';
/** A zip archive with nothing in it. */
const EMPTY_ZIP = Buffer.from(`504b0506${'00'.repeat(18)}`, 'hex');

/** A function with versions 1 and 2, and `live` on 1. */
export async function site(world: World, secondRole?: string): Promise<string> {
  const { lambda, id: FunctionName } = world;
  await lambda.send(new CreateFunctionCommand({
    FunctionName, Role: await world.role('site'), Runtime: 'nodejs20.x', Handler: 'index.handler',
    Code: { ZipFile: EMPTY_ZIP }, Publish: true,
  }));
  await changed(world, secondRole === undefined ? {} : { Role: secondRole });
  await lambda.send(new PublishVersionCommand({ FunctionName }));
  await lambda.send(new CreateAliasCommand({ FunctionName, Name: ALIAS, FunctionVersion: '1' }));
  return FunctionName;
}

/** Something new to publish. */
export async function changed({ lambda, id: FunctionName }: World, more: { Role?: string } = {}): Promise<void> {
  const Environment = { Variables: { DEPLOYMENT_ID: randomUUID() } };
  await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Environment, ...more }));
}

export function update(world: World, change: Partial<UpdateAliasCommandInput>) {
  return world.lambda.send(new UpdateAliasCommand({ FunctionName: world.id, Name: ALIAS, ...change }));
}

export async function read(world: World) {
  const alias = await readAlias(world);
  return { version: alias.FunctionVersion, weights: alias.RoutingConfig?.AdditionalVersionWeights ?? {},
    revisionId: need(alias.RevisionId, 'RevisionId') };
}

export const weights = (of: Record<string, number>) => ({ RoutingConfig: { AdditionalVersionWeights: of } });
export const shown = (of: object) => JSON.stringify(of);

export function readAlias({ lambda, id: FunctionName }: World, Name = ALIAS) {
  return lambda.send(new GetAliasCommand({ FunctionName, Name }));
}

/** A probe that begins with such a function. */
export function onSite(probe: (world: World) => Promise<string>): (world: World) => Promise<string> {
  return async (world) => {
    await site(world);
    return probe(world);
  };
}
