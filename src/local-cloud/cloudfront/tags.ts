import { CloudFrontError } from './cloudfront-error.ts';
import { childAt, childrenOf, element, textAt } from './xml.ts';
import type { XmlElement } from './xml.ts';

const KEY = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/u;
const VALUE = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u;
const TAGS_PER_RESOURCE = 50;

/** InvalidTagging unless every key and value is allowed and there are no more than 50. */
export function checkTags(tags: Readonly<Record<string, string>>): void {
  const entries = Object.entries(tags);
  const allowed = entries.every(([key, value]) => KEY.test(key) && VALUE.test(value) && !/^aws:/i.test(key));
  if (!allowed || entries.length > TAGS_PER_RESOURCE) {
    throw new CloudFrontError('InvalidTagging', 'The tagging specified is not valid.');
  }
}

/** Reads `Tags` with `Items` of `Tag`. */
export function readTags(tags: XmlElement | undefined): Record<string, string> {
  return Object.fromEntries(childrenOf(childAt(tags, 'Items'), 'Tag')
    .map((tag) => [textAt(tag, 'Key'), textAt(tag, 'Value')]));
}

/** Reads `TagKeys` with `Items` of `Key`. */
export function readTagKeys(tagKeys: XmlElement): readonly string[] {
  return childrenOf(childAt(tagKeys, 'Items'), 'Key').map((key) => textAt(key));
}

export function tagsElement(tags: Readonly<Record<string, string>>): XmlElement {
  const items = Object.entries(tags).map(([key, value]) =>
    element('Tag', [element('Key', key), element('Value', value)]));
  return element('Tags', [element('Items', items)]);
}

/** `Tags` where they are left out when there are none. */
export function tagsElements(tags: Readonly<Record<string, string>>): readonly XmlElement[] {
  return Object.keys(tags).length === 0 ? [] : [tagsElement(tags)];
}
