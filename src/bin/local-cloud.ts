import closeWithGrace from 'close-with-grace';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { systemIds } from '../adapters/system/ids.ts';
import { loadConfig } from '../config.ts';
import { startDemoCloud } from '../local-cloud/demo-cloud.ts';

/** `npm run local-cloud`: the embedded cloud alone, for several servers to share. */
const config = loadConfig(undefined, { CLOUD: 'local' });
const ids = systemIds();
mkdirSync(config.dataDir, { recursive: true });
const cloud = await startDemoCloud(
  { ...config.localCloud, dataFile: join(config.dataDir, 'local-cloud.sqlite') },
  { deploymentIds: [ids.next('dep'), ids.next('dep')], aliasName: config.switching.aliasName },
);
closeWithGrace({ delay: 5_000 }, () => cloud.close());
process.stdout.write(`
  The local cloud is ready: Lambda, ACM and CloudFront at ${cloud.cloudUrl}, DNS on port ${cloud.dnsPort}, edge ${cloud.edgeUrl}
  Start servers that use it with  AWS_ENDPOINT_URL=${cloud.cloudUrl} npm start
`);
