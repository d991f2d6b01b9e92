import type { WireResponse } from '../wire.ts';
import { isoTime, locationOf, xmlAnswer } from './answer.ts';
import type { CloudFrontState } from './cloudfront-state.ts';
import { bodyOf, idOf, page } from './exchange.ts';
import type { Exchange, Route } from './exchange.ts';
import type { Invalidation } from './invalidations.ts';
import { childAt, childrenOf, element, textAt } from './xml.ts';
import type { XmlElement } from './xml.ts';

/** Of distributions and, with the same shapes, of distribution tenants. */
export const INVALIDATION_ROUTES: readonly Route[] = [
  ...routesBelow('distribution', ({ state }, id) => void state.get(id)),
  ...routesBelow('distribution-tenant', ({ state }, id) => void state.tenants.get(id)),
];

/** `check` throws when there is no owner of that id. */
function routesBelow(owner: string, check: (exchange: Exchange, id: string) => void): readonly Route[] {
  const checked = (answer: (exchange: Exchange, id: string) => WireResponse) => (exchange: Exchange): WireResponse => {
    const id = idOf(exchange);
    check(exchange, id);
    return answer(exchange, id);
  };
  const path = `${owner}/*/invalidation`;
  return [
    { method: 'POST', path, answer: checked((exchange, id) => createInvalidation(exchange, id, `${owner}/${id}`)) },
    { method: 'GET', path, answer: checked(listInvalidations) },
    { method: 'GET', path: `${path}/*`, answer: checked(getInvalidation) },
  ];
}

function createInvalidation(exchange: Exchange, ownerId: string, ownerPath: string): WireResponse {
  const batch = bodyOf(exchange, 'InvalidationBatch');
  const paths = childrenOf(childAt(batch, 'Paths', 'Items'), 'Path').map((path) => textAt(path));
  const invalidation = exchange.state.invalidations.create(ownerId, textAt(batch, 'CallerReference'), paths);
  const location = locationOf(`${ownerPath}/invalidation/${invalidation.id}`);
  return xmlAnswer(201, invalidationElement(exchange.state, invalidation), { location });
}

function getInvalidation(exchange: Exchange, ownerId: string): WireResponse {
  const invalidation = exchange.state.invalidations.get(ownerId, idOf(exchange, 1));
  return xmlAnswer(200, invalidationElement(exchange.state, invalidation));
}

function listInvalidations(exchange: Exchange, ownerId: string): WireResponse {
  const all = exchange.state.invalidations.list(ownerId);
  const { items, members } = page(exchange, all, (invalidation) => invalidation.id);
  const summaries = items.map((invalidation) => element('InvalidationSummary', headOf(exchange.state, invalidation)));
  return xmlAnswer(200, element('InvalidationList', [...members, element('Items', summaries)]));
}

function headOf(state: CloudFrontState, invalidation: Invalidation): readonly XmlElement[] {
  return [
    element('Id', invalidation.id), element('CreateTime', isoTime(invalidation.createdAt)),
    element('Status', state.invalidations.statusOf(invalidation)),
  ];
}

function invalidationElement(state: CloudFrontState, invalidation: Invalidation): XmlElement {
  const { paths, callerReference } = invalidation;
  return element('Invalidation', [
    ...headOf(state, invalidation),
    element('InvalidationBatch', [
      element('Paths', [
        element('Quantity', paths.length), element('Items', paths.map((path) => element('Path', path))),
      ]),
      element('CallerReference', callerReference),
    ]),
  ]);
}
