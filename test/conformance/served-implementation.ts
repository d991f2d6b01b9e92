import { setTimeout as sleep } from 'node:timers/promises';
import { once, recordedClients } from './implementation.ts';
import type { Implementation } from './implementation.ts';

const LOOK_EVERY_MS = 100;
const LOOK_FOR_MS = 4_000;

/** Another implementation of AWS, at an endpoint, with nothing in it. It looks at no DNS, and its time is ours. */
export function servedImplementation(endpoint: string): Implementation & { readonly destroy: () => void } {
  const { clients, calls, ...rest } = recordedClients({ endpoint });
  const shared = once();
  return {
    ...rest,
    get calls() { return calls(); },
    worldFor: (ruleName) => ({
      ...clients, id: ruleName, site: `${ruleName}.example.com`, shared,
      publish: () => undefined,
      pass: undefined,
      until: async (holds) => {
        const end = Date.now() + LOOK_FOR_MS;
        while (Date.now() < end) {
          if (await holds()) return true;
          await sleep(LOOK_EVERY_MS);
        }
        return holds();
      },
      role: (name) => shared(`role ${name}`, () => createRole(endpoint, name)),
    }),
  };
}

/** IAM is none of the services that the server uses, so this is said without its SDK. Answers the ARN. */
async function createRole(endpoint: string, name: string): Promise<string> {
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: {
      authorization: 'AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/iam/aws4_request, '
        + 'SignedHeaders=host, Signature=x',
    },
    body: new URLSearchParams({
      Action: 'CreateRole', Version: '2010-05-08', RoleName: name,
      AssumeRolePolicyDocument: '{"Version":"2012-10-17","Statement":[]}',
    }),
  });
  const [, arn] = /<Arn>(.*)<\/Arn>/.exec(await response.text()) ?? [];
  if (arn === undefined) throw new Error(`no role ${name} was made: ${response.status}`);
  return arn;
}
