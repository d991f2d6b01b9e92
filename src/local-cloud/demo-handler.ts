import type { DemoCloud } from './demo-data.ts';
import type { WireHandler } from './wire.ts';

/** Where a server that uses a local cloud of another process finds out what the demo consists of. */
export const DEMO_PATH = '/_local/demo';

/** `GET /_local/demo`: 404 while there is no demo. */
export function demoHandler(demo: () => DemoCloud | undefined): WireHandler {
  return async ({ method, path }) => {
    if (method !== 'GET' || path !== DEMO_PATH) return undefined;
    const found = demo();
    return {
      status: found ? 200 : 404,
      headers: { 'content-type': 'application/json' },
      body: Buffer.from(JSON.stringify(found ?? { message: 'this local cloud has no demo data' })),
    };
  };
}
