import { callerReferenceOf } from './cloudfront/distribution-config.ts';
import { currentConfig } from './cloudfront/distribution.ts';
import type { Distribution } from './cloudfront/distribution.ts';
import { element } from './cloudfront/xml.ts';
import type { XmlElement } from './cloudfront/xml.ts';
import { Collection } from './collection.ts';
import type { LambdaState } from './lambda/lambda-state.ts';
import type { LocalCloud } from './local-cloud.ts';

export const DEMO_SERVER_FUNCTION = 'anchor-server';
export const DEMO_IMAGE_FUNCTION = 'anchor-image';

export interface DemoSeed {
  /** What versions 1 and 2 say in their environment variable `DEPLOYMENT_ID`. */
  readonly deploymentIds: readonly [string, string];
  /** Points at version 2. */
  readonly aliasName: string;
}

export interface DemoCloud extends DemoSeed {
  /** Of versions 1 and 2. */
  readonly serverVersionArns: readonly [string, string];
  readonly imageVersionArns: readonly [string, string];
  readonly distributionId: string;
  readonly distributionDomain: string;
}

const CALLER_REFERENCE = 'anchor-demo';

/**
 * Puts the demo's two functions and its distribution into the cloud, once in its life: later calls
 * answer what the first one made, with the first one's deployment ids, and bring back nothing that
 * was deleted since. A first call that was cut short is finished by the next.
 */
export function seedDemoCloud(cloud: LocalCloud, seed: DemoSeed): DemoCloud {
  const remembered = new Collection<DemoCloud | DemoSeed>(cloud.persistence, 'demo-data');
  const before = remembered.get('demo');
  if (before && 'distributionId' in before) return before;
  // The ids first: versions published before a crash carry them already.
  if (!before) remembered.set('demo', seed);
  const { deploymentIds, aliasName } = before ?? seed;
  const distribution = demoDistribution(cloud, aliasName);
  const demo: DemoCloud = {
    deploymentIds,
    aliasName,
    serverVersionArns: demoFunction(cloud, DEMO_SERVER_FUNCTION, { deploymentIds, aliasName }),
    imageVersionArns: demoFunction(cloud, DEMO_IMAGE_FUNCTION, { deploymentIds, aliasName }),
    distributionId: distribution.id,
    distributionDomain: distribution.domainName,
  };
  remembered.set('demo', demo);
  return demo;
}

function demoFunction(cloud: LocalCloud, name: string, { deploymentIds, aliasName }: DemoSeed): [string, string] {
  const { functions, aliases, records } = cloud.lambda;
  if (!records.functions.get(name)) {
    functions.create({
      name, role: `arn:aws:iam::${cloud.settings.accountId}:role/anchor-demo`, runtime: 'nodejs20.x',
      handler: 'index.handler', code: { zip: Buffer.from(`demo code of ${name}`) }, description: 'Demo site',
    });
  }
  const [first, second] = deploymentIds;
  const arns: [string, string] = [demoVersion(cloud.lambda, name, first), demoVersion(cloud.lambda, name, second)];
  if (!records.findAlias(name, aliasName)) aliases.create(name, aliasName, { version: '2' });
  return arns;
}

function demoVersion({ functions, records }: LambdaState, name: string, deploymentId: string): string {
  const [latest, ...published] = records.versionsOf(name);
  const known = published.find(({ content }) => content.environment['DEPLOYMENT_ID'] === deploymentId);
  if (known) return functions.arnOf(known, known.version);
  if (latest?.content.environment['DEPLOYMENT_ID'] !== deploymentId) {
    functions.updateConfiguration(name, { environment: { DEPLOYMENT_ID: deploymentId } });
  }
  const version = functions.publish(name);
  return functions.arnOf(version, version.version);
}

function demoDistribution({ cloudFront, settings }: LocalCloud, aliasName: string): Distribution {
  const known = cloudFront.list().find((it) => callerReferenceOf(currentConfig(it)) === CALLER_REFERENCE);
  if (known) return known;
  const origin = `${DEMO_SERVER_FUNCTION}--${aliasName}.lambda-url.${settings.region}.on.aws`;
  // Deployed at once: whoever pastes the first command does not wait.
  return cloudFront.create(distributionConfig(origin), { Name: 'anchor-demo' }, { deployTimeMs: 0 });
}

/** No aliases, CloudFront's own certificate, nothing cached. */
function distributionConfig(originDomain: string): XmlElement {
  return element('DistributionConfig', [
    element('CallerReference', CALLER_REFERENCE),
    element('Comment', 'Demo site'),
    element('Enabled', true),
    element('Origins', [element('Quantity', 1), element('Items', [originOf(originDomain)])]),
    element('DefaultCacheBehavior', [
      element('TargetOriginId', 'server'),
      element('ViewerProtocolPolicy', 'redirect-to-https'),
      // AWS's managed policy CachingDisabled.
      element('CachePolicyId', '4135ea2d-6df8-44a3-9df3-4b5a84be39ad'),
    ]),
  ]);
}

function originOf(originDomain: string): XmlElement {
  return element('Origin', [
    element('Id', 'server'),
    element('DomainName', originDomain),
    element('CustomOriginConfig', [
      element('HTTPPort', 80),
      element('HTTPSPort', 443),
      element('OriginProtocolPolicy', 'https-only'),
      element('OriginSslProtocols', [
        element('Quantity', 1), element('Items', [element('SslProtocol', 'TLSv1.2')]),
      ]),
    ]),
  ]);
}
