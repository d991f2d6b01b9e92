import t from 'tap';
import type { Test } from 'tap';
import { createAwsClients } from '../../../src/adapters/aws/aws-clients.ts';
import { lambdaFunctions } from '../../../src/adapters/aws/lambda-functions.ts';
import type { FunctionsWorld } from '../../ports/functions-contract.ts';
import { functionsContract } from '../../ports/functions-contract.ts';
import { rejectsAs } from '../../ports/rejects-as.ts';
import { localWorld } from './local-world.ts';
import type { Script } from './recording-handler.ts';
import { json, jsonError, recordingHandler, testSettings } from './recording-handler.ts';

function overScript(script: Script) {
  const handler = recordingHandler(script);
  const { lambda } = createAwsClients(testSettings(), { requestHandler: handler });
  return { functions: lambdaFunctions(lambda, { aliasName: 'live' }), sent: handler.sent };
}

async function embeddedLambda(t: Test): Promise<FunctionsWorld> {
  const { cloud: { lambda }, clients } = localWorld(t);
  const functionName = 'site-server';
  lambda.functions.create({
    name: functionName, role: 'arn:aws:iam::123456789012:role/site', runtime: 'nodejs20.x', handler: 'index.handler',
    code: { zip: Buffer.from('one') },
  });
  lambda.functions.publish(functionName);
  lambda.functions.updateCode(functionName, { zip: Buffer.from('two') }, {});
  lambda.functions.publish(functionName);
  lambda.aliases.create(functionName, 'live', { version: '2' });
  return {
    functions: lambdaFunctions(clients.lambda, { aliasName: 'live' }), functionName,
    putVersionInto: async (version, state, reason) => {
      lambda.functions.setState(functionName, version, state, reason);
    },
    provision: async (requested) => {
      lambda.provisioned.put(functionName, 'live', requested);
    },
  };
}

void t.test('Functions on the embedded Lambda', async (t) => functionsContract(t, embeddedLambda));

void t.test('a full switch clears the weights in so many words', async (t) => {
  const { functions, sent } = overScript(() => json({ FunctionVersion: '7', RevisionId: 'r-2' }));
  const alias = await functions.moveAlias('site-server', { version: '7', weights: {}, revisionId: 'r-1' });
  t.same(alias, { version: '7', weights: {}, revisionId: 'r-2' });
  t.match(sent, [{ method: 'PUT', path: '/2015-03-31/functions/site-server/aliases/live' }]);
  t.same(JSON.parse(sent[0]?.body ?? ''), {
    FunctionVersion: '7', RoutingConfig: { AdditionalVersionWeights: {} }, RevisionId: 'r-1',
  });
});

void t.test('weights are sent as they are given, and no revision when none is given', async (t) => {
  const { functions, sent } = overScript(() => json({
    FunctionVersion: '7', RevisionId: 'r-2', RoutingConfig: { AdditionalVersionWeights: { 8: 0.1 } },
  }));
  t.same((await functions.moveAlias('f', { version: '7', weights: { 8: 0.1 } })).weights, { 8: 0.1 });
  t.same(JSON.parse(sent[0]?.body ?? ''), {
    FunctionVersion: '7', RoutingConfig: { AdditionalVersionWeights: { 8: 0.1 } },
  });
});

void t.test('a version is asked for by number', async (t) => {
  const { functions, sent } = overScript(() => json({ Version: '7', State: 'Inactive', StateReason: 'asleep' }));
  t.same(await functions.describeVersion('f', '7'), {
    version: '7', state: 'Inactive', stateReason: 'asleep', codeSha256: undefined, role: undefined, architectures: [],
  });
  t.match(sent, [{ method: 'GET', path: '/2015-03-31/functions/f/configuration', query: { Qualifier: '7' } }]);
});

void t.test('instances kept warm are asked for by alias, and counted as on their way when Lambda does not say', async (t) => {
  const { functions, sent } = overScript(() => json({ RequestedProvisionedConcurrentExecutions: 3 }));
  t.same(await functions.provisionedConcurrency('f'), { requested: 3, status: 'IN_PROGRESS' });
  t.match(sent, [{
    method: 'GET', path: '/2019-09-30/functions/f/provisioned-concurrency', query: { Qualifier: 'live' },
  }]);
});

void t.test('a version of a function from before there were states counts as active', async (t) => {
  const { functions } = overScript(() => json({}));
  t.match(await functions.describeVersion('f', '7'), { version: '7', state: 'Active' });
});

void t.test('errors keep their kind, and a denied look at a version is not its absence', async (t) => {
  const throttled = overScript(() => jsonError('TooManyRequestsException', 429, { retryAfterSeconds: '2' })).functions;
  const slowDown = { service: 'lambda', retryAfterSeconds: 2 };
  await rejectsAs(t, throttled.readAlias('f'), 'throttled', { ...slowDown, operation: 'GetAlias' });
  const move = throttled.moveAlias('f', { version: '1', weights: {} });
  await rejectsAs(t, move, 'throttled', { operation: 'UpdateAlias' });
  await rejectsAs(t, throttled.describeVersion('f', '1'), 'throttled', { operation: 'GetFunctionConfiguration' });
  const denied = overScript(() => jsonError('AccessDeniedException', 403)).functions;
  await rejectsAs(t, denied.describeVersion('f', '1'), 'denied');
});

void t.test('an alias without a version or revision is not believed', async (t) => {
  for (const answer of [{ RevisionId: 'r' }, { FunctionVersion: '1' }]) {
    const { functions } = overScript(() => json(answer));
    await rejectsAs(t, functions.readAlias('f'), 'unknown_outcome', { awsName: 'IncompleteAnswer' });
  }
});
