import { XMLBuilder, XMLParser } from 'fast-xml-parser';
import { CloudFrontError } from './cloudfront-error.ts';

/**
 * An element as CloudFront's XML has them: a name with either text or elements inside, no attributes.
 * Text stays the text that was sent (`1.0` and `0123` are not numbers here) and elements keep their
 * order, so that what was parsed renders to the same thing again. An empty element has the text ''.
 */
export interface XmlElement {
  readonly name: string;
  readonly content: string | readonly XmlElement[];
}

const TEXT = '#text';
const CDATA = '#cdata';
const ATTRIBUTES = ':@';

/** MalformedXML for anything but one well-formed element; document type declarations are refused. */
export function parseXml(text: string): XmlElement {
  if (/<!DOCTYPE/i.test(text)) throw malformed('document type declarations are not accepted');
  const [root, ...others] = parseNodes(text).filter(isElement);
  if (!root || others.length > 0) throw malformed('expected one root element');
  return toElement(root);
}

export function renderXml(root: XmlElement, namespace: string): string {
  const builder = new XMLBuilder({
    preserveOrder: true, ignoreAttributes: false, processEntities: false, suppressEmptyNode: false,
  });
  const document = [{ ...fromElement(root), [ATTRIBUTES]: { '@_xmlns': namespace } }];
  return `<?xml version="1.0" encoding="UTF-8"?>\n${builder.build(document)}`;
}

export function element(name: string, content: string | number | boolean | readonly XmlElement[]): XmlElement {
  return { name, content: typeof content === 'object' ? content : String(content) };
}

export function childrenOf(parent: XmlElement | undefined, name?: string): readonly XmlElement[] {
  if (!parent || typeof parent.content === 'string') return [];
  return name === undefined ? parent.content : parent.content.filter((child) => child.name === name);
}

export function childAt(parent: XmlElement | undefined, ...path: readonly string[]): XmlElement | undefined {
  return path.reduce<XmlElement | undefined>((at, name) => childrenOf(at, name)[0], parent);
}

/** The text of the element at `path`; empty when there is no such element or it holds elements. */
export function textAt(parent: XmlElement | undefined, ...path: readonly string[]): string {
  const content = childAt(parent, ...path)?.content;
  return typeof content === 'string' ? content : '';
}

/** Undefined when there is no such element. */
export function booleanAt(parent: XmlElement, name: string): boolean | undefined {
  return childAt(parent, name) && textAt(parent, name) === 'true';
}

/** Replaces the child of that name in its place, or appends it. */
export function withChild(parent: XmlElement, child: XmlElement): XmlElement {
  const children = childrenOf(parent);
  const known = children.some((other) => other.name === child.name);
  return {
    name: parent.name,
    content: known ? children.map((other) => (other.name === child.name ? child : other)) : [...children, child],
  };
}

function malformed(detail: string): CloudFrontError {
  return new CloudFrontError('MalformedXML', `The XML is not valid: ${detail}.`);
}

/** As the parser gives it: one key, the name, beside that of the attributes. */
type Node = Readonly<Record<string, unknown>>;

function parseNodes(text: string): readonly Node[] {
  const parser = new XMLParser({
    preserveOrder: true, parseTagValue: false, trimValues: false, ignoreAttributes: true, removeNSPrefix: true,
    processEntities: false, cdataPropName: CDATA,
  });
  try {
    return parser.parse(text, true) as readonly Node[];
  } catch {
    throw malformed('the document is not well-formed');
  }
}

function isElement(node: Node): boolean {
  const name = nameOf(node);
  return name !== TEXT && name !== CDATA && !name.startsWith('?');
}

function nameOf(node: Node): string {
  return Object.keys(node).find((key) => key !== ATTRIBUTES) as string;
}

function toElement(node: Node): XmlElement {
  const name = nameOf(node);
  const nodes = node[name] as readonly Node[];
  const elements = nodes.filter(isElement).map(toElement);
  if (elements.length > 0) return { name, content: elements };
  return { name, content: nodes.map(toText).join('') };
}

function toText(node: Node): string {
  const cdata = node[CDATA] as readonly Node[] | undefined;
  return cdata ? cdata.map((inner) => String(inner[TEXT])).join('') : decodeReferences(String(node[TEXT]));
}

const NAMED = new Map([['amp', '&'], ['lt', '<'], ['gt', '>'], ['quot', '"'], ['apos', '\'']]);

/** By hand, because the parser leaves numeric references as they are, and the SDK sends line ends as such. */
function decodeReferences(text: string): string {
  return text.replace(/&([^;&]*);?/g, (_, reference: string) => {
    const [, hexadecimal, decimal] = /^#(?:x([0-9a-f]{1,6})|([0-9]{1,7}))$/i.exec(reference) ?? [];
    const codePoint = hexadecimal ? parseInt(hexadecimal, 16) : Number(decimal);
    if (codePoint <= 0x10ffff) return String.fromCodePoint(codePoint);
    const character = NAMED.get(reference);
    if (character === undefined) throw malformed(`unknown reference &${reference};`);
    return character;
  });
}

function fromElement({ name, content }: XmlElement): Node {
  if (typeof content !== 'string') return { [name]: content.map(fromElement) };
  return { [name]: content === '' ? [] : [{ [TEXT]: escapeText(content) }] };
}

/** A carriage return has to be a reference: parsers turn a bare one into a line feed. */
function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('\r', '&#xD;');
}
