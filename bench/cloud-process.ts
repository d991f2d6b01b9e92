import { createRequire } from 'node:module';
import type { RequestListener, Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { memoryPersistence } from '../src/local-cloud/collection.ts';
import { listen, wireListener } from '../src/local-cloud/http-listener.ts';
import { createLocalCloud } from '../src/local-cloud/local-cloud.ts';
import { answerParent } from './parent-channel.ts';
import type { BenchSites, ObservedCall } from './sites.ts';

/** It ships no types. */
const dynalite = createRequire(import.meta.url)('dynalite') as (options: { createTableMs: number }) => Server;

/** Milliseconds that every call waits before it is served; nothing else is slowed. */
let latencyMs = 0;
let calls: ObservedCall[] = [];
let running = 0;

const cloud = createLocalCloud({ persistence: memoryPersistence() });
const [dynamo] = dynalite({ createTableMs: 0 }).listeners('request') as [RequestListener];
const host = '127.0.0.1';
const aws = await listen(slowed(wireListener(cloud)), { host, port: 0 });
const dynamodb = await listen(slowed(dynamo), { host, port: 0 });

answerParent({
  ready: () => ({ aws: `http://${host}:${aws.port}`, dynamodb: `http://${host}:${dynamodb.port}` }),
  latency: (value) => { latencyMs = value as number; },
  sites: (value) => (value as BenchSites).functionNames.forEach(createFunction),
  /** What ended since the last time; `running` calls are still to come. */
  calls: () => {
    const ended = calls;
    calls = [];
    return { calls: ended, running };
  },
});

function slowed(serve: RequestListener): RequestListener {
  return (request, response) => {
    const startedAt = now();
    const name = nameOf(request);
    running += 1;
    response.on('close', () => {
      running -= 1;
      calls.push({ name, startedAt, endedAt: now() });
    });
    void sleep(latencyMs).then(() => { serve(request, response); });
  };
}

/** Comparable between the processes of one machine, in milliseconds. */
function now(): number {
  return performance.timeOrigin + performance.now();
}

function nameOf({ method = '', url = '', headers }: Parameters<RequestListener>[0]): string {
  const target = headers['x-amz-target'];
  return typeof target === 'string' ? target.replace(/^.*\./, '') : `${method} ${url.replace(/\?.*$/, '')}`;
}

function createFunction(name: string): void {
  const { functions, aliases } = cloud.lambda;
  functions.create({
    name, role: 'arn:aws:iam::123456789012:role/bench', runtime: 'nodejs22.x', handler: 'index.handler',
    code: { zip: new Uint8Array([0]) },
  });
  for (const build of ['1', '2']) {
    functions.updateConfiguration(name, { environment: { BUILD: build } });
    functions.publish(name);
  }
  aliases.create(name, 'live', { version: '2' });
}
