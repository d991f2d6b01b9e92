import type { CreateFunctionRequest, UpdateFunctionConfigurationRequest } from '@aws-sdk/client-lambda';
import {
  CreateAliasCommand, CreateFunctionCommand, DeleteAliasCommand, DeleteFunctionCommand,
  DeleteProvisionedConcurrencyConfigCommand, GetAliasCommand,
  GetFunctionCommand, GetFunctionConfigurationCommand, GetProvisionedConcurrencyConfigCommand, InvokeCommand, LambdaClient, ListAliasesCommand,
  ListFunctionsCommand, ListVersionsByFunctionCommand, paginateListVersionsByFunction, PreconditionFailedException,
  PublishVersionCommand, PutProvisionedConcurrencyConfigCommand, ResourceConflictException, ResourceNotFoundException, UpdateAliasCommand,
  UpdateFunctionCodeCommand, UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { createHash } from 'node:crypto';
import t, { type Test } from 'tap';
import type { Persistence } from '../../../src/local-cloud/collection.ts';
import { memoryPersistence } from '../../../src/local-cloud/collection.ts';
import { dispatch } from '../../../src/local-cloud/dispatch.ts';
import { lambdaHandler } from '../../../src/local-cloud/lambda/lambda-protocol.ts';
import { LambdaState } from '../../../src/local-cloud/lambda/lambda-state.ts';
import { sdkRequestHandler } from '../../../src/local-cloud/sdk-handler.ts';
import { DEFAULT_LOCAL_CLOUD } from '../../../src/local-cloud/settings.ts';
import type { WireRequest } from '../../../src/local-cloud/wire.ts';

const ROLE = 'arn:aws:iam::123456789012:role/site';
const ARN = 'arn:aws:lambda:us-east-1:123456789012:function:site';
const QUEUE = 'arn:aws:sqs:us-east-1:123456789012:dead';
const ZIP = Buffer.from('first build');

function setUp(persistence: Persistence = memoryPersistence()) {
  let id = 0;
  const draw = { next: 0.5 };
  const state = new LambdaState({
    persistence, settings: DEFAULT_LOCAL_CLOUD, now: () => Date.UTC(2026, 0, 2, 3, 4, 5),
    random: () => draw.next, newRevisionId: () => `revision-${++id}`,
  });
  const handle = dispatch([lambdaHandler(state)], () => 'request-1');
  const client = new LambdaClient({
    region: 'us-east-1', endpoint: 'http://cloud.invalid', maxAttempts: 1,
    requestHandler: sdkRequestHandler({ handle }),
    credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
  });
  const raw = async (method: string, target: string, body: unknown = '', headers: WireRequest['headers'] = {}) => {
    const [path = '', query = ''] = target.split('?');
    const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
    const answer = await handle({ method, path, query: new URLSearchParams(query), headers, body: bytes });
    const text = Buffer.from(answer.body).toString();
    return { ...answer, json: text === '' ? undefined : JSON.parse(text) as Record<string, unknown> };
  };
  return { client, state, raw, draw };
}

/** A function `site` with `count` versions, each with its own DEPLOYMENT_ID, and alias `live` on the first. */
async function withVersions(count: number) {
  const parts = setUp();
  const { client } = parts;
  await client.send(new CreateFunctionCommand({
    FunctionName: 'site', Role: ROLE, Runtime: 'nodejs20.x', Handler: 'index.handler', Code: { ZipFile: ZIP },
  }));
  for (let version = 1; version <= count; version++) {
    await client.send(new UpdateFunctionConfigurationCommand({
      FunctionName: 'site', Environment: { Variables: { DEPLOYMENT_ID: `dep-${version}` } },
    }));
    await client.send(new PublishVersionCommand({ FunctionName: 'site' }));
  }
  const live = await client.send(new CreateAliasCommand({ FunctionName: 'site', Name: 'live', FunctionVersion: '1' }));
  return { ...parts, live };
}

async function refuses(t: Test, status: number, name: string, calls: Record<string, Promise<unknown>>) {
  await Promise.all(Object.entries(calls).map(async ([what, call]) => {
    t.match(await call.catch((error: unknown) => error), { name, $metadata: { httpStatusCode: status } }, what);
  }));
}

async function ran(client: LambdaClient, Qualifier?: string) {
  const answer = await client.send(new InvokeCommand({
    FunctionName: 'site', ...(Qualifier ? { Qualifier } : {}), Payload: JSON.stringify({ rawPath: '/shop' }),
  }));
  const payload = JSON.parse(Buffer.from(answer.Payload ?? []).toString()) as { statusCode: number; body: string };
  const body = JSON.parse(payload.body) as unknown;
  return { version: answer.ExecutedVersion, status: answer.StatusCode, ...payload, body };
}

void t.test('functions', async (t) => {
  void t.test('are created, described, changed and deleted', async (t) => {
    const { client } = setUp();
    const created = await client.send(new CreateFunctionCommand({
      FunctionName: 'site', Role: ROLE, Runtime: 'nodejs20.x', Handler: 'index.handler', Code: { ZipFile: ZIP },
      Description: 'a site', Timeout: 10, MemorySize: 512, Architectures: ['arm64'],
      Environment: { Variables: { STAGE: 'test' } }, DeadLetterConfig: { TargetArn: QUEUE },
    }));
    t.match(created, {
      FunctionName: 'site', FunctionArn: ARN, Version: '$LATEST', State: 'Active', LastUpdateStatus: 'Successful',
      Role: ROLE, Runtime: 'nodejs20.x', Handler: 'index.handler', PackageType: 'Zip', Description: 'a site',
      Timeout: 10, MemorySize: 512, Architectures: ['arm64'], Environment: { Variables: { STAGE: 'test' } },
      CodeSize: ZIP.length, CodeSha256: createHash('sha256').update(ZIP).digest('base64'),
      LastModified: '2026-01-02T03:04:05.000+0000',
      DeadLetterConfig: { TargetArn: QUEUE },
    });
    const changed = await client.send(new UpdateFunctionConfigurationCommand({
      FunctionName: ARN, Description: 'the site', RevisionId: created.RevisionId,
    }));
    t.match(changed, { Description: 'the site', Timeout: 10 }, 'what is not given stays');
    t.not(changed.RevisionId, created.RevisionId);
    t.match(await client.send(new GetFunctionCommand({ FunctionName: '123456789012:function:site' })), {
      Configuration: { Description: 'the site', FunctionArn: ARN }, Code: { RepositoryType: 'S3' },
    });
    t.match(await client.send(new ListFunctionsCommand({})), { Functions: [{ FunctionName: 'site' }] });
    await client.send(new DeleteFunctionCommand({ FunctionName: 'site' }));
    await t.rejects(client.send(new GetFunctionCommand({ FunctionName: 'site' })), ResourceNotFoundException);
  });

  void t.test('may be container images', async (t) => {
    const { client } = setUp();
    const image = (tag: string) => `123456789012.dkr.ecr.us-east-1.amazonaws.com/site:${tag}`;
    const first = await client.send(new CreateFunctionCommand({
      FunctionName: 'site', Role: ROLE, PackageType: 'Image', Code: { ImageUri: image('1') }, Publish: true,
    }));
    t.match(first, { PackageType: 'Image', Version: '1' });
    t.equal(first.Handler, undefined);
    await client.send(new UpdateFunctionCodeCommand({ FunctionName: 'site', ImageUri: image('2') }));
    t.match(await client.send(new GetFunctionCommand({ FunctionName: 'site' })), {
      Code: { RepositoryType: 'ECR', ImageUri: image('2') },
    });
    await t.rejects(client.send(new UpdateFunctionCodeCommand({ FunctionName: 'site', ZipFile: ZIP })),
      { name: 'InvalidParameterValueException' }, 'an image function takes no zip');
  });

  void t.test('take new code, which may be tried and published at once', async (t) => {
    const { client } = await withVersions(1);
    const update = { FunctionName: 'site', ZipFile: Buffer.from('second build') };
    const before = await client.send(new GetFunctionConfigurationCommand({ FunctionName: 'site' }));
    const tried = await client.send(new UpdateFunctionCodeCommand({ ...update, DryRun: true }));
    t.not(tried.CodeSha256, before.CodeSha256);
    t.match(await client.send(new GetFunctionConfigurationCommand({ FunctionName: 'site' })),
      { CodeSha256: before.CodeSha256, RevisionId: before.RevisionId }, 'a dry run changes nothing');
    const Architectures = ['arm64' as const];
    const published = await client.send(new UpdateFunctionCodeCommand({ ...update, Publish: true, Architectures }));
    t.match(published, { Version: '2', FunctionArn: `${ARN}:2`, CodeSha256: tried.CodeSha256, Architectures });
  });

  void t.test('refuse what AWS refuses', async (t) => {
    const { client } = await withVersions(1);
    const create = (change: Partial<CreateFunctionRequest>) => client.send(new CreateFunctionCommand({
      FunctionName: 'b', Role: ROLE, Runtime: 'nodejs20.x', Handler: 'index.handler', Code: { ZipFile: ZIP }, ...change,
    }));
    const get = (FunctionName: string, more: { Qualifier?: string } = {}) => (
      client.send(new GetFunctionCommand({ FunctionName, ...more })));
    const remove = (FunctionName: string) => client.send(new DeleteFunctionCommand({ FunctionName }));
    const configure = (change: Partial<UpdateFunctionConfigurationRequest>) => (
      client.send(new UpdateFunctionConfigurationCommand({ FunctionName: 'site', ...change })));
    await refuses(t, 400, 'ValidationException', {
      'a name with a dot': create({ FunctionName: 'a.b' }),
      'a name too long': create({ FunctionName: 'a'.repeat(65) }),
      'no role': create({ Role: undefined }),
      'not a role': create({ Role: 'me' }),
      'a bad variable': configure({ Environment: { Variables: { '1X': 'y' } } }),
      'a bad qualifier': get('site', { Qualifier: 'a b' }),
    });
    await refuses(t, 400, 'InvalidParameterValueException', {
      'no handler': create({ Handler: undefined }),
      'no code': create({ Code: {} }),
      'code in S3': create({ Code: { S3Bucket: 'builds', S3Key: 'site.zip' } }),
      'two qualifiers': get(`${ARN}:1`, { Qualifier: '2' }),
      'deleting $LATEST': remove('site:$LATEST'),
      'deleting an alias as a version': remove('site:live'),
      'an empty page': client.send(new ListFunctionsCommand({ MaxItems: 0 })),
    });
    await refuses(t, 404, 'ResourceNotFoundException', {
      'another region': get('arn:aws:lambda:eu-west-1:123456789012:function:site'),
      'a missing alias': get('site:gone'),
      'a missing version': get('site', { Qualifier: '9' }),
      'a missing function': remove('gone'),
    });
    await refuses(t, 403, 'AccessDeniedException', {
      'another account': get('arn:aws:lambda:us-east-1:999999999999:function:site'),
    });
    await refuses(t, 409, 'ResourceConflictException', { 'a name taken': create({ FunctionName: 'site' }) });
    await refuses(t, 412, 'PreconditionFailedException', {
      'a stale configuration': configure({ RevisionId: 'old' }),
      'stale code': client.send(new UpdateFunctionCodeCommand({
        FunctionName: 'site', ZipFile: ZIP, RevisionId: 'old',
      })),
    });
  });
});

void t.test('versions', async (t) => {
  void t.test('freeze code and environment; nothing changed gives the same version', async (t) => {
    const { client } = await withVersions(2);
    const again = await client.send(new PublishVersionCommand({ FunctionName: 'site' }));
    t.match(again, { Version: '2', FunctionArn: `${ARN}:2` });
    t.match(await client.send(new GetFunctionConfigurationCommand({ FunctionName: 'site', Qualifier: '1' })), {
      Version: '1', FunctionArn: `${ARN}:1`, Environment: { Variables: { DEPLOYMENT_ID: 'dep-1' } },
    });
    t.match(await client.send(new GetFunctionConfigurationCommand({ FunctionName: `${ARN}:live` })), {
      Version: '1', FunctionArn: `${ARN}:live`,
    });
  });

  void t.test('are published with a description, under conditions on code and revision', async (t) => {
    const { client } = await withVersions(1);
    const change = { FunctionName: 'site', Description: 'x' };
    const latest = await client.send(new UpdateFunctionConfigurationCommand(change));
    const publish = (more: object) => client.send(new PublishVersionCommand({ FunctionName: 'site', ...more }));
    await t.rejects(publish({ RevisionId: 'old' }), PreconditionFailedException);
    await t.rejects(publish({ CodeSha256: 'other' }), { name: 'InvalidParameterValueException' });
    t.match(await publish({ RevisionId: latest.RevisionId, CodeSha256: latest.CodeSha256, Description: 'release' }),
      { Version: '2', Description: 'release' });
  });

  void t.test('are listed fifty a page by number, and never numbered twice', async (t) => {
    const { client } = await withVersions(101);
    const first = await client.send(new ListVersionsByFunctionCommand({ FunctionName: 'site', MaxItems: 10_000 }));
    t.equal(first.Versions?.length, 50);
    const seen: (string | undefined)[] = [];
    for await (const page of paginateListVersionsByFunction({ client }, { FunctionName: 'site' })) {
      seen.push(...page.Versions?.map(({ Version }) => Version) ?? []);
    }
    t.strictSame(seen, ['$LATEST', ...Array.from({ length: 101 }, (_, index) => String(index + 1))]);
    await client.send(new DeleteFunctionCommand({ FunctionName: 'site', Qualifier: '101' }));
    await t.rejects(client.send(new GetFunctionCommand({ FunctionName: 'site:101' })), ResourceNotFoundException);
    t.match(await client.send(new PublishVersionCommand({ FunctionName: 'site' })), { Version: '102' },
      'the deleted version is published anew');
  });

  void t.test('that an alias uses are not deleted', async (t) => {
    const { client } = await withVersions(3);
    await client.send(new UpdateAliasCommand({
      FunctionName: 'site', Name: 'live', RoutingConfig: { AdditionalVersionWeights: { 2: 0.1 } },
    }));
    for (const Qualifier of ['1', '2']) {
      const deletion = client.send(new DeleteFunctionCommand({ FunctionName: 'site', Qualifier }));
      await t.rejects(deletion, ResourceConflictException);
    }
    await client.send(new DeleteFunctionCommand({ FunctionName: 'site:3' }));
    await client.send(new DeleteFunctionCommand({ FunctionName: 'site' }));
    await client.send(new CreateFunctionCommand({
      FunctionName: 'site', Role: ROLE, Runtime: 'nodejs20.x', Handler: 'index.handler', Code: { ZipFile: ZIP },
    }));
    t.match(await client.send(new ListVersionsByFunctionCommand({ FunctionName: 'site' })),
      { Versions: { length: 1 } }, 'a function leaves no versions behind');
    t.match(await client.send(new ListAliasesCommand({ FunctionName: 'site' })), { Aliases: { length: 0 } });
  });
});

void t.test('aliases', async (t) => {
  void t.test('point at a version; every change gives a new revision, and a stale one is refused', async (t) => {
    const { client, live } = await withVersions(2);
    t.match(live, { AliasArn: `${ARN}:live`, Name: 'live', FunctionVersion: '1', Description: '' });
    t.equal(live.RoutingConfig, undefined);
    const moved = await client.send(new UpdateAliasCommand({
      FunctionName: 'site', Name: 'live', FunctionVersion: '2', RevisionId: live.RevisionId, Description: 'visitors',
    }));
    t.match(moved, { FunctionVersion: '2', Description: 'visitors' });
    t.not(moved.RevisionId, live.RevisionId);
    const stale = client.send(new UpdateAliasCommand({
      FunctionName: 'site', Name: 'live', FunctionVersion: '1', RevisionId: live.RevisionId,
    }));
    await t.rejects(stale, PreconditionFailedException);
    const error: unknown = await stale.catch((reason: unknown) => reason);
    t.match(error, { Type: 'User', $metadata: { httpStatusCode: 412, requestId: 'request-1' } });
    t.match(await client.send(new GetAliasCommand({ FunctionName: ARN, Name: 'live' })),
      { FunctionVersion: '2', Description: 'visitors', RevisionId: moved.RevisionId });
  });

  void t.test('keep their weights until an update clears them', async (t) => {
    const { client } = await withVersions(3);
    const update = (change: object) => (
      client.send(new UpdateAliasCommand({ FunctionName: 'site', Name: 'live', ...change })));
    const canary = { AdditionalVersionWeights: { 2: 0.25 } };
    t.match(await update({ RoutingConfig: canary }), { RoutingConfig: canary });
    t.match(await update({ FunctionVersion: '3' }), { FunctionVersion: '3', RoutingConfig: canary });
    t.match(await update({ RoutingConfig: {} }), { RoutingConfig: canary });
    t.equal((await update({ RoutingConfig: { AdditionalVersionWeights: {} } })).RoutingConfig, undefined);
  });

  void t.test('refuse targets that AWS refuses', async (t) => {
    const { client } = await withVersions(3);
    const update = (change: object) => (
      client.send(new UpdateAliasCommand({ FunctionName: 'site', Name: 'live', ...change })));
    const weights = (AdditionalVersionWeights: object, more = {}) => (
      update({ RoutingConfig: { AdditionalVersionWeights }, ...more }));
    await client.send(new UpdateFunctionConfigurationCommand({ FunctionName: 'site', Role: `${ROLE}-2` }));
    await client.send(new PublishVersionCommand({ FunctionName: 'site' }));
    await client.send(new UpdateFunctionConfigurationCommand({
      FunctionName: 'site', Role: ROLE, DeadLetterConfig: { TargetArn: QUEUE } }));
    await client.send(new PublishVersionCommand({ FunctionName: 'site' }));
    const create = (Name: string) => (
      client.send(new CreateAliasCommand({ FunctionName: 'site', Name, FunctionVersion: '1' })));
    await refuses(t, 404, 'ResourceNotFoundException', {
      'a missing version': update({ FunctionVersion: '9' }),
      'a missing additional version': weights({ 9: 0.1 }),
      'no such alias': client.send(new UpdateAliasCommand({ FunctionName: 'site', Name: 'gone' })),
      'no such function': client.send(new GetAliasCommand({ FunctionName: 'gone', Name: 'live' })),
    });
    await refuses(t, 400, 'ValidationException', {
      'an alias as version': update({ FunctionVersion: 'live' }),
      'a weight above one': weights({ 2: 1.1 }),
      'a weight below zero': weights({ 2: -0.1 }),
      '$LATEST as additional version': weights({ $LATEST: 0.1 }),
      'an alias that is a number': create('12'),
    });
    await refuses(t, 400, 'InvalidParameterValueException', {
      'two additional versions': weights({ 2: 0.1, 3: 0.1 }),
      'weights on $LATEST': weights({ 2: 0.1 }, { FunctionVersion: '$LATEST' }),
      'the same version twice': weights({ 1: 0.1 }),
      'another role': weights({ 4: 0.1 }),
      'another dead-letter queue': weights({ 5: 0.1 }),
    });
    await refuses(t, 409, 'ResourceConflictException', { 'an alias that exists': create('live') });
    t.match(await client.send(new GetAliasCommand({ FunctionName: 'site', Name: 'live' })), { FunctionVersion: '1' },
      'a refused update changes nothing');
  });

  void t.test('are listed, by version too, and deleted', async (t) => {
    const { client } = await withVersions(3);
    for (const Name of ['beta', 'zeta', 'alpha']) {
      await client.send(new CreateAliasCommand({
        FunctionName: 'site', Name, FunctionVersion: '2', RoutingConfig: { AdditionalVersionWeights: { 3: 0 } },
      }));
    }
    const list = async (more = {}) => client.send(new ListAliasesCommand({ FunctionName: 'site', ...more }));
    const first = await list({ MaxItems: 2 });
    t.strictSame(first.Aliases?.map(({ Name }) => Name), ['alpha', 'beta']);
    const rest = await list({ Marker: first.NextMarker });
    t.strictSame([rest.Aliases?.map(({ Name }) => Name), rest.NextMarker], [['live', 'zeta'], undefined]);
    t.match(await list({ FunctionVersion: '1' }), { Aliases: { length: 1 } });
    t.match(await list({ FunctionVersion: '3' }), { Aliases: { length: 3 } }, 'a weight counts as use');
    for (let times = 0; times < 2; times++) {
      await client.send(new DeleteAliasCommand({ FunctionName: 'site', Name: 'zeta' }));
    }
    await refuses(t, 404, 'ResourceNotFoundException', {
      'a deleted alias': client.send(new GetAliasCommand({ FunctionName: 'site', Name: 'zeta' })),
      'no such function': client.send(new DeleteAliasCommand({ FunctionName: 'gone', Name: 'live' })),
    });
  });
});

void t.test('provisioned concurrency', async (t) => {
  const { client, state } = await withVersions(2);
  const live = { FunctionName: 'site', Qualifier: 'live' };
  const put = (Qualifier: string, count: number) => client.send(new PutProvisionedConcurrencyConfigCommand({
    FunctionName: 'site', Qualifier, ProvisionedConcurrentExecutions: count,
  }));
  const get = () => client.send(new GetProvisionedConcurrencyConfigCommand(live));

  await t.rejects(get(), { name: 'ProvisionedConcurrencyConfigNotFoundException' });
  t.match(await put('live', 4), { RequestedProvisionedConcurrentExecutions: 4, Status: 'IN_PROGRESS' });
  t.match(await get(), {
    RequestedProvisionedConcurrentExecutions: 4, AllocatedProvisionedConcurrentExecutions: 4, Status: 'READY',
  });
  await put('2', 1);
  t.match(state.provisioned.get('site', '2'), { requested: 1 }, 'a version may have its own');
  await client.send(new DeleteProvisionedConcurrencyConfigCommand(live));
  await client.send(new DeleteProvisionedConcurrencyConfigCommand(live));
  await t.rejects(get(), { name: 'ProvisionedConcurrencyConfigNotFoundException' });

  await t.rejects(put('$LATEST', 1), { name: 'InvalidParameterValueException', message: /unpublished/ });
  await t.rejects(put('live', 0), { name: 'ValidationException' });
  await t.rejects(put('nobody', 1), ResourceNotFoundException);
  await t.rejects(put('9', 1), ResourceNotFoundException);
  t.throws(() => state.provisioned.get('site', undefined), { name: 'ValidationException' });

  await put('live', 2);
  await client.send(new DeleteAliasCommand({ FunctionName: 'site', Name: 'live' }));
  await client.send(new CreateAliasCommand({ FunctionName: 'site', Name: 'live', FunctionVersion: '1' }));
  await t.rejects(get(), { name: 'ProvisionedConcurrencyConfigNotFoundException' }, 'it went with the alias');
});

void t.test('invocations', async (t) => {
  void t.test('say which version ran, for which deployment and path', async (t) => {
    const { client } = await withVersions(2);
    t.match(await ran(client, 'live'), {
      version: '1', status: 200, statusCode: 200, headers: { 'content-type': 'application/json' },
      body: { functionName: 'site', executedVersion: '1', deploymentId: 'dep-1', path: '/shop' },
    });
    t.match(await ran(client, '2'), { version: '2', body: { deploymentId: 'dep-2' } });
    t.match(await ran(client), { version: '$LATEST' });
    await client.send(new UpdateFunctionConfigurationCommand({ FunctionName: 'site', Environment: { Variables: {} } }));
    const bare = await client.send(new InvokeCommand({ FunctionName: 'site' }));
    t.match(JSON.parse(Buffer.from(bare.Payload ?? []).toString()), {
      body: JSON.stringify({ functionName: 'site', executedVersion: '$LATEST', deploymentId: null, path: null }),
    }, 'an event is not needed');
  });

  void t.test('follow the weights of an alias', async (t) => {
    const { client, draw } = await withVersions(2);
    await client.send(new UpdateAliasCommand({
      FunctionName: 'site', Name: 'live', RoutingConfig: { AdditionalVersionWeights: { 2: 0.25 } },
    }));
    const versions: unknown[] = [];
    for (draw.next of [0, 0.24, 0.25, 0.99]) versions.push((await ran(client, 'live')).version);
    t.strictSame(versions, ['2', '2', '1', '1']);
  });

  void t.test('may be tried, or sent without waiting', async (t) => {
    const { client } = await withVersions(1);
    const send = (InvocationType: 'DryRun' | 'Event') => (
      client.send(new InvokeCommand({ FunctionName: 'site', InvocationType })));
    t.match(await send('DryRun'), { StatusCode: 204 });
    t.match(await send('Event'), { StatusCode: 202 });
    await t.rejects(send('Later' as 'Event'), { name: 'ValidationException' });
    await t.rejects(client.send(new InvokeCommand({ FunctionName: 'site', Payload: 'no json' })),
      { name: 'InvalidRequestContentException' });
    await t.rejects(client.send(new InvokeCommand({ FunctionName: 'site:gone' })), ResourceNotFoundException);
  });

  void t.test('of a failed version are refused, and an inactive one is woken by the first', async (t) => {
    const { client, raw } = await withVersions(1);
    const path = '/_local/lambda/functions/site/versions/1';
    t.match(await raw('PUT', path, { state: 'Failed', stateReason: 'The image was deleted' }), {
      status: 200, json: { State: 'Failed', StateReason: 'The image was deleted', FunctionArn: `${ARN}:1` },
    });
    t.match(await client.send(new GetFunctionConfigurationCommand({ FunctionName: 'site', Qualifier: '1' })),
      { State: 'Failed', StateReason: 'The image was deleted' });
    await t.rejects(ran(client, 'live'), ResourceConflictException);
    await raw('PUT', path, { state: 'Inactive' });
    await t.rejects(ran(client, 'live'), ResourceConflictException);
    t.match(await ran(client, 'live'), { version: '1' });
    await raw('PUT', path.replace('/1', '/$LATEST'), { state: 'Pending' });
    await t.rejects(ran(client), ResourceConflictException);
    t.match(await raw('PUT', path.replace('/1', '/9'), { state: 'Active' }), { status: 404 });
    t.match(await raw('PUT', path, {}), { status: 400, headers: { 'x-amzn-errortype': 'ValidationException' } });
  });
});

void t.test('a disk that takes no more is a fault of the cloud, and nothing has changed', async (t) => {
  const full = { ...memoryPersistence(), save: () => { throw new Error('disk full'); } };
  const { client, state } = setUp(full);
  const creation = client.send(new CreateFunctionCommand({
    FunctionName: 'site', Role: ROLE, Runtime: 'nodejs20.x', Handler: 'index.handler', Code: { ZipFile: ZIP },
  }));
  t.match(await creation.catch((error: unknown) => error), { name: 'InternalFailure', message: /disk full/ });
  t.equal(state.records.functions.get('site'), undefined);
});

void t.test('requests that are not well formed', async (t) => {
  const { raw } = await withVersions(1);
  const alias = '/2015-03-31/functions/site/aliases/live';
  const refused: [string, string, unknown, string][] = [
    ['PUT', alias, '{', 'SerializationException'],
    ['PUT', alias, '[]', 'SerializationException'],
    ['PUT', alias, { FunctionVersion: 1 }, 'SerializationException'],
    ['PUT', alias, { RoutingConfig: [] }, 'SerializationException'],
    ['PUT', alias, { RoutingConfig: { AdditionalVersionWeights: { 1: 'half' } } }, 'SerializationException'],
    ['PUT', '/2015-03-31/functions/site/code', { ZipFile: '', Publish: 'yes' }, 'SerializationException'],
    ['PUT', '/2015-03-31/functions/site/code', { ZipFile: '', Architectures: [1] }, 'SerializationException'],
    ['PUT', '/2015-03-31/functions/site/code', { ZipFile: '', ImageUri: 'x' }, 'InvalidParameterValueException'],
    ['GET', '/2015-03-31/functions/%E0%A4%A', '', 'InvalidParameterValueException'],
    ['GET', '/2015-03-31/functions/site%3Flive', '', 'ValidationException'],
  ];
  for (const [method, path, body, name] of refused) {
    const what = `${method} ${path} ${JSON.stringify(body)}`;
    t.match(await raw(method, path, body), { status: 400, headers: { 'x-amzn-errortype': name } }, what);
  }
  t.match(await raw('PUT', alias, { FunctionVersion: null, RoutingConfig: { AdditionalVersionWeights: { 1: null } } }),
    { status: 200 }, 'null counts as left out');
  t.match(await raw('POST', '/2015-03-31/functions/site/versions'), { status: 201, json: { Version: '1' } },
    'no body is an empty one');
  t.match(await raw('POST', '/2015-03-31/functions/', { FunctionName: 'x', Code: null, Role: ROLE }), { status: 400 });
});
