import type { Deployment } from '../domain/deployment.ts';
import { versionOf } from '../domain/version-arn.ts';
import type { Clock } from '../ports/clock.ts';
import type { Functions } from '../ports/functions.ts';
import type { VersionArns } from './check-version-arns.ts';
import { lookWithin } from './look-within.ts';

/** A registration waits no longer than this for hashes that it can do without. */
const BOUND_MS = 1_500;

export interface CodeHashDeps {
  readonly functions: Pick<Functions, 'describeVersion'>;
  readonly clock: Clock;
}

/** What code the versions of a build have now, as far as Lambda says so in time. */
export async function readCodeHashes(
  deps: CodeHashDeps, { lambdaServerVersionArn, lambdaImageVersionArn }: VersionArns,
): Promise<Pick<Deployment, 'serverCodeSha256' | 'imageCodeSha256'>> {
  const [server, image] = await Promise.all([
    hashOf(deps, lambdaServerVersionArn), hashOf(deps, lambdaImageVersionArn),
  ]);
  return {
    ...(server === undefined ? {} : { serverCodeSha256: server }),
    ...(image === undefined ? {} : { imageCodeSha256: image }),
  };
}

async function hashOf(
  { functions, clock }: CodeHashDeps, arn: VersionArns[keyof VersionArns],
): Promise<string | undefined> {
  if (arn === undefined) return undefined;
  const { functionName, version } = versionOf(arn);
  const look = await lookWithin(clock, () => functions.describeVersion(functionName, version), BOUND_MS);
  return look.kind === 'found' ? look.value.codeSha256 : undefined;
}
