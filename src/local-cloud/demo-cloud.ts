import { seedDemoCloud, type DemoCloud, type DemoSeed } from './demo-data.ts';
import { demoHandler } from './demo-handler.ts';
import { startLocalCloud, type LocalCloudServerOptions, type RunningLocalCloud } from './local-cloud-server.ts';

/** Starts the embedded cloud with the demo's functions and distribution in it. */
export async function startDemoCloud(
  options: LocalCloudServerOptions, seed: DemoSeed,
): Promise<RunningLocalCloud & { readonly demo: DemoCloud }> {
  const seeded: { demo?: DemoCloud } = {};
  const running = await startLocalCloud({ ...options, handlers: [demoHandler(() => seeded.demo)] });
  const demo = seedDemoCloud(running.cloud, seed);
  seeded.demo = demo;
  return { ...running, demo };
}
