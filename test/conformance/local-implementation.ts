import { memoryPersistence } from '../../src/local-cloud/collection.ts';
import type { LocalCloud } from '../../src/local-cloud/local-cloud.ts';
import { createLocalCloud } from '../../src/local-cloud/local-cloud.ts';
import { sdkRequestHandler } from '../../src/local-cloud/sdk-handler.ts';
import { once, recordedClients } from './implementation.ts';
import type { Implementation } from './implementation.ts';

/** How far time goes between two looks; after `LOOKS` of them every change has come to its end. */
const STEP_MS = 1_000;
const LOOKS = 7;

/**
 * The local cloud in this process, whose time passes only when somebody waits, a new one after a rule that let
 * hours pass; for DynamoDB, which the local cloud is not, whatever listens at `dynamoEndpoint`.
 */
export function localImplementation(dynamoEndpoint: string): Implementation & { readonly destroy: () => void } {
  let now = Date.UTC(2026, 0, 1);
  let cloud: LocalCloud = newCloud();
  let shared = once();
  let isLate = false;
  const { clients, calls, ...rest } = recordedClients({
    endpoint: 'http://127.0.0.1', dynamoEndpoint,
    requestHandler: sdkRequestHandler({ handle: (request) => cloud.handle(request) }),
  });
  return {
    ...rest,
    get calls() { return calls(); },
    worldFor: (ruleName) => {
      if (isLate) [cloud, shared, isLate] = [newCloud(), once(), false];
      return {
        ...clients, id: ruleName, site: `${ruleName}.example.com`,
        publish: ({ name, type, value }) => { cloud.zone.set({ name, type, values: [value] }); },
        pass: (ms) => {
          now += ms;
          isLate = true;
        },
        until: async (holds) => {
          for (let look = 1; look < LOOKS; look++) {
            if (await holds()) return true;
            now += STEP_MS;
          }
          return holds();
        },
        role: async (name) => `arn:aws:iam::123456789012:role/${name}`,
        shared,
      };
    },
  };

  function newCloud(): LocalCloud {
    return createLocalCloud({ persistence: memoryPersistence(), now: () => now });
  }
}
