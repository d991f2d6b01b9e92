import { CloudFrontClient, CreateDistributionCommand, GetDistributionConfigCommand,
  UpdateDistributionCommand } from '@aws-sdk/client-cloudfront';
import type { Distribution, DistributionConfig } from '@aws-sdk/client-cloudfront';
import { cloudFrontHandler } from '../../../src/local-cloud/cloudfront/cloudfront-protocol.ts';
import { CloudFrontState } from '../../../src/local-cloud/cloudfront/cloudfront-state.ts';
import { randomIds } from '../../../src/local-cloud/cloudfront/random-ids.ts';
import type { DnsRoute } from '../../../src/local-cloud/cloudfront/verify-dns.ts';
import type { Persistence } from '../../../src/local-cloud/collection.ts';
import { sdkRequestHandler } from '../../../src/local-cloud/sdk-handler.ts';
import { DEFAULT_LOCAL_CLOUD } from '../../../src/local-cloud/settings.ts';
import type { LocalCloudSettings } from '../../../src/local-cloud/settings.ts';
import type { WireRequest, WireResponse } from '../../../src/local-cloud/wire.ts';

export const ACCOUNT = '123456789012';
export const arnOf = (id: string, region = 'us-east-1'): string => `arn:aws:acm:${region}:${ACCOUNT}:certificate/${id}`;

/** CloudFront alone, with a clock, an ACM and a DNS that the test sets by hand. */
export function embeddedCloudFront(settings: Partial<LocalCloudSettings> = {}) {
  const clock = { ms: Date.UTC(2026, 0, 1) };
  const certificates = new Map<string, { status: string; names: readonly string[] }>();
  const txt = new Map<string, readonly string[]>();
  const routes = new Map<string, DnsRoute | undefined>();
  const persistence = mapPersistence();
  const start = () => new CloudFrontState({
    persistence, now: () => clock.ms, settings: { ...DEFAULT_LOCAL_CLOUD, deployTimeMs: 1_000, ...settings },
    ids: randomIds(Math.random),
    certificate: (arn) => certificates.get(arn), dnsTxt: (name) => txt.get(name) ?? [],
    dnsRoute: (name) => (routes.has(name) ? routes.get(name) : { cnames: [], hasAddress: false }),
  });
  const cloud = { clock, certificates, txt, routes, state: start(), restart: () => { cloud.state = start(); } };
  const handle = async (request: WireRequest): Promise<WireResponse> => {
    const answer = await cloudFrontHandler(cloud.state)(request);
    if (!answer) throw new Error(`not answered: ${request.method} ${request.path}`);
    return answer;
  };
  const client = new CloudFrontClient({
    region: 'us-east-1', credentials: { accessKeyId: 'x', secretAccessKey: 'x' }, maxAttempts: 1,
    requestHandler: sdkRequestHandler({ handle }),
  });
  return Object.assign(cloud, { handle, client, issue: (id: string, ...names: string[]) => {
    certificates.set(arnOf(id), { status: 'ISSUED', names });
    return arnOf(id);
  } });
}

export type EmbeddedCloudFront = ReturnType<typeof embeddedCloudFront>;

/** Survives a restart as text, like the real one. */
export function mapPersistence(): Persistence {
  const kept = new Map<string, Map<string, string>>();
  const of = (name: string): Map<string, string> => {
    const collection = kept.get(name) ?? new Map<string, string>();
    kept.set(name, collection);
    return collection;
  };
  return {
    load: (name) => [...of(name)].map(([key, text]) => [key, JSON.parse(text) as unknown] as const),
    save: (name, key, value) => { of(name).set(key, JSON.stringify(value)); },
    remove: (name, key) => { of(name).delete(key); },
  };
}

export const origin = { Id: 'site', DomainName: 'anchor-server.lambda.test', CustomOriginConfig: {
  HTTPPort: 80, HTTPSPort: 443, OriginProtocolPolicy: 'https-only' as const,
} };

export function minimalConfig(more: Partial<DistributionConfig> = {}): DistributionConfig {
  return {
    CallerReference: 'first', Comment: '', Enabled: true, Origins: { Quantity: 1, Items: [origin] },
    DefaultCacheBehavior: { TargetOriginId: 'site', ViewerProtocolPolicy: 'redirect-to-https' }, ...more,
  };
}

/** Aliases with the certificate that serves them. */
export function served(certificateArn: string, ...aliases: string[]): Partial<DistributionConfig> {
  return {
    Aliases: { Quantity: aliases.length, Items: aliases },
    ViewerCertificate: {
      ACMCertificateArn: certificateArn, SSLSupportMethod: 'sni-only', MinimumProtocolVersion: 'TLSv1.2_2021',
    },
  };
}

export const unserved: Partial<DistributionConfig> = {
  Aliases: { Quantity: 0 }, ViewerCertificate: { CloudFrontDefaultCertificate: true },
};

export async function create(
  { client }: EmbeddedCloudFront, more: Partial<DistributionConfig> = {},
): Promise<Distribution & { Id: string; ARN: string; DomainName: string }> {
  const command = new CreateDistributionCommand({ DistributionConfig: minimalConfig(more) });
  const { Distribution: made } = await client.send(command);
  if (!made?.Id || !made.ARN || !made.DomainName) throw new Error('no distribution was answered');
  return { ...made, Id: made.Id, ARN: made.ARN, DomainName: made.DomainName };
}

export async function read({ client }: EmbeddedCloudFront,
  id: string): Promise<{ config: DistributionConfig; etag: string }> {
  const { DistributionConfig: config, ETag: etag } = await client.send(new GetDistributionConfigCommand({ Id: id }));
  if (!config || !etag) throw new Error('no configuration was answered');
  return { config, etag };
}

/** Reads, changes and writes, as every careful client does. */
export async function update(cloud: EmbeddedCloudFront, id: string, more: Partial<DistributionConfig>) {
  const { config, etag } = await read(cloud, id);
  return cloud.client.send(new UpdateDistributionCommand({ Id: id, IfMatch: etag,
    DistributionConfig: { ...config, ...more } }));
}

export function wire(method: string, path: string, body = '', headers: Record<string, string> = {}): WireRequest {
  const [pathname = '', search = ''] = path.split('?');
  return { method, path: pathname, query: new URLSearchParams(search), headers, body: new TextEncoder().encode(body) };
}

export function textOf(response: WireResponse | undefined): string {
  return new TextDecoder().decode(response?.body);
}

/** What the SDK makes of an error answer. */
export function refusal(name: string, status: number): { name: string; $metadata: { httpStatusCode: number } } {
  return { name, $metadata: { httpStatusCode: status } };
}
