// XML out escapes everything; XML in takes what clients send and refuses what attackers send, quickly.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { XMLParser } from 'fast-xml-parser';
import { S3Error } from './errors.js';
import { childrenOf, element, errorDocument, parseXml, textOf } from './xml.js';

const parse = (text: string | Uint8Array, root = 'Delete') => parseXml(Buffer.from(text), root);
const refused = (text: string | Uint8Array, root = 'Delete') =>
  assert.throws(
    () => parse(text, root),
    (thrown) => thrown instanceof S3Error && thrown.code === 'MalformedXML',
  );

describe('XML out', () => {
  it('any text comes back from an independent parser, but for characters that XML cannot carry', () => {
    const parser = new XMLParser({ parseTagValue: false, trimValues: false, htmlEntities: true });
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), (text) => {
        const parsed = parser.parse(element('Key', text)) as { Key: string };
        assert.equal(parsed.Key, text);
      }),
      { seed: 5, numRuns: 300 },
    );
    assert.equal(element('Key', 'a\u0000b\u000bc\ufffe'), '<Key>a\ufffdb\ufffdc\ufffd</Key>');
    assert.equal(element('Key', '<&>"\r\n'), '<Key>&lt;&amp;&gt;&quot;&#13;&#10;</Key>');
    assert.equal(element('Key', undefined), '');
  });

  it('an error document escapes what the client sent', () => {
    const xml = errorDocument(new S3Error('NoSuchKey', { details: { Key: '</Key><x>' } }), '/<script>', 'ID');
    assert.ok(!xml.includes('<script>') && !xml.includes('<x>'));
  });
});

describe('XML in', () => {
  it('reads keys as they are: entities, spaces, CDATA, prefixes, a byte order mark', () => {
    const xml =
      '\ufeff<?xml version="1.0"?><s:Delete xmlns:s="urn:x"><s:Object><s:Key> a&amp;b&#x1F642;&#10; </s:Key></s:Object><s:Object><s:Key><![CDATA[<raw>]]></s:Key></s:Object></s:Delete>';
    const keys = childrenOf(parse(xml), 'Object').map((node) => textOf(node, 'Key'));
    assert.deepEqual(keys, [' a&b🙂\n ', '<raw>']);
  });

  it('a single child and several are lists alike; absent ones are none', () => {
    const node = parse('<Delete><Object><Key>a</Key></Object></Delete>');
    assert.equal(childrenOf(node, 'Object').length, 1);
    assert.equal(childrenOf(node, 'Part').length, 0);
    assert.equal(textOf(node, 'Quiet'), undefined);
    assert.equal(childrenOf(node, 'constructor').length, 0);
  });

  const hostile: readonly (readonly [string, string | Uint8Array])[] = [
    ['nothing', ''],
    ['no XML', 'hello'],
    ['another root', '<Other></Other>'],
    ['two roots', '<Delete></Delete><Delete></Delete>'],
    ['an open element', '<Delete><Object>'],
    ['crossed elements', '<Delete><a><b></a></b></Delete>'],
    ['a document type', '<!DOCTYPE Delete [<!ENTITY a "b">]><Delete>&a;</Delete>'],
    ['external entities', '<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><Delete>&x;</Delete>'],
    ['bytes that are no UTF-8', new Uint8Array([0x3c, 0x44, 0xff, 0xfe])],
    ['UTF-16', Buffer.from('<Delete></Delete>', 'utf16le')],
    ['deep nesting', `${'<a>'.repeat(50_000)}${'</a>'.repeat(50_000)}`],
    ['deep nesting inside the root', `<Delete>${'<a>'.repeat(50_000)}${'</a>'.repeat(50_000)}</Delete>`],
    ['names of the prototype', '<Delete><__proto__><a>1</a></__proto__></Delete>'],
  ];
  for (const [name, text] of hostile) it(`${name} is MalformedXML`, () => refused(text));

  it('a root of the prototype is not found', () => refused('<a></a>', 'constructor'));

  it('a document of the largest size is parsed in a moment', () => {
    const object = '<Object><Key>some/key/of/ordinary/length</Key></Object>';
    const xml = `<Delete>${object.repeat(Math.floor((2 * 1024 * 1024) / object.length) - 1)}</Delete>`;
    const startedAt = performance.now();
    assert.ok(childrenOf(parse(xml), 'Object').length > 30_000);
    assert.ok(performance.now() - startedAt < 5_000);
  });
});
