import type { WireResponse } from '../wire.ts';
import { conflictingAliases, moveAlias } from './alias-moves.ts';
import type { ConflictingAlias } from './alias-moves.ts';
import { emptyAnswer, xmlAnswer } from './answer.ts';
import { CloudFrontError } from './cloudfront-error.ts';
import { checkIfMatch } from './cloudfront-state.ts';
import type { CloudFrontState } from './cloudfront-state.ts';
import type { Distribution } from './distribution.ts';
import { bodyOf, idOf, page, requiredQuery } from './exchange.ts';
import type { Exchange, Route } from './exchange.ts';
import { element, textAt } from './xml.ts';
import type { XmlElement } from './xml.ts';

export const ALIAS_ROUTES: readonly Route[] = [
  { method: 'GET', path: 'conflicting-alias', answer: listConflictingAliases },
  { method: 'PUT', path: 'distribution/*/associate-alias', answer: associateAlias },
  { method: 'POST', path: 'domain-conflicts', answer: listDomainConflicts },
  { method: 'POST', path: 'domain-association', answer: updateDomainAssociation },
];

function listConflictingAliases(exchange: Exchange): WireResponse {
  const { state } = exchange;
  const asker = state.get(requiredQuery(exchange, 'DistributionId'));
  const conflicts = conflictingAliases(state, requiredQuery(exchange, 'Alias'), asker);
  const { items, members } = page(exchange, conflicts, (conflict) => conflict.alias);
  const list = members.filter(({ name }) => name !== 'Marker' && name !== 'IsTruncated');
  const elements = items.map((conflict) => element('ConflictingAlias', [
    element('Alias', conflict.alias), element('DistributionId', masked(conflict.distribution.id)),
    element('AccountId', masked(state.dependencies.settings.accountId)),
  ]));
  return xmlAnswer(200, element('ConflictingAliasesList', [...list, element('Items', elements)]));
}

function associateAlias(exchange: Exchange): WireResponse {
  const target = exchange.state.get(idOf(exchange));
  moveAlias(exchange.state, requiredQuery(exchange, 'Alias'), target, 'any source');
  return emptyAnswer(200);
}

function listDomainConflicts(exchange: Exchange): WireResponse {
  const body = bodyOf(exchange, 'ListDomainConflictsRequest');
  const asker = distributionOf(exchange.state, body, 'DomainControlValidationResource');
  const conflicts = conflictingAliases(exchange.state, textAt(body, 'Domain'), asker);
  const elements = conflicts.map((conflict) => domainConflictElement(exchange.state, conflict));
  return xmlAnswer(200, element('ListDomainConflictsResult', [element('DomainConflicts', elements)]));
}

function domainConflictElement(state: CloudFrontState, { alias, distribution }: ConflictingAlias): XmlElement {
  return element('DomainConflicts', [
    element('Domain', alias), element('ResourceType', 'distribution'),
    element('ResourceId', masked(distribution.id)),
    element('AccountId', masked(state.dependencies.settings.accountId)),
  ]);
}

function updateDomainAssociation(exchange: Exchange): WireResponse {
  const body = bodyOf(exchange, 'UpdateDomainAssociationRequest');
  const target = distributionOf(exchange.state, body, 'TargetResource');
  const ifMatch = exchange.request.headers['if-match'];
  if (ifMatch !== undefined) checkIfMatch(target, ifMatch);
  const domain = textAt(body, 'Domain');
  const moved = moveAlias(exchange.state, domain, target, 'disabled sources');
  const members = [element('Domain', domain), element('ResourceId', moved.id)];
  return xmlAnswer(200, element('UpdateDomainAssociationResult', members), { etag: moved.etag });
}

function distributionOf(state: CloudFrontState, body: XmlElement, member: string): Distribution {
  const id = textAt(body, member, 'DistributionId');
  const distribution = state.list().find((candidate) => candidate.id === id);
  if (distribution) return distribution;
  throw new CloudFrontError('EntityNotFound', 'The entity was not found.');
}

/** Enough is left for an owner to know their own. */
function masked(id: string): string {
  const hidden = Math.floor(id.length / 2);
  return '*'.repeat(hidden) + id.slice(hidden);
}
