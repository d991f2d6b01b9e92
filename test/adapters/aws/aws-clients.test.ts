import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ListCertificatesCommand } from '@aws-sdk/client-acm';
import { GetDistributionCommand } from '@aws-sdk/client-cloudfront';
import { GetAliasCommand, UpdateAliasCommand } from '@aws-sdk/client-lambda';
import t from 'tap';
import type { Test } from 'tap';
import { createAwsClients } from '../../../src/adapters/aws/aws-clients.ts';
import { toCloudError } from '../../../src/adapters/aws/aws-error.ts';
import type { ObservedCall } from '../../../src/adapters/aws/call-middleware.ts';
import type { Script } from './recording-handler.ts';
import { json, jsonError, recordingHandler, testSettings } from './recording-handler.ts';

const GET_ALIAS = new GetAliasCommand({ FunctionName: 'f', Name: 'live' });
const OF_MINE = { accessKeyId: 'mine', secretAccessKey: 'mine' };

/** Answers the error that a call rejected with, as the adapters see it. */
async function failureOf(call: Promise<unknown>) {
  const answered = () => { throw new Error('the call was expected to fail'); };
  const error: unknown = await call.then(answered, (thrown: unknown) => thrown);
  return toCloudError(error, 's', 'o');
}

/** Clients over a real HTTP server on this machine. */
async function withServer(t: Test, listener: RequestListener, change: Parameters<typeof testSettings>[0] = {}) {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const clients = createAwsClients(testSettings({ endpoint, ...change }));
  t.teardown(() => {
    clients.destroy();
    server.closeAllConnections();
    server.close();
  });
  return { clients, server };
}

void t.test('on AWS each client speaks to its own service, ACM always in us-east-1', async (t) => {
  const handler = recordingHandler(() => jsonError('AccessDeniedException', 403));
  const clients = createAwsClients(testSettings({ endpoint: undefined }), {
    requestHandler: handler, credentials: OF_MINE,
  });
  await failureOf(clients.lambda.send(GET_ALIAS));
  await failureOf(clients.acm.send(new ListCertificatesCommand({})));
  await failureOf(clients.cloudFront.send(new GetDistributionCommand({ Id: 'E1' })));
  t.same(handler.sent.map((request) => request.hostname), [
    'lambda.eu-west-1.amazonaws.com', 'acm.us-east-1.amazonaws.com', 'cloudfront.amazonaws.com',
  ]);
  for (const request of handler.sent) t.match(request.headers['authorization'], 'Credential=mine/');
  clients.destroy();
});

void t.test('on AWS the SDK looks for credentials by itself', async (t) => {
  const saved = { id: process.env['AWS_ACCESS_KEY_ID'], secret: process.env['AWS_SECRET_ACCESS_KEY'] };
  t.teardown(() => {
    if (saved.id === undefined) delete process.env['AWS_ACCESS_KEY_ID'];
    else process.env['AWS_ACCESS_KEY_ID'] = saved.id;
    if (saved.secret === undefined) delete process.env['AWS_SECRET_ACCESS_KEY'];
    else process.env['AWS_SECRET_ACCESS_KEY'] = saved.secret;
  });
  process.env['AWS_ACCESS_KEY_ID'] = 'fromenvironment';
  process.env['AWS_SECRET_ACCESS_KEY'] = 'secret';
  const handler = recordingHandler(() => json({ FunctionVersion: '1', RevisionId: 'r' }));
  const clients = createAwsClients(testSettings({ endpoint: undefined }), { requestHandler: handler });
  await clients.lambda.send(GET_ALIAS);
  t.match(handler.sent[0]?.headers['authorization'], 'Credential=fromenvironment/');
});

void t.test('a custom endpoint gets every call, signed with keys that mean nothing', async (t) => {
  const handler = recordingHandler(() => jsonError('AccessDeniedException', 403));
  const clients = createAwsClients(testSettings(), { requestHandler: handler });
  await failureOf(clients.lambda.send(GET_ALIAS));
  await failureOf(clients.acm.send(new ListCertificatesCommand({})));
  await failureOf(clients.cloudFront.send(new GetDistributionCommand({ Id: 'E1' })));
  t.same(handler.sent.map((request) => request.hostname), ['127.0.0.1', '127.0.0.1', '127.0.0.1']);
  for (const request of handler.sent) t.match(request.headers['authorization'], 'Credential=local/');
});

void t.test('any request handler is held to the time of an attempt, and the call is tried again', async (t) => {
  const answers: Script[] = [() => new Promise(() => undefined), () => json({ FunctionVersion: '1', RevisionId: 'r' })];
  const handler = recordingHandler((request) => (answers.shift() ?? (() => new Error('one call too many')))(request));
  const settings = testSettings({ requestTimeoutMs: 50, maxAttempts: 2 });
  const clients = createAwsClients(settings, { requestHandler: handler });
  t.match(await clients.lambda.send(GET_ALIAS), { FunctionVersion: '1' });
  t.equal(handler.sent.length, 2);
});

void t.test('over real sockets', async (t) => {
  await t.test('the connection is kept and used again', async (t) => {
    const { clients, server } = await withServer(t, (_request, response) => {
      response.setHeader('content-type', 'application/json').end('{"FunctionVersion":"1","RevisionId":"r"}');
    });
    let connections = 0;
    server.on('connection', () => { connections += 1; });
    await clients.lambda.send(GET_ALIAS);
    await clients.lambda.send(GET_ALIAS);
    t.equal(connections, 1);
  });

  await t.test('an answer that never begins is an unknown outcome', async (t) => {
    const { clients } = await withServer(t, () => undefined, { requestTimeoutMs: 50 });
    t.match(await failureOf(clients.lambda.send(GET_ALIAS)), { kind: 'unknown_outcome', awsName: 'TimeoutError' });
  });

  await t.test('an answer that begins and never ends is an unknown outcome', async (t) => {
    const { clients } = await withServer(t, (_request, response) => {
      response.setHeader('content-type', 'application/json').write('{"FunctionVersion":');
    }, { requestTimeoutMs: 50 });
    t.match(await failureOf(clients.lambda.send(GET_ALIAS)), { kind: 'unknown_outcome', awsName: 'TimeoutError' });
  });

  await t.test('a connection cut after the request is an unknown outcome', async (t) => {
    const { clients } = await withServer(t, (request) => request.socket.destroy());
    t.equal((await failureOf(clients.lambda.send(GET_ALIAS))).kind, 'unknown_outcome');
  });

  await t.test('nobody listening is unavailable', async (t) => {
    const { clients, server } = await withServer(t, () => undefined);
    await new Promise((resolve) => server.close(resolve));
    t.equal((await failureOf(clients.lambda.send(GET_ALIAS))).kind, 'unavailable');
  });

  await t.test('a name that does not resolve is unavailable', async (t) => {
    const clients = createAwsClients(testSettings({ endpoint: 'http://nowhere.invalid:80' }));
    t.teardown(() => clients.destroy());
    t.equal((await failureOf(clients.lambda.send(GET_ALIAS))).kind, 'unavailable');
  });
});

void t.test('retries', async (t) => {
  const update = new UpdateAliasCommand({ FunctionName: 'f', Name: 'live', FunctionVersion: '1' });
  const afterAttempts = async (...scripts: Script[]) => {
    const left = [...scripts];
    const handler = recordingHandler((request) => (left.shift() ?? (() => new Error('one call too many')))(request));
    const clients = createAwsClients(testSettings({ maxAttempts: scripts.length }), { requestHandler: handler });
    const kindOf = (error: unknown) => toCloudError(error, 's', 'o').kind;
    const outcome = await clients.lambda.send(update).then(() => 'ok', kindOf);
    t.equal(handler.sent.length, scripts.length, 'made every attempt and no more');
    return outcome;
  };
  const throttled: Script = () => jsonError('TooManyRequestsException', 429, { retryAfterSeconds: '1' });
  const reset: Script = () => Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
  const ok: Script = () => json({ FunctionVersion: '1', RevisionId: 'r' });

  t.equal(await afterAttempts(throttled, ok), 'ok', 'a throttled call is made again');
  t.equal(await afterAttempts(throttled, throttled), 'throttled', 'until its attempts are used up');
  t.equal(await afterAttempts(reset, throttled), 'unknown_outcome', 'an unanswered attempt is not forgotten');
  t.equal(await afterAttempts(throttled, reset), 'unknown_outcome');
  t.equal(await afterAttempts(reset, ok), 'ok');
});

void t.test('the observer is told of each call once, with its outcome', async (t) => {
  const calls: ObservedCall[] = [];
  const answers = [json({ FunctionVersion: '1', RevisionId: 'r' }), jsonError('ResourceNotFoundException', 404)];
  const clients = createAwsClients(testSettings(), {
    requestHandler: recordingHandler(() => answers.shift() ?? new Error('one call too many')),
    onCall: (call) => calls.push(call),
  });
  await clients.lambda.send(GET_ALIAS);
  await failureOf(clients.acm.send(new ListCertificatesCommand({})));
  t.match(calls, [
    { service: 'lambda', operation: 'GetAlias', outcome: 'ok', durationMs: Number },
    { service: 'acm', operation: 'ListCertificates', outcome: 'not_found', durationMs: Number },
  ]);
  t.equal(calls.length, 2);
});
