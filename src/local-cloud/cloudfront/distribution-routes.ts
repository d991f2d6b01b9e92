import type { WireResponse } from '../wire.ts';
import { emptyAnswer, isoTime, locationOf, xmlAnswer } from './answer.ts';
import type { CloudFrontState } from './cloudfront-state.ts';
import { isTenantOnly, withAliases } from './distribution-config.ts';
import type { Distribution } from './distribution.ts';
import { bodyOf, idOf, ifMatchOf, page } from './exchange.ts';
import type { Exchange, Route } from './exchange.ts';
import { currentConfig, statusOf } from './revisions.ts';
import { readTags } from './tags.ts';
import { childAt, childrenOf, element } from './xml.ts';
import type { XmlElement } from './xml.ts';

export const DISTRIBUTION_ROUTES: readonly Route[] = [
  { method: 'POST', path: 'distribution', query: ['WithTags'], answer: createDistributionWithTags },
  { method: 'POST', path: 'distribution', answer: createDistribution },
  { method: 'GET', path: 'distribution', answer: listDistributions },
  { method: 'GET', path: 'distribution/*', answer: getDistribution },
  { method: 'DELETE', path: 'distribution/*', answer: deleteDistribution },
  { method: 'GET', path: 'distribution/*/config', answer: getDistributionConfig },
  { method: 'PUT', path: 'distribution/*/config', answer: updateDistribution },
];

function createDistribution(exchange: Exchange): WireResponse {
  return created(exchange, exchange.state.create(bodyOf(exchange, 'DistributionConfig'), {}));
}

function createDistributionWithTags(exchange: Exchange): WireResponse {
  const body = bodyOf(exchange, 'DistributionConfigWithTags');
  const config = childAt(body, 'DistributionConfig') as XmlElement; // required, so it is there
  return created(exchange, exchange.state.create(config, readTags(childAt(body, 'Tags'))));
}

function created(exchange: Exchange, distribution: Distribution): WireResponse {
  const location = locationOf(`distribution/${distribution.id}`);
  return xmlAnswer(201, distributionElement(exchange.state, distribution), { etag: distribution.etag, location });
}

function getDistribution(exchange: Exchange): WireResponse {
  const distribution = exchange.state.get(idOf(exchange));
  return xmlAnswer(200, distributionElement(exchange.state, distribution), { etag: distribution.etag });
}

function getDistributionConfig(exchange: Exchange): WireResponse {
  const distribution = exchange.state.get(idOf(exchange));
  return xmlAnswer(200, currentConfig(distribution), { etag: distribution.etag });
}

function updateDistribution(exchange: Exchange): WireResponse {
  const config = bodyOf(exchange, 'DistributionConfig');
  const updated = exchange.state.update(idOf(exchange), config, ifMatchOf(exchange));
  return xmlAnswer(200, distributionElement(exchange.state, updated), { etag: updated.etag });
}

function deleteDistribution(exchange: Exchange): WireResponse {
  exchange.state.remove(idOf(exchange), ifMatchOf(exchange));
  return emptyAnswer(204);
}

function listDistributions(exchange: Exchange): WireResponse {
  const { items, members } = page(exchange, exchange.state.list(), (distribution) => distribution.id);
  const summaries = items.map((distribution) => summaryElement(exchange.state, distribution));
  return xmlAnswer(200, element('DistributionList', [...members, element('Items', summaries)]));
}

function headOf(state: CloudFrontState, distribution: Distribution): readonly XmlElement[] {
  const { id, arn, domainName, lastModifiedAt } = distribution;
  return [
    element('Id', id), element('ARN', arn),
    element('Status', statusOf(distribution, state.dependencies.now())),
    element('LastModifiedTime', isoTime(lastModifiedAt)), element('DomainName', domainName),
  ];
}

function distributionElement(state: CloudFrontState, distribution: Distribution): XmlElement {
  const nobody = [element('Enabled', false), element('Quantity', 0)];
  return element('Distribution', [
    ...headOf(state, distribution),
    element('InProgressInvalidationBatches', state.invalidations.inProgress(distribution.id).length),
    element('ActiveTrustedSigners', nobody), element('ActiveTrustedKeyGroups', nobody),
    currentConfig(distribution),
  ]);
}

const SUMMARISED = new Set([
  'Aliases', 'Origins', 'OriginGroups', 'DefaultCacheBehavior', 'CacheBehaviors', 'CustomErrorResponses', 'Comment',
  'PriceClass', 'Enabled', 'ViewerCertificate', 'Restrictions', 'WebACLId', 'HttpVersion', 'IsIPV6Enabled', 'Staging',
  'ConnectionMode', 'AnycastIpListId', 'ViewerMtlsConfig', 'ConnectionFunctionAssociation',
]);

function summaryElement(state: CloudFrontState, distribution: Distribution): XmlElement {
  const config = currentConfig(distribution);
  // The summary always has aliases, even of those that can have none.
  const shown = isTenantOnly(config) ? withAliases(config, []) : config;
  return element('DistributionSummary', [
    ...headOf(state, distribution), element('ETag', distribution.etag),
    ...childrenOf(shown).filter((member) => SUMMARISED.has(member.name)),
  ]);
}
