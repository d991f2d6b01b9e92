import type { CustomDomain } from './custom-domain.ts';
import type { DnsInstruction, DomainStatus, DomainView } from './domain-view.ts';
import { isApex } from './hostname.ts';

/** The domain as its owner sees it. */
export function viewDomain(record: CustomDomain): DomainView {
  const status = statusOf(record);
  return {
    domainId: record.domainId,
    projectId: record.projectId,
    domain: record.domain,
    status,
    statusMessage: messageOf(record, status),
    isActive: status === 'active',
    certificateArn: record.servingCertificateArn ?? record.ownCertificateArn ?? null,
    certificateStatus: record.certificateStatus,
    cloudFrontStatus: record.cloudFrontStatus,
    dnsValidation: record.validation ?? null,
    dnsInstructions: validationInstructions(record),
    cloudfrontCname: routingInstruction(record),
    nextCheckAt: record.dueAt ?? null,
    createdAt: record.createdAt,
    updatedAt: record.updatedAt,
  };
}

function statusOf({ desired, phase }: CustomDomain): DomainStatus {
  if (desired === 'absent') return 'deleting';
  switch (phase) {
    case 'requesting':
    case 'validating': return 'pending_validation';
    case 'joining':
    case 'deploying': return 'deploying';
    case 'active': return 'active';
    case 'failed': return 'failed';
    case 'leaving':
    case 'releasing': return 'deleting';
  }
}

function messageOf(record: CustomDomain, status: DomainStatus): string {
  switch (status) {
    case 'pending_validation': return record.reason ?? pendingMessage(record);
    case 'deploying': return record.reason ?? deployingMessage(record);
    case 'active': return record.reason ?? `The domain is served over HTTPS. ${routingHint(record)}`;
    case 'failed': return record.reason ?? 'The domain could not be set up. Remove it and add it again.';
    case 'deleting': return record.reason ?? deletingMessage(record);
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

function routingHint(record: CustomDomain): string {
  return `It is reached once DNS points ${record.domain} at ${record.distributionDomain}.`;
}

function validationInstructions({ validation }: CustomDomain): DomainView['dnsInstructions'] {
  return {
    message: validation
      ? 'Add this record to prove that you control the domain; the certificate is issued minutes after it is visible.'
      : 'Amazon has not named the record yet. It usually takes a few seconds: get this domain again and it will be here.',
    recordType: validation?.type ?? 'CNAME',
    recordName: validation?.name ?? null,
    recordValue: validation?.value ?? null,
    note: 'Keep this record for as long as the domain is used: Amazon looks for it again whenever the certificate is '
      + 'renewed. Turn off any proxy for it, and check that your DNS provider does not add the domain to the name twice.',
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
