import {
  AssociateAliasCommand, ListDomainConflictsCommand, UpdateDomainAssociationCommand,
} from '@aws-sdk/client-cloudfront';
import type { CloudFrontClient, DomainConflict } from '@aws-sdk/client-cloudfront';
import type { DistributionState } from '../../domain/distribution.ts';
import type { NameConflict } from '../../domain/held-name.ts';
import { isCloudError } from '../../ports/cloud-error.ts';
import { answered, calling } from './aws-error.ts';

/** `Distributions.conflicts`; knows of distributions and of distribution tenants. */
export async function listConflicts(
  client: CloudFrontClient, distributionId: string, name: string,
): Promise<readonly NameConflict[]> {
  const found: NameConflict[] = [];
  let marker: string | undefined;
  do {
    const command = new ListDomainConflictsCommand({
      Domain: name, DomainControlValidationResource: { DistributionId: distributionId }, ...(marker && { Marker: marker }),
    });
    const answer = await calling('cloudfront', 'ListDomainConflicts', client.send(command));
    found.push(...(answer.DomainConflicts ?? []).map(nameConflict));
    marker = answer.NextMarker;
  } while (marker);
  return found;
}

/**
 * `Distributions.move`. AWS recommends UpdateDomainAssociation, which takes names from tenants too and
 * minds the ETag, but its reference says that what has the name must be disabled first. AssociateAlias
 * knows no tenants and takes a name from an enabled distribution of the same account, so it is asked
 * when the other says no. Each moves the name or changes nothing; the error of the last is thrown.
 */
export async function moveName(client: CloudFrontClient, state: DistributionState, name: string): Promise<void> {
  try {
    await associateDomain(client, state, name);
  } catch (error) {
    if (!isCloudError(error, 'refused')) throw error;
    const command = new AssociateAliasCommand({ Alias: name, TargetDistributionId: state.distributionId });
    await calling('cloudfront', 'AssociateAlias', client.send(command));
  }
}

async function associateDomain(
  client: CloudFrontClient, { distributionId, etag }: DistributionState, name: string,
): Promise<void> {
  const command = new UpdateDomainAssociationCommand({
    Domain: name, TargetResource: { DistributionId: distributionId }, IfMatch: etag,
  });
  await calling('cloudfront', 'UpdateDomainAssociation', client.send(command));
}

function nameConflict(conflict: DomainConflict): NameConflict {
  const field = <T>(value: T | undefined, name: string): T => answered(value, 'cloudfront', 'ListDomainConflicts', name);
  return {
    name: field(conflict.Domain, 'Domain').toLowerCase(),
    kind: field(conflict.ResourceType, 'ResourceType'),
    id: field(conflict.ResourceId, 'ResourceId'),
    accountId: field(conflict.AccountId, 'AccountId'),
  };
}
