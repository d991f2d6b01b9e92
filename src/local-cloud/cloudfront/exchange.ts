import type { WireRequest, WireResponse } from '../wire.ts';
import { CloudFrontError } from './cloudfront-error.ts';
import type { CloudFrontState } from './cloudfront-state.ts';
import { checkShape } from './config-shape.ts';
import { element, parseXml, textAt } from './xml.ts';
import type { XmlElement } from './xml.ts';

export interface Exchange {
  readonly state: CloudFrontState;
  readonly request: WireRequest;
  /** What the placeholders of the route stand for, in their order, percent-decoded. */
  readonly ids: readonly string[];
}

export interface Route {
  readonly method: string;
  /** Below the API's version, with `*` for an id, e.g. `distribution/*` + `/config`. */
  readonly path: string;
  /** A query parameter that tells operations of one path apart, with its value where that matters. */
  readonly query?: readonly [name: string, value?: string];
  readonly answer: (exchange: Exchange) => WireResponse;
}

export function idOf({ ids }: Exchange, index = 0): string {
  return ids[index] as string; // the route matched, so every placeholder has one
}

export function ifMatchOf({ request }: Exchange): string | undefined {
  return request.headers['if-match'];
}

/** The body, whose root must be of that name. MissingBody, MalformedXML or InconsistentQuantities. */
export function bodyOf({ request }: Exchange, rootName: string): XmlElement {
  const text = new TextDecoder().decode(request.body);
  if (text.trim() === '') {
    throw new CloudFrontError('MissingBody',
      'This operation requires a body. Ensure that the body is present and the Content-Type header is set.');
  }
  const root = parseXml(text);
  if (root.name !== rootName) {
    throw new CloudFrontError('MalformedXML', `The root element is ${root.name} where ${rootName} was expected.`);
  }
  checkShape(root);
  return root;
}

/** For operations that need no member: without a body at all, the root is empty. */
export function optionalBodyOf(exchange: Exchange, rootName: string): XmlElement {
  return exchange.request.body.length === 0 ? element(rootName, []) : bodyOf(exchange, rootName);
}

export function requiredQuery({ request }: Exchange, name: string): string {
  const value = request.query.get(name);
  if (!value) throw new CloudFrontError('InvalidArgument', `The parameter ${name} is required.`);
  return value;
}

/**
 * One page of a list in CloudFront's manner: `Marker` is the key of the last item of the page before.
 * Answers the members that every list begins with and the items that belong on the page.
 */
export function page<T>(exchange: Exchange, all: readonly T[], keyOf: (item: T) => string) {
  const { query } = exchange.request;
  const marker = query.get('Marker') ?? '';
  const maxItems = Number(query.get('MaxItems') ?? 100);
  const start = marker === '' ? 0 : all.findIndex((item) => keyOf(item) === marker) + 1;
  if (!Number.isInteger(maxItems) || maxItems < 1 || (marker !== '' && start === 0)) {
    throw new CloudFrontError('InvalidArgument', 'The parameter Marker or MaxItems is not valid.');
  }
  const items = all.slice(start, start + Math.min(maxItems, 100));
  const isTruncated = start + items.length < all.length;
  const members = [
    element('Marker', marker), ...isTruncated ? items.slice(-1).map((last) => element('NextMarker', keyOf(last))) : [],
    element('MaxItems', maxItems), element('IsTruncated', isTruncated), element('Quantity', items.length),
  ];
  return { items, members };
}

/**
 * One page of a list that is asked for in a body: `Marker` is the key of the last item of the page before,
 * which may be gone by now. `all` has to be in the order of its keys. Answers `NextMarker`, if there is one.
 */
export function pageOf<T>(body: XmlElement, all: readonly T[], keyOf: (item: T) => string) {
  const marker = textAt(body, 'Marker');
  const maxItems = Number(textAt(body, 'MaxItems') || 100);
  if (!Number.isInteger(maxItems) || maxItems < 1) {
    throw new CloudFrontError('InvalidArgument', 'The parameter MaxItems is not valid.');
  }
  const start = all.findIndex((item) => keyOf(item) > marker);
  const items = start === -1 ? [] : all.slice(start, start + Math.min(maxItems, 100));
  const isTruncated = start + items.length < all.length;
  return { items, members: isTruncated ? items.slice(-1).map((last) => element('NextMarker', keyOf(last))) : [] };
}
