import type { CustomDomain } from './custom-domain.ts';
import type { DomainPair } from './domain-pair.ts';
import type { ChallengeView, DnsInstruction, DomainStatus, DomainView, MoveInstruction, PairView } from './domain-view.ts';
import type { EdgeDrift } from './edge.ts';
import { isMovable, moveRecordName } from './held-name.ts';
import { isApex } from './hostname.ts';
import type { OwnershipChallenge } from './ownership.ts';
import { ownershipReasons } from './ownership-reasons.ts';

/** The domain as its owner sees it. */
export function viewDomain(record: CustomDomain): DomainView {
  const status = statusOf(record);
  return {
    domainId: record.domainId,
    projectId: record.projectId,
    domain: record.domain,
    status,
    statusMessage: messageOf(record, status),
    warning: warningOf(record, status),
    isActive: isServed(record, status),
    certificateArn: record.servingCertificateArn ?? record.ownCertificateArn ?? null,
    certificateStatus: record.certificateStatus,
    certificateExpiresAt: record.certificateExpiresAt ?? null,
    cloudFrontStatus: record.cloudFrontStatus,
    dnsValidation: record.validation ?? null,
    ...(status === 'pending_ownership' && record.challenge && { ownershipChallenge: viewChallenge(record, record.challenge) }),
    ...(record.pair && { pair: viewPair(record.pair) }),
    dnsInstructions: validationInstructions(record),
    cloudfrontCname: routingInstruction(record),
    moveInstructions: moveInstructions(record),
    nextCheckAt: record.dueAt ?? null,
    createdAt: record.createdAt,
    updatedAt: record.updatedAt,
  };
}

export function statusOf(
  { desired, held, phase, renewalAtRiskSince }: Pick<CustomDomain, 'desired' | 'held' | 'phase' | 'renewalAtRiskSince'>,
): DomainStatus {
  if (desired === 'absent') return 'deleting';
  if (phase === 'joining' && held) return 'pending_move';
  switch (phase) {
    case 'challenging': return 'pending_ownership';
    case 'requesting':
    case 'validating': return 'pending_validation';
    case 'joining':
    case 'deploying': return 'deploying';
    case 'active': return renewalAtRiskSince === undefined ? 'active' : 'renewal_at_risk';
    case 'drifted': return 'drifted';
    case 'failed': return 'failed';
    case 'leaving':
    case 'releasing': return 'deleting';
  }
}

/** The name can be served by the certificate that somebody else set, which has to cover it to be set at all. */
function isServed({ drift }: CustomDomain, status: DomainStatus): boolean {
  if (status === 'drifted') return drift?.kind === 'certificate_replaced' || drift?.kind === 'names_added';
  return status === 'active' || status === 'renewal_at_risk';
}

function messageOf(record: CustomDomain, status: DomainStatus): string {
  if (record.takenOverAt !== undefined) return ownershipReasons.takenOver(record.domain);
  switch (status) {
    case 'pending_ownership': return record.challenge ? challengeMessage(record, record.challenge) : 'Control is being proven.';
    case 'pending_validation': return record.reason ?? pendingMessage(record);
    case 'pending_move':
    case 'deploying': return record.reason ?? deployingMessage(record);
    case 'renewal_at_risk': return renewalMessage(record);
    case 'drifted': return driftMessage(record);
    case 'active': return record.reason ?? `The domain is served over HTTPS. ${routingHint(record)}`;
    case 'failed': return record.reason ?? 'The domain could not be set up. Verify it (POST …/verify) to try again.';
    case 'deleting': return record.reason ?? deletingMessage(record);
  }
}

function challengeMessage({ domain }: CustomDomain, challenge: OwnershipChallenge): string {
  return `${ownershipReasons.why(domain, challenge)} The record is under ownershipChallenge; once it is seen, the rest goes on.`;
}

function viewChallenge({ domain }: CustomDomain, challenge: OwnershipChallenge): ChallengeView {
  const { reason, recordName, token, endsAt } = challenge;
  return {
    reason,
    message: `${ownershipReasons.why(domain, challenge)} Add this TXT record beside any that are there; it may be removed `
      + 'once the domain is active.',
    recordType: 'TXT', recordName, recordValue: token, endsAt,
  };
}

function viewPair({ domain, role, state, domainId, reason }: DomainPair): PairView {
  return { domain, role, state, domainId: domainId ?? null, message: reason ?? pairMessage(domain, role, state) };
}

function pairMessage(domain: string, role: DomainPair['role'], state: DomainPair['state']): string {
  switch (state) {
    case 'wanted': return `${domain} is being added as well.`;
    case 'own': return `${domain} was a domain of this project before, so it stays on its own.`;
    case 'refused': return `${domain} could not be added.`;
    case 'parted': return `${domain} is not tied to this domain any more.`;
    case 'added': return role === 'apex'
      ? `${domain} was added as well. It has records of its own to set, and is deleted with this domain.`
      : `This domain was added for ${domain} and is deleted with it.`;
  }
}

function pendingMessage(record: CustomDomain): string {
  if (record.phase === 'requesting') {
    return record.attempts > 0
      ? 'The certificate could not be asked for yet, because AWS is slow or asks to slow down. It is tried again by itself.'
      : 'The certificate is being asked for; the DNS record to set follows in a few seconds.';
  }
  if (!record.validation) return 'The certificate is asked for. Amazon names the DNS record to set in a few seconds; look again.';
  return 'Waiting for the DNS record under dnsInstructions. Set it at your DNS provider; the rest happens by itself.';
}

function deployingMessage({ phase }: CustomDomain): string {
  return phase === 'joining'
    ? 'The certificate is issued and the domain is being added to CloudFront. There is nothing to do.'
    : 'CloudFront is rolling the domain out, which takes some minutes. There is nothing to do.';
}

function deletingMessage({ phase }: CustomDomain): string {
  return phase === 'releasing'
    ? 'The domain is off CloudFront; its certificate is deleted as soon as AWS lets go of it, then the domain is gone.'
    : 'The domain is being taken off CloudFront. Remove its DNS records, which lead nowhere then.';
}

function renewalMessage({ domain, validation, certificateExpiresAt }: CustomDomain): string {
  const record = validation ? `${validation.name} (${validation.type} to ${validation.value})` : 'under dnsInstructions';
  const until = certificateExpiresAt === undefined
    ? 'the present certificate ends' : new Date(certificateExpiresAt).toISOString();
  return `${domain} is served, but the DNS record ${record} is gone, and without it Amazon cannot renew the certificate: `
    + `HTTPS works until ${until}. Set the record again before that; the rest happens by itself.`;
}

const DRIFTS: Readonly<Record<EdgeDrift['kind'], (domain: string, foundAt: string) => string>> = {
  alias_removed: (domain, foundAt) => `${domain} was taken off CloudFront by others, found at ${foundAt}, so it is not served.`,
  certificate_replaced: (domain, foundAt) => (
    `Others set another certificate at CloudFront for ${domain}, found at ${foundAt}; the name is served under that one.`),
  tenant_disabled: (domain, foundAt) => (
    `Others disabled the distribution tenant of ${domain}, found at ${foundAt}, so it is not served.`),
  names_added: (domain, foundAt) => `Others added names to the distribution tenant of ${domain}, found at ${foundAt}.`,
};

function driftMessage({ domain, drift, reason, updatedAt }: CustomDomain): string {
  const { kind, foundAt, handling } = drift ?? { kind: 'alias_removed', foundAt: updatedAt, handling: 'repair' };
  const what = DRIFTS[kind](domain, new Date(foundAt).toISOString());
  const then = handling === 'repair'
    ? 'It is being put right; there is nothing to do.'
    : 'The project wants such changes left as they are: undo it at CloudFront, or set the project\'s onDomainDrift to '
      + '`repair` to have it put right.';
  return [what, then, ...(reason === undefined ? [] : [reason])].join(' ');
}

/** A name that leads nowhere can be taken up by whoever is the next to have it at CloudFront. */
function warningOf({ domain, distributionDomain, pointsHere }: CustomDomain, status: DomainStatus): string | null {
  if (status !== 'deleting' || !pointsHere) return null;
  return `DNS still points ${domain} at ${distributionDomain}. Remove that record at your DNS provider: left behind, it leads `
    + 'nowhere, and whoever has the name on CloudFront next would answer your visitors. Here nobody else is given the name '
    + 'without proof that they control it.';
}

function routingHint(record: CustomDomain): string {
  return `It is reached once DNS points ${record.domain} at ${record.distributionDomain}.`;
}

function validationInstructions({ validation, phase }: CustomDomain): DomainView['dnsInstructions'] {
  return {
    message: phase === 'challenging'
      ? 'Amazon names this record once the one under ownershipChallenge is seen.'
      : validation
      ? 'Add this record to prove that you control the domain; the certificate is issued minutes after it is visible.'
      : 'Amazon has not named the record yet. It usually takes a few seconds: get this domain again and it will be here.',
    recordType: validation?.type ?? 'CNAME',
    recordName: validation?.name ?? null,
    recordValue: validation?.value ?? null,
    note: 'Keep this record for as long as the domain is used: Amazon looks for it again whenever the certificate is '
      + 'renewed. Turn off any proxy for it, and check that your DNS provider does not add the domain to the name twice.',
  };
}

function moveInstructions({ domain, held, phase }: CustomDomain): MoveInstruction | null {
  if (!held || phase !== 'joining' || !isMovable(domain, held)) return null;
  const { holder, target } = held;
  return {
    message: 'Another CloudFront distribution has this name. Add this record to have it moved here; the rest happens by itself.',
    recordType: 'TXT', recordName: moveRecordName(domain), recordValue: target,
    note: 'The name goes on being served from where it is until it is moved. Keep the record under dnsInstructions: the '
      + 'certificate that has to be here before the move needs it. This one may go once the domain is active; point the '
      + 'traffic here then. AWS moves a name within one account; from another account, or from a distribution tenant, '
      + 'only while what has it is disabled.',
    heldBy: holder ? { resourceType: holder.kind, resourceId: holder.id, accountId: holder.accountId } : null,
  };
}

function routingInstruction({ domain, distributionDomain }: CustomDomain): DnsInstruction {
  if (isApex(domain)) {
    return {
      message: `DNS allows no CNAME at ${domain} itself, the top of its zone. Point it at the value with what your DNS `
        + 'provider offers instead: an ALIAS or ANAME record, CNAME flattening, or on Route 53 an alias record.',
      recordType: 'ALIAS', recordName: domain, recordValue: distributionDomain,
    };
  }
  return {
    message: 'Add this record to send the domain\'s traffic here. It may be set now; it works once the domain is active.',
    recordType: 'CNAME', recordName: domain, recordValue: distributionDomain,
  };
}
