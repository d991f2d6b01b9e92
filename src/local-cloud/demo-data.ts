import { callerReferenceOf } from './cloudfront/distribution-config.ts';
import { currentConfig } from './cloudfront/revisions.ts';
import type { Distribution } from './cloudfront/distribution.ts';
import { element, withChild } from './cloudfront/xml.ts';
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
  /** Serves the same site, but through distribution tenants alone. */
  readonly tenantDistributionId: string;
  /** Of the connection group for those tenants. */
  readonly connectionGroupId: string;
  readonly routingEndpoint: string;
}

/** What data files of before there were tenants remember. */
type StandardDemoCloud = Omit<DemoCloud, 'tenantDistributionId' | 'connectionGroupId' | 'routingEndpoint'>;

const CALLER_REFERENCE = 'anchor-demo';
const TENANT_CALLER_REFERENCE = 'anchor-demo-tenants';
const CONNECTION_GROUP = 'anchor-demo';
/** Deployed at once: whoever pastes the first command does not wait. */
const AT_ONCE = { deployTimeMs: 0 };

/**
 * Puts the demo's two functions, its distributions and its connection group into the cloud, once in its
 * life: later calls answer what the first one made, with the first one's deployment ids, and bring back
 * nothing that was deleted since. A first call that was cut short is finished by the next.
 */
export function seedDemoCloud(cloud: LocalCloud, seed: DemoSeed): DemoCloud {
  const remembered = new Collection<DemoCloud | StandardDemoCloud | DemoSeed>(cloud.persistence, 'demo-data');
  const before = remembered.get('demo');
  if (before && 'connectionGroupId' in before) return before;
  // The ids first: versions published before a crash carry them already.
  if (!before) remembered.set('demo', seed);
  const standard = before && 'distributionId' in before ? before : standardDemo(cloud, before ?? seed);
  const demo = { ...standard, ...demoTenantEdge(cloud, standard.aliasName) };
  remembered.set('demo', demo);
  return demo;
}

function standardDemo(cloud: LocalCloud, { deploymentIds, aliasName }: DemoSeed): StandardDemoCloud {
  const distribution = demoDistribution(cloud, aliasName);
  return {
    deploymentIds,
    aliasName,
    serverVersionArns: demoFunction(cloud, DEMO_SERVER_FUNCTION, { deploymentIds, aliasName }),
    imageVersionArns: demoFunction(cloud, DEMO_IMAGE_FUNCTION, { deploymentIds, aliasName }),
    distributionId: distribution.id,
    distributionDomain: distribution.domainName,
  };
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

function demoDistribution(cloud: LocalCloud, aliasName: string): Distribution {
  const config = distributionConfig(cloud, CALLER_REFERENCE, aliasName);
  return findDistribution(cloud, CALLER_REFERENCE) ?? cloud.cloudFront.create(config, { Name: 'anchor-demo' }, AT_ONCE);
}

function demoTenantEdge(
  cloud: LocalCloud, aliasName: string,
): Pick<DemoCloud, 'tenantDistributionId' | 'connectionGroupId' | 'routingEndpoint'> {
  const { connectionGroups } = cloud.cloudFront;
  const config = distributionConfig(cloud, TENANT_CALLER_REFERENCE, aliasName);
  const distribution = findDistribution(cloud, TENANT_CALLER_REFERENCE) ?? cloud.cloudFront.create(
    withChild(config, element('ConnectionMode', 'tenant-only')), { Name: 'anchor-demo-tenants' }, AT_ONCE,
  );
  const group = connectionGroups.list().find(({ name }) => name === CONNECTION_GROUP) ?? connectionGroups.create(
    { name: CONNECTION_GROUP, config: { enabled: true, ipv6Enabled: true }, tags: {} }, AT_ONCE,
  );
  return { tenantDistributionId: distribution.id, connectionGroupId: group.id, routingEndpoint: group.routingEndpoint };
}

function findDistribution({ cloudFront }: LocalCloud, callerReference: string): Distribution | undefined {
  return cloudFront.list().find((it) => callerReferenceOf(currentConfig(it)) === callerReference);
}

/** No aliases, CloudFront's own certificate, nothing cached; the origin is the alias of the server function. */
function distributionConfig({ settings }: LocalCloud, callerReference: string, aliasName: string): XmlElement {
  const originDomain = `${DEMO_SERVER_FUNCTION}--${aliasName}.lambda-url.${settings.region}.on.aws`;
  return element('DistributionConfig', [
    element('CallerReference', callerReference),
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
