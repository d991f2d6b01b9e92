import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { Document } from '../tables/document.ts';

/**
 * The item that a refused conditional write carries: the document client translates answers but not
 * errors. Covers the types a JSON document is stored as.
 */
export function documentOf(attributes: Readonly<Record<string, AttributeValue>>): Document {
  return Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, valueOf(value)]));
}

function valueOf(attribute: AttributeValue): unknown {
  if (attribute.S !== undefined) return attribute.S;
  if (attribute.N !== undefined) return Number(attribute.N);
  if (attribute.BOOL !== undefined) return attribute.BOOL;
  if (attribute.NULL !== undefined) return null;
  if (attribute.L !== undefined) return attribute.L.map(valueOf);
  if (attribute.M !== undefined) return documentOf(attribute.M);
  throw new TypeError(`not an attribute of a JSON document: ${Object.keys(attribute).join()}`);
}
