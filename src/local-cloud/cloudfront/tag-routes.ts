import type { WireResponse } from '../wire.ts';
import { emptyAnswer, xmlAnswer } from './answer.ts';
import { CloudFrontError } from './cloudfront-error.ts';
import type { Distribution } from './distribution.ts';
import { bodyOf, requiredQuery } from './exchange.ts';
import type { Exchange, Route } from './exchange.ts';
import { readTagKeys, readTags, tagsElement } from './tags.ts';

export const TAG_ROUTES: readonly Route[] = [
  { method: 'GET', path: 'tagging', answer: listTags },
  { method: 'POST', path: 'tagging', query: ['Operation', 'Tag'], answer: tagResource },
  { method: 'POST', path: 'tagging', query: ['Operation', 'Untag'], answer: untagResource },
];

function listTags(exchange: Exchange): WireResponse {
  return xmlAnswer(200, tagsElement(resourceOf(exchange).tags));
}

function tagResource(exchange: Exchange): WireResponse {
  const resource = resourceOf(exchange);
  exchange.state.setTags(resource, { ...resource.tags, ...readTags(bodyOf(exchange, 'Tags')) });
  return emptyAnswer(204);
}

function untagResource(exchange: Exchange): WireResponse {
  const resource = resourceOf(exchange);
  const removed = readTagKeys(bodyOf(exchange, 'TagKeys'));
  const kept = Object.entries(resource.tags).filter(([key]) => !removed.includes(key));
  exchange.state.setTags(resource, Object.fromEntries(kept));
  return emptyAnswer(204);
}

function resourceOf(exchange: Exchange): Distribution {
  const arn = requiredQuery(exchange, 'Resource');
  if (!/^arn:aws(-cn)?:cloudfront::[0-9]+:.*/.test(arn)) {
    throw new CloudFrontError('InvalidArgument', 'The parameter Resource is not an ARN of CloudFront.');
  }
  const resource = exchange.state.list().find((distribution) => distribution.arn === arn);
  if (resource) return resource;
  throw new CloudFrontError('NoSuchResource', 'A resource that was specified is not valid.');
}
