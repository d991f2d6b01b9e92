import {
  DeleteFunctionCommand, GetFunctionCommand, GetFunctionConfigurationCommand, GetProvisionedConcurrencyConfigCommand,
  InvokeCommand, ListVersionsByFunctionCommand, PublishVersionCommand, PutProvisionedConcurrencyConfigCommand,
} from '@aws-sdk/client-lambda';
import { ALIAS, changed, onSite, shown } from './lambda-site.ts';
import { answerTo } from './rule.ts';
import type { Chapter } from './rule.ts';

export const VERSION_RULES: Chapter = { title: 'Lambda versions', service: 'lambda', rules: [
  {
    name: 'version-described', says: 'A version is described with its state, digest, role and architectures.',
    operation: 'GetFunctionConfiguration', expected: 'version 2, Active, CodeSha256, Role, x86_64',
    probe: onSite(async (world) => {
      const command = new GetFunctionConfigurationCommand({ FunctionName: world.id, Qualifier: '2' });
      return answerTo(world.lambda.send(command), ({ Version, State, CodeSha256, Role, Architectures }) => [
        `version ${Version}`, State, ...CodeSha256 ? ['CodeSha256'] : [], ...Role ? ['Role'] : [],
        ...Architectures ?? [],
      ].join(', '));
    }),
  },
  {
    name: 'version-missing', says: 'A version that is not there.',
    operation: 'GetFunctionConfiguration', expected: 'ResourceNotFoundException 404',
    probe: onSite(async (world) => {
      const command = new GetFunctionConfigurationCommand({ FunctionName: world.id, Qualifier: '99' });
      return answerTo(world.lambda.send(command));
    }),
  },
  {
    name: 'version-of-alias', says: 'An alias as the qualifier describes the version it is on.',
    operation: 'GetFunctionConfiguration', expected: 'version 1',
    probe: onSite(async (world) => {
      const command = new GetFunctionConfigurationCommand({ FunctionName: world.id, Qualifier: ALIAS });
      return answerTo(world.lambda.send(command), ({ Version }) => `version ${Version}`);
    }),
  },
  {
    name: 'version-frozen', says: 'A published version keeps its environment when the function changes.',
    operation: 'GetFunctionConfiguration', expected: 'kept',
    probe: onSite(async (world) => {
      const environment = async () => shown((await world.lambda.send(new GetFunctionConfigurationCommand({
        FunctionName: world.id, Qualifier: '2' }))).Environment?.Variables ?? {});
      const before = await environment();
      await changed(world);
      return await environment() === before ? 'kept' : 'changed';
    }),
  },
  {
    name: 'version-unchanged', says: 'Publishing what has not changed answers the version that is there.',
    operation: 'PublishVersion', expected: 'version 2',
    probe: onSite((world) => answerTo(world.lambda.send(new PublishVersionCommand({ FunctionName: world.id })),
        ({ Version }) => `version ${Version}`)),
  },
  {
    name: 'versions-listed', says: 'Versions are listed by pages, $LATEST first.',
    operation: 'ListVersionsByFunction', expected: '$LATEST, then 1',
    probe: onSite(async (world) => {
      const FunctionName = world.id;
      const first = await world.lambda.send(new ListVersionsByFunctionCommand({ FunctionName, MaxItems: 1 }));
      const next = await world.lambda.send(new ListVersionsByFunctionCommand({
        FunctionName, MaxItems: 1, Marker: first.NextMarker,
      }));
      const of = ({ Versions = [] }: typeof next) => Versions.map(({ Version }) => Version).join();
      return `${of(first)}, then ${of(next)}`;
    }),
  },
  {
    name: 'version-in-use', says: 'A version that an alias is on is not deleted.',
    operation: 'DeleteFunction', expected: 'ResourceConflictException 409',
    probe: onSite(({ lambda, id: FunctionName }) =>
      answerTo(lambda.send(new DeleteFunctionCommand({ FunctionName, Qualifier: '1' })))),
  },
  {
    name: 'function-missing', says: 'A function that is not there.',
    operation: 'GetFunction', expected: 'ResourceNotFoundException 404',
    probe: ({ lambda, id }) => answerTo(lambda.send(new GetFunctionCommand({ FunctionName: id }))),
  },
  {
    name: 'provisioned-none', says: 'An alias without provisioned concurrency.',
    operation: 'GetProvisionedConcurrencyConfig', expected: 'ProvisionedConcurrencyConfigNotFoundException 404',
    probe: onSite(async (world) => {
      const command = new GetProvisionedConcurrencyConfigCommand({ FunctionName: world.id, Qualifier: ALIAS });
      return answerTo(world.lambda.send(command));
    }),
  },
  {
    name: 'provisioned-alias-missing', says: 'Provisioned concurrency of an alias that is not there.',
    operation: 'GetProvisionedConcurrencyConfig', expected: 'ResourceNotFoundException 404',
    probe: onSite(async (world) => {
      const command = new GetProvisionedConcurrencyConfigCommand({ FunctionName: world.id, Qualifier: 'other' });
      return answerTo(world.lambda.send(command));
    }),
  },
  {
    name: 'provisioned-read', says: 'Provisioned concurrency is read with what was asked for and a status.',
    operation: 'GetProvisionedConcurrencyConfig', expected: '2 asked for, READY',
    probe: onSite(async (world) => {
      const of = { FunctionName: world.id, Qualifier: ALIAS };
      const put = new PutProvisionedConcurrencyConfigCommand({ ...of, ProvisionedConcurrentExecutions: 2 });
      await world.lambda.send(put);
      return answerTo(world.lambda.send(new GetProvisionedConcurrencyConfigCommand(of)),
        ({ RequestedProvisionedConcurrentExecutions: asked, Status }) => `${asked} asked for, ${Status}`);
    }),
  },
  {
    name: 'invoke-alias', says: 'Invoking an alias runs its version and says which.',
    operation: 'Invoke', expected: 'ran version 1',
    probe: onSite(({ lambda, id: FunctionName }) => answerTo(
      lambda.send(new InvokeCommand({ FunctionName, Qualifier: ALIAS })),
      ({ ExecutedVersion }) => `ran version ${ExecutedVersion}`)),
  },
  {
    name: 'invoke-alias-missing', says: 'An alias that is not there is not invoked.',
    operation: 'Invoke', expected: 'ResourceNotFoundException 404',
    probe: onSite(({ lambda, id: FunctionName }) =>
      answerTo(lambda.send(new InvokeCommand({ FunctionName, Qualifier: 'other' })))),
  },
] };
