import type { WireResponse } from '../wire.ts';
import { emptyAnswer, xmlAnswer } from './answer.ts';
import { CloudFrontError } from './cloudfront-error.ts';
import { bodyOf, requiredQuery } from './exchange.ts';
import type { Exchange, Route } from './exchange.ts';
import { readTagKeys, readTags, tagsElement } from './tags.ts';

export const TAG_ROUTES: readonly Route[] = [
  { method: 'GET', path: 'tagging', answer: listTags },
  { method: 'POST', path: 'tagging', query: ['Operation', 'Tag'], answer: tagResource },
  { method: 'POST', path: 'tagging', query: ['Operation', 'Untag'], answer: untagResource },
];

/** What a resource of any kind has in common with the others here. */
interface Tagged {
  readonly tags: Readonly<Record<string, string>>;
  readonly set: (tags: Readonly<Record<string, string>>) => void;
}

function listTags(exchange: Exchange): WireResponse {
  return xmlAnswer(200, tagsElement(resourceOf(exchange).tags));
}

function tagResource(exchange: Exchange): WireResponse {
  const { tags, set } = resourceOf(exchange);
  set({ ...tags, ...readTags(bodyOf(exchange, 'Tags')) });
  return emptyAnswer(204);
}

function untagResource(exchange: Exchange): WireResponse {
  const { tags, set } = resourceOf(exchange);
  const removed = readTagKeys(bodyOf(exchange, 'TagKeys'));
  set(Object.fromEntries(Object.entries(tags).filter(([key]) => !removed.includes(key))));
  return emptyAnswer(204);
}

function resourceOf(exchange: Exchange): Tagged {
  const arn = requiredQuery(exchange, 'Resource');
  if (!/^arn:aws(-cn)?:cloudfront::[0-9]+:.*/.test(arn)) {
    throw new CloudFrontError('InvalidArgument', 'The parameter Resource is not an ARN of CloudFront.');
  }
  const { state } = exchange;
  const { connectionGroups, tenants } = state;
  const resource = tagged(state.list().find((it) => it.arn === arn), (it, tags) => state.setTags(it, tags))
    ?? tagged(connectionGroups.list().find((it) => it.arn === arn), (it, tags) => connectionGroups.setTags(it, tags))
    ?? tagged(tenants.byArn(arn), (it, tags) => tenants.setTags(it, tags));
  if (resource) return resource;
  throw new CloudFrontError('NoSuchResource', 'A resource that was specified is not valid.');
}

function tagged<T extends { readonly tags: Tagged['tags'] }>(
  resource: T | undefined, set: (resource: T, tags: Tagged['tags']) => void,
): Tagged | undefined {
  return resource && { tags: resource.tags, set: (tags) => set(resource, tags) };
}
