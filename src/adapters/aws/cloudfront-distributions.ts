import { CreateInvalidationCommand, GetDistributionCommand, UpdateDistributionCommand } from '@aws-sdk/client-cloudfront';
import type {
  Aliases, CloudFrontClient, Distribution, DistributionConfig, MinimumProtocolVersion,
  ViewerCertificate as CloudFrontCertificate,
} from '@aws-sdk/client-cloudfront';
import type { DistributionChange, DistributionState, ViewerCertificate } from '../../domain/distribution.ts';
import { isCloudError } from '../../ports/cloud-error.ts';
import type { Distributions } from '../../ports/distributions.ts';
import { answered, calling } from './aws-error.ts';
import { listConflicts, moveName } from './cloudfront-name-moves.ts';

/** Protocol policies that are current; a distribution on one of them keeps it, any older one is raised to the first. */
const CURRENT_PROTOCOLS = ['TLSv1.2_2021', 'TLSv1.2_2025', 'TLSv1.3_2025'] as const satisfies MinimumProtocolVersion[];

/**
 * The `Distributions` port on CloudFront standard distributions.
 *
 * `UpdateDistribution` replaces the whole configuration, so `change` sends back every field that was
 * read and replaces `Aliases` and `ViewerCertificate` alone. The limit of that promise: the SDK reads
 * only the XML elements its model knows, so a setting that CloudFront has gained since the SDK was
 * released is neither read nor sent back. Keep the SDK current where new CloudFront features are used.
 */
export function cloudFrontDistributions(client: CloudFrontClient): Distributions {
  return {
    async read(distributionId) {
      const command = new GetDistributionCommand({ Id: distributionId });
      try {
        const answer = await calling('cloudfront', 'GetDistribution', client.send(command));
        return distributionState('GetDistribution', distributionId, answer);
      } catch (error) {
        if (isCloudError(error, 'not_found')) return undefined;
        throw error;
      }
    },
    async change(state, change) {
      const command = new UpdateDistributionCommand({
        Id: state.distributionId,
        IfMatch: state.etag,
        DistributionConfig: changedConfig(state.config as DistributionConfig, change),
      });
      const answer = await calling('cloudfront', 'UpdateDistribution', client.send(command));
      return distributionState('UpdateDistribution', state.distributionId, answer);
    },
    conflicts: (distributionId, name) => listConflicts(client, distributionId, name),
    move: (state, name) => moveName(client, state, name),
    async invalidate(distributionId, { paths, callerReference }) {
      const command = new CreateInvalidationCommand({
        DistributionId: distributionId,
        InvalidationBatch: { CallerReference: callerReference, Paths: { Quantity: paths.length, Items: [...paths] } },
      });
      const { Invalidation: invalidation } = await calling('cloudfront', 'CreateInvalidation', client.send(command));
      return answered(invalidation?.Id, 'cloudfront', 'CreateInvalidation', 'Invalidation.Id');
    },
  };
}

function changedConfig(read: DistributionConfig, change: DistributionChange): DistributionConfig {
  return {
    ...read,
    Aliases: aliasList(change.aliases),
    ViewerCertificate: certificateSettings(change.viewerCertificate, read.ViewerCertificate),
  };
}

/** Sorted, so that the same set of names is the same configuration; `Items` is left out when there are none. */
function aliasList(names: readonly string[]): Aliases {
  const sorted = [...new Set(names)].sort();
  return { Quantity: sorted.length, ...(sorted.length > 0 && { Items: sorted }) };
}

function certificateSettings(
  wanted: ViewerCertificate, current: CloudFrontCertificate | undefined,
): CloudFrontCertificate {
  switch (wanted.kind) {
    // CloudFront refuses this one (InvalidViewerCertificate) as long as there are aliases.
    case 'default': return { CloudFrontDefaultCertificate: true };
    case 'acm': return {
      ACMCertificateArn: wanted.certificateArn,
      SSLSupportMethod: 'sni-only',
      MinimumProtocolVersion: currentProtocol(current?.MinimumProtocolVersion),
    };
    case 'other': return wanted.settings as CloudFrontCertificate;
  }
}

function currentProtocol(own: MinimumProtocolVersion | undefined): MinimumProtocolVersion {
  return CURRENT_PROTOCOLS.find((protocol) => protocol === own) ?? CURRENT_PROTOCOLS[0];
}

function distributionState(
  operation: string, distributionId: string,
  answer: { readonly Distribution?: Distribution | undefined; readonly ETag?: string | undefined },
): DistributionState {
  const distribution = answered(answer.Distribution, 'cloudfront', operation, 'Distribution');
  const config = answered(distribution.DistributionConfig, 'cloudfront', operation, 'DistributionConfig');
  return {
    distributionId,
    etag: answered(answer.ETag, 'cloudfront', operation, 'ETag'),
    domainName: answered(distribution.DomainName, 'cloudfront', operation, 'DomainName').toLowerCase(),
    aliases: (config.Aliases?.Items ?? []).map((alias) => alias.toLowerCase()),
    viewerCertificate: viewerCertificate(config.ViewerCertificate),
    deployed: distribution.Status === 'Deployed',
    config,
  };
}

/**
 * An ACM certificate on dedicated IP addresses (`vip`, `static-ip`) is `other`: put back as `acm` it
 * would come back with SNI only.
 */
function viewerCertificate(settings: CloudFrontCertificate | undefined): ViewerCertificate {
  if (settings === undefined || settings.CloudFrontDefaultCertificate === true) return { kind: 'default' };
  const certificateArn = settings.ACMCertificateArn;
  if (certificateArn !== undefined && settings.SSLSupportMethod === 'sni-only') return { kind: 'acm', certificateArn };
  return { kind: 'other', settings };
}
