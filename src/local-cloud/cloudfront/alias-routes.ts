import type { WireResponse } from '../wire.ts';
import { emptyAnswer, xmlAnswer } from './answer.ts';
import { CloudFrontError } from './cloudfront-error.ts';
import type { CloudFrontState } from './cloudfront-state.ts';
import { distributionHolder, domainHolders, tenantHolder } from './domain-holder.ts';
import type { DomainHolder } from './domain-holder.ts';
import { conflictsWith, moveDomain } from './domain-moves.ts';
import type { DomainConflict } from './domain-moves.ts';
import { bodyOf, idOf, ifMatchOf, page, pageOf, requiredQuery } from './exchange.ts';
import type { Exchange, Route } from './exchange.ts';
import { checkIfMatch } from './if-match.ts';
import { element, textAt } from './xml.ts';
import type { XmlElement } from './xml.ts';

export const ALIAS_ROUTES: readonly Route[] = [
  { method: 'GET', path: 'conflicting-alias', answer: listConflictingAliases },
  { method: 'PUT', path: 'distribution/*/associate-alias', answer: associateAlias },
  { method: 'POST', path: 'domain-conflicts', answer: listDomainConflicts },
  { method: 'POST', path: 'domain-association', answer: updateDomainAssociation },
];

/** Knows of distributions only, as on AWS. */
function listConflictingAliases(exchange: Exchange): WireResponse {
  const { state } = exchange;
  const asker = distributionHolder(state, state.get(requiredQuery(exchange, 'DistributionId')));
  const holders = domainHolders(state).filter(({ kind }) => kind === 'distribution');
  const conflicts = conflictsWith(state, requiredQuery(exchange, 'Alias'), { asker, holders });
  const { items, members } = page(exchange, conflicts, (conflict) => conflict.domain);
  const list = members.filter(({ name }) => name !== 'Marker' && name !== 'IsTruncated');
  const elements = items.map(({ domain, holder }) => element('ConflictingAlias', [
    element('Alias', domain), element('DistributionId', masked(holder.id)),
    element('AccountId', masked(state.dependencies.settings.accountId)),
  ]));
  return xmlAnswer(200, element('ConflictingAliasesList', [...list, element('Items', elements)]));
}

function associateAlias(exchange: Exchange): WireResponse {
  const { state } = exchange;
  const target = distributionHolder(state, state.get(idOf(exchange)));
  moveDomain(state, requiredQuery(exchange, 'Alias'), target, ({ kind }) => {
    if (kind === 'distribution') return;
    throw new CloudFrontError('IllegalUpdate', 'A distribution tenant holds the alias: use UpdateDomainAssociation.');
  });
  return emptyAnswer(200);
}

function listDomainConflicts(exchange: Exchange): WireResponse {
  const { state } = exchange;
  const body = bodyOf(exchange, 'ListDomainConflictsRequest');
  const asker = holderOf(state, body, 'DomainControlValidationResource');
  const conflicts = conflictsWith(state, textAt(body, 'Domain'), { asker, holders: domainHolders(state) });
  const keyOf = ({ domain, holder }: DomainConflict): string => `${domain} ${holder.id}`;
  const sorted = conflicts.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  const { items, members } = pageOf(body, sorted, keyOf);
  const elements = items.map(({ domain, holder }) => element('DomainConflicts', [
    element('Domain', domain), element('ResourceType', holder.kind), element('ResourceId', masked(holder.id)),
    element('AccountId', masked(state.dependencies.settings.accountId)),
  ]));
  return xmlAnswer(200, element('ListDomainConflictsResult', [element('DomainConflicts', elements), ...members]));
}

function updateDomainAssociation(exchange: Exchange): WireResponse {
  const body = bodyOf(exchange, 'UpdateDomainAssociationRequest');
  const target = holderOf(exchange.state, body, 'TargetResource');
  const ifMatch = ifMatchOf(exchange);
  if (ifMatch !== undefined) checkIfMatch(target, ifMatch);
  const domain = textAt(body, 'Domain');
  const moved = moveDomain(exchange.state, domain, target, (source) => {
    if (!source.isEnabled) return;
    throw new CloudFrontError('IllegalUpdate', 'The resource that holds the domain has to be disabled first.');
  });
  const members = [element('Domain', domain), element('ResourceId', moved.id)];
  return xmlAnswer(200, element('UpdateDomainAssociationResult', members), { etag: moved.etag });
}

/** The distribution or the tenant that a `DistributionResourceId` names: one of the two. */
function holderOf(state: CloudFrontState, body: XmlElement, member: string): DomainHolder {
  const [distributionId, tenantId] = [
    textAt(body, member, 'DistributionId'), textAt(body, member, 'DistributionTenantId'),
  ];
  if (!distributionId === !tenantId) {
    throw new CloudFrontError('InvalidArgument', 'Specify one of DistributionId and DistributionTenantId.');
  }
  if (tenantId) return tenantHolder(state, state.tenants.get(tenantId));
  const distribution = state.list().find((candidate) => candidate.id === distributionId);
  if (!distribution) throw new CloudFrontError('EntityNotFound', 'The entity was not found.');
  return distributionHolder(state, distribution);
}

/** Enough is left for an owner to know their own. */
function masked(id: string): string {
  const hidden = Math.floor(id.length / 2);
  return '*'.repeat(hidden) + id.slice(hidden);
}
