import { randomUUID } from 'node:crypto';
import type { WireResponse } from '../wire.ts';
import { STATUS_OF } from './cloudfront-error.ts';
import type { CloudFrontError } from './cloudfront-error.ts';
import { element, renderXml } from './xml.ts';
import type { XmlElement } from './xml.ts';

export const API_PATH = '/2020-05-31/';
const NAMESPACE = 'http://cloudfront.amazonaws.com/doc/2020-05-31/';

export function xmlAnswer(
  status: number, root: XmlElement, headers: Readonly<Record<string, string>> = {},
): WireResponse {
  const body = new TextEncoder().encode(renderXml(root, NAMESPACE));
  return { status, headers: { 'content-type': 'text/xml', 'x-amzn-requestid': randomUUID(), ...headers }, body };
}

export function emptyAnswer(status: number): WireResponse {
  return { status, headers: { 'x-amzn-requestid': randomUUID() }, body: new Uint8Array() };
}

export function errorAnswer({ code, message }: CloudFrontError): WireResponse {
  const requestId = randomUUID();
  const error = element('Error', [element('Type', 'Sender'), element('Code', code), element('Message', message)]);
  const root = element('ErrorResponse', [error, element('RequestId', requestId)]);
  return xmlAnswer(STATUS_OF[code], root, { 'x-amzn-requestid': requestId });
}

export function isoTime(timeMs: number): string {
  return new Date(timeMs).toISOString();
}

/** Where a thing that was made can be read. */
export function locationOf(path: string): string {
  return `https://cloudfront.amazonaws.com${API_PATH}${path}`;
}
