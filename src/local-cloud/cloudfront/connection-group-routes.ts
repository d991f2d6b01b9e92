import type { WireResponse } from '../wire.ts';
import { emptyAnswer, isoTime, xmlAnswer } from './answer.ts';
import { CloudFrontError } from './cloudfront-error.ts';
import type { CloudFrontState } from './cloudfront-state.ts';
import type { ConnectionGroup, ConnectionGroupConfig } from './connection-group.ts';
import { bodyOf, idOf, ifMatchOf, optionalBodyOf, pageOf, requiredQuery } from './exchange.ts';
import type { Exchange, Route } from './exchange.ts';
import { currentConfig, statusOf } from './revisions.ts';
import { readTags, tagsElements } from './tags.ts';
import { booleanAt, childAt, element, textAt } from './xml.ts';
import type { XmlElement } from './xml.ts';

export const CONNECTION_GROUP_ROUTES: readonly Route[] = [
  { method: 'POST', path: 'connection-group', answer: createConnectionGroup },
  { method: 'GET', path: 'connection-group', answer: getByRoutingEndpoint },
  { method: 'POST', path: 'connection-groups', answer: listConnectionGroups },
  { method: 'GET', path: 'connection-group/*', answer: getConnectionGroup },
  { method: 'PUT', path: 'connection-group/*', answer: updateConnectionGroup },
  { method: 'DELETE', path: 'connection-group/*', answer: deleteConnectionGroup },
];

function createConnectionGroup(exchange: Exchange): WireResponse {
  const body = bodyOf(exchange, 'CreateConnectionGroupRequest');
  const config = { enabled: true, ipv6Enabled: true, ...sentConfig(body) };
  const group = exchange.state.connectionGroups.create({
    name: textAt(body, 'Name'), config, tags: readTags(childAt(body, 'Tags')),
  });
  return groupAnswer(201, exchange.state, group);
}

function getConnectionGroup(exchange: Exchange): WireResponse {
  return groupAnswer(200, exchange.state, exchange.state.connectionGroups.identified(idOf(exchange)));
}

function getByRoutingEndpoint(exchange: Exchange): WireResponse {
  const endpoint = requiredQuery(exchange, 'RoutingEndpoint');
  return groupAnswer(200, exchange.state, exchange.state.connectionGroups.byRoutingEndpoint(endpoint));
}

function updateConnectionGroup(exchange: Exchange): WireResponse {
  const change = sentConfig(optionalBodyOf(exchange, 'UpdateConnectionGroupRequest'));
  const group = exchange.state.connectionGroups.update(idOf(exchange), change, ifMatchOf(exchange));
  return groupAnswer(200, exchange.state, group);
}

function deleteConnectionGroup(exchange: Exchange): WireResponse {
  exchange.state.connectionGroups.remove(idOf(exchange), ifMatchOf(exchange));
  return emptyAnswer(204);
}

function listConnectionGroups(exchange: Exchange): WireResponse {
  const body = optionalBodyOf(exchange, 'ListConnectionGroupsRequest');
  refuseAnycast(textAt(body, 'AssociationFilter', 'AnycastIpListId'));
  const { items, members } = pageOf(body, exchange.state.connectionGroups.list(), (group) => group.id);
  const summaries = items.map((group) => element('ConnectionGroupSummary', [
    ...headOf(exchange.state, group), element('ETag', group.etag),
  ]));
  return xmlAnswer(200, element('ListConnectionGroupsResult', [...members, element('ConnectionGroups', summaries)]));
}

/** Only the members that were sent. */
function sentConfig(body: XmlElement): Partial<ConnectionGroupConfig> {
  refuseAnycast(textAt(body, 'AnycastIpListId'));
  const [enabled, ipv6Enabled] = [booleanAt(body, 'Enabled'), booleanAt(body, 'Ipv6Enabled')];
  return { ...enabled === undefined ? {} : { enabled }, ...ipv6Enabled === undefined ? {} : { ipv6Enabled } };
}

/** Static addresses are not part of the embedded cloud, so no list of them exists. */
function refuseAnycast(anycastIpListId: string): void {
  if (anycastIpListId) throw new CloudFrontError('EntityNotFound', 'The Anycast static IP list was not found.');
}

function groupAnswer(status: number, state: CloudFrontState, group: ConnectionGroup): WireResponse {
  const root = element('ConnectionGroup', [
    ...headOf(state, group), ...tagsElements(group.tags),
    element('Ipv6Enabled', currentConfig(group).ipv6Enabled),
  ]);
  return xmlAnswer(status, root, { etag: group.etag });
}

function headOf(state: CloudFrontState, group: ConnectionGroup): readonly XmlElement[] {
  return [
    element('Id', group.id), element('Name', group.name), element('Arn', group.arn),
    element('RoutingEndpoint', group.routingEndpoint),
    element('CreatedTime', isoTime(group.createdAt)), element('LastModifiedTime', isoTime(group.lastModifiedAt)),
    element('Enabled', currentConfig(group).enabled), element('IsDefault', group.isDefault),
    element('Status', statusOf(group, state.dependencies.now())),
  ];
}
