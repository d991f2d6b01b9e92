import {
  CreateDistributionCommand, GetDistributionCommand, UpdateDistributionCommand,
} from '@aws-sdk/client-cloudfront';
import type { DefaultCacheBehavior, DistributionConfig } from '@aws-sdk/client-cloudfront';
import { need } from './rule.ts';
import type { World } from './rule.ts';

export const BEHAVIOR: DefaultCacheBehavior = {
  TargetOriginId: 'server', ViewerProtocolPolicy: 'redirect-to-https',
  CachePolicyId: '4135ea2d-6df8-44a3-9df3-4b5a84be39ad',
};

/** A distribution in front of one origin. */
export async function distribution(world: World, more: Partial<DistributionConfig> = {}) {
  const command = new CreateDistributionCommand({ DistributionConfig: config(world, more) });
  const { Distribution: made, ETag } = await world.cloudFront.send(command);
  return {
    Id: need(made?.Id, 'Id'), ARN: need(made?.ARN, 'ARN'), DomainName: need(made?.DomainName, 'DomainName'),
    ETag: need(ETag, 'ETag'),
  };
}

export function config({ id }: World, more: Partial<DistributionConfig> = {}): DistributionConfig {
  return {
    CallerReference: id, Comment: 'conformance', Enabled: true,
    Origins: { Quantity: 1, Items: [{
      Id: 'server', DomainName: 'server.lambda-url.us-east-1.on.aws', CustomOriginConfig: {
        HTTPPort: 80, HTTPSPort: 443, OriginProtocolPolicy: 'https-only',
        OriginSslProtocols: { Quantity: 1, Items: ['TLSv1.2'] },
      },
    }] },
    DefaultCacheBehavior: BEHAVIOR,
    ...more,
  };
}

/** One that is reached through distribution tenants alone. */
export function tenantDistribution(world: World, more: Partial<DistributionConfig> = {}) {
  return distribution(world, { CallerReference: `${world.id}-tenants`, ConnectionMode: 'tenant-only', ...more });
}

/** Names with the certificate they are served under. */
export function aliased(certificateArn: string, ...names: readonly string[]): Partial<DistributionConfig> {
  return {
    Aliases: { Quantity: names.length, Items: [...names] },
    ViewerCertificate: {
      ACMCertificateArn: certificateArn, SSLSupportMethod: 'sni-only', MinimumProtocolVersion: 'TLSv1.2_2021',
    },
  };
}

export const unaliased: Partial<DistributionConfig> = {
  Aliases: { Quantity: 0 }, ViewerCertificate: { CloudFrontDefaultCertificate: true },
};

export async function current({ cloudFront }: World, Id: string) {
  const { Distribution: found, ETag } = await cloudFront.send(new GetDistributionCommand({ Id }));
  return {
    etag: need(ETag, 'ETag'), status: found?.Status, domainName: need(found?.DomainName, 'DomainName'),
    config: need(found?.DistributionConfig, 'DistributionConfig'),
    aliases: found?.DistributionConfig?.Aliases?.Items ?? [],
  };
}

/** Reads, changes and writes, as every careful client does. */
export async function updated(world: World, Id: string, change: Partial<DistributionConfig>) {
  const { etag, config: before } = await current(world, Id);
  return world.cloudFront.send(new UpdateDistributionCommand({
    Id, IfMatch: etag, DistributionConfig: { ...before, ...change },
  }));
}

/** Answers whether it ever is. */
export function deployed(world: World, Id: string): Promise<boolean> {
  return world.until(async () => (await current(world, Id)).status === 'Deployed');
}
