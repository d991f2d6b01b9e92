import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import t from 'tap';
import { childAt, childrenOf, element, parseXml, renderXml, textAt,
  withChild } from '../../../src/local-cloud/cloudfront/xml.ts';
import type { XmlElement } from '../../../src/local-cloud/cloudfront/xml.ts';

void t.test('text stays text, elements keep their order, nothing empty is lost', async (t) => {
  const tree = parseXml('\uFEFF<?xml version="1.0"?>\n<!-- note --><c:A xmlns:c="u" other="1">\n  <B>1.0</B><C/>' +
    '<D></D><E> &amp;&lt;&gt;&quot;&apos;&#x0D;&#10;&#x1F600; </E>' +
    '<B>0123</B><F><![CDATA[<x>&amp;]]>y</F><H> </H></c:A>\n');
  t.strictSame(tree, element('A', [
    element('B', '1.0'), element('C', ''), element('D', ''), element('E', ' &<>"\'\r\n😀 '), element('B', '0123'),
    element('F', '<x>&amp;y'), element('H', ' '),
  ]));
  t.equal(childrenOf(tree).length, 7);
  t.equal(childrenOf(tree, 'B').length, 2);
  t.equal(textAt(tree, 'B'), '1.0');
  t.equal(childAt(tree, 'C', 'none'), undefined);
  t.equal(textAt(element('A', [tree]), 'A'), '', 'what holds elements has no text');
  t.equal(textAt(withChild(tree, element('C', 1)), 'C'), '1', 'replaced in its place');
  t.equal(childrenOf(withChild(tree, element('Z', true))).at(-1)?.name, 'Z', 'or appended');
});

void t.test('whatever is rendered parses to the same tree', async (t) => {
  const { tree } = fc.letrec<{ tree: XmlElement }>((tie) => {
    const name = fc.stringMatching(/^[A-Z][A-Za-z0-9]{0,8}$/);
    const text = fc.string({ unit: fc.constantFrom('a', '0', '.', ' ', '\n', '\r', '\t', '&', '<', '>', '"', '\'', ']',
      'é', '😀', ';', '#') });
    return { tree: fc.record({
      name, content: fc.oneof({ depthSize: 'small' }, text, fc.array(tie('tree'), { minLength: 1, maxLength: 4 })),
    }, { noNullPrototype: true }) };
  });
  const roundTrip = fc.property(tree, (original) =>
    isDeepStrictEqual(parseXml(renderXml(original, 'urn:x')), original));
  const outcome = fc.check(roundTrip, { numRuns: 300 });
  t.notOk(outcome.failed,
    `replay with fc.check(…, { seed: ${outcome.seed}, path: '${outcome.counterexamplePath ?? ''}' })`,
    { counterexample: outcome.counterexample });
});

void t.test('what is not one well-formed element is refused', async (t) => {
  const documents = [
    '', 'text', '<A>', '<A></B>', '<A/><B/>', '<A>&nope;</A>', '<A>&#x110000;</A>', '<A>a & b</A>',
    '<!DOCTYPE A [<!ENTITY x "y">]><A>&x;</A>', '<A><constructor>1</constructor></A>',
  ];
  for (const document of documents) t.throws(() => parseXml(document), { code: 'MalformedXML' }, document);
});
