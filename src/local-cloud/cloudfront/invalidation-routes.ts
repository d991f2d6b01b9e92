import type { WireResponse } from '../wire.ts';
import { isoTime, locationOf, xmlAnswer } from './answer.ts';
import type { CloudFrontState } from './cloudfront-state.ts';
import { bodyOf, idOf, page } from './exchange.ts';
import type { Exchange, Route } from './exchange.ts';
import type { Invalidation } from './invalidations.ts';
import { childAt, childrenOf, element, textAt } from './xml.ts';
import type { XmlElement } from './xml.ts';

export const INVALIDATION_ROUTES: readonly Route[] = [
  { method: 'POST', path: 'distribution/*/invalidation', answer: createInvalidation },
  { method: 'GET', path: 'distribution/*/invalidation', answer: listInvalidations },
  { method: 'GET', path: 'distribution/*/invalidation/*', answer: getInvalidation },
];

function createInvalidation(exchange: Exchange): WireResponse {
  const { id } = exchange.state.get(idOf(exchange));
  const batch = bodyOf(exchange, 'InvalidationBatch');
  const paths = childrenOf(childAt(batch, 'Paths', 'Items'), 'Path').map((path) => textAt(path));
  const invalidation = exchange.state.invalidations.create(id, textAt(batch, 'CallerReference'), paths);
  const location = locationOf(`distribution/${id}/invalidation/${invalidation.id}`);
  return xmlAnswer(201, invalidationElement(exchange.state, invalidation), { location });
}

function getInvalidation(exchange: Exchange): WireResponse {
  const { id } = exchange.state.get(idOf(exchange));
  const invalidation = exchange.state.invalidations.get(id, idOf(exchange, 1));
  return xmlAnswer(200, invalidationElement(exchange.state, invalidation));
}

function listInvalidations(exchange: Exchange): WireResponse {
  const { id } = exchange.state.get(idOf(exchange));
  const { items, members } = page(exchange, exchange.state.invalidations.list(id), (invalidation) => invalidation.id);
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
