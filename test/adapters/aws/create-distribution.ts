import type { CloudFrontClient, DistributionConfig } from '@aws-sdk/client-cloudfront';
import { CreateDistributionCommand } from '@aws-sdk/client-cloudfront';

/** A distribution with settings of every kind, none of which is the default. Answers its id. */
export async function createDistribution(
  client: CloudFrontClient, callerReference: string, change: Partial<DistributionConfig> = {},
): Promise<string> {
  const command = new CreateDistributionCommand({ DistributionConfig: { ...richConfig(callerReference), ...change } });
  const { Distribution } = await client.send(command);
  if (Distribution?.Id === undefined) throw new Error('CloudFront answered no id');
  return Distribution.Id;
}

/** A distribution that serves through tenants only. Answers its id. */
export async function createTenantDistribution(client: CloudFrontClient): Promise<string> {
  const { PriceClass: _price, IsIPV6Enabled: _ipv6, ...config } = richConfig('tenants');
  const command = new CreateDistributionCommand({ DistributionConfig: { ...config, ConnectionMode: 'tenant-only' } });
  const { Distribution } = await client.send(command);
  if (Distribution?.Id === undefined) throw new Error('CloudFront answered no id');
  return Distribution.Id;
}

function richConfig(callerReference: string): DistributionConfig {
  return {
    CallerReference: callerReference,
    Comment: 'the shop <&> its images',
    Enabled: true,
    DefaultRootObject: 'index.html',
    PriceClass: 'PriceClass_100',
    HttpVersion: 'http2and3',
    IsIPV6Enabled: true,
    WebACLId: 'arn:aws:wafv2:us-east-1:123456789012:global/webacl/shop/1',
    Origins: { Quantity: 2, Items: [
      {
        Id: 'server', DomainName: 'abc.lambda-url.eu-west-1.on.aws', OriginPath: '/site',
        CustomHeaders: { Quantity: 1, Items: [{ HeaderName: 'x-origin-secret', HeaderValue: 's3cret' }] },
        ConnectionAttempts: 2, ConnectionTimeout: 5, OriginShield: { Enabled: true, OriginShieldRegion: 'eu-west-1' },
        CustomOriginConfig: {
          HTTPPort: 80, HTTPSPort: 443, OriginProtocolPolicy: 'https-only', OriginReadTimeout: 45,
          OriginKeepaliveTimeout: 7,
          OriginSslProtocols: { Quantity: 1, Items: ['TLSv1.2'] },
        },
      },
      {
        Id: 'assets', DomainName: 'assets.s3.eu-west-1.amazonaws.com', OriginAccessControlId: 'E1OAC',
        S3OriginConfig: { OriginAccessIdentity: '' },
      },
    ] },
    DefaultCacheBehavior: {
      TargetOriginId: 'server', ViewerProtocolPolicy: 'redirect-to-https', Compress: true,
      CachePolicyId: '4135ea2d-6df8-44a3-9df3-4b5a84be39ad',
      OriginRequestPolicyId: 'b689b0a8-53d0-40ab-baf2-68738e2966ac',
      AllowedMethods: {
        Quantity: 7, Items: ['GET', 'HEAD', 'OPTIONS', 'PUT', 'POST', 'PATCH', 'DELETE'],
        CachedMethods: { Quantity: 2, Items: ['GET', 'HEAD'] },
      },
      FunctionAssociations: { Quantity: 1, Items: [
        { EventType: 'viewer-request', FunctionARN: 'arn:aws:cloudfront::123456789012:function/host-header' },
      ] },
    },
    CacheBehaviors: { Quantity: 1, Items: [{
      PathPattern: '_next/static/*', TargetOriginId: 'assets', ViewerProtocolPolicy: 'https-only', Compress: true,
      CachePolicyId: '658327ea-f89d-4fab-a63d-7e88639e58f6',
    }] },
    CustomErrorResponses: { Quantity: 1, Items: [
      { ErrorCode: 404, ResponsePagePath: '/404.html', ResponseCode: '404', ErrorCachingMinTTL: 10 },
    ] },
    Logging: { Enabled: true, IncludeCookies: true, Bucket: 'logs.s3.amazonaws.com', Prefix: 'shop/' },
    Restrictions: { GeoRestriction: { RestrictionType: 'blacklist', Quantity: 1, Items: ['AQ'] } },
  };
}
