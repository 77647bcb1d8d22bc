// XML out escapes everything; XML in takes what clients send and refuses what attackers send, quickly.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { XMLParser } from 'fast-xml-parser';
import { S3Error } from './errors.js';
import { childrenOf, element, errorDocument, parseXml, textFields, textOf } from './xml.js';

const parse = (text: string | Uint8Array, root = 'Delete') => parseXml(Buffer.from(text), root);
const refused = (text: string | Uint8Array, root = 'Delete') =>
  assert.throws(
    () => parse(text, root),
    (thrown) => thrown instanceof S3Error && thrown.code === 'MalformedXML',
  );

describe('XML out', () => {
  it('any text comes back from an independent parser', () => {
    const parser = new XMLParser({ parseTagValue: false, trimValues: false, htmlEntities: true });
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), (text) => {
        const parsed = parser.parse(element('Key', text)) as { Key: string };
        assert.equal(parsed.Key, text);
      }),
      { seed: 5, numRuns: 300 },
    );
    assert.equal(element('Key', '<&>"\r\n'), '<Key>&lt;&amp;&gt;&quot;&#13;&#10;</Key>');
    assert.equal(element('Key', undefined), '');
  });

  it('characters that XML 1.0 forbids are written as references, never as other characters', () => {
    assert.equal(element('Key', 'a\u0001b\u000bc\uffff'), '<Key>a&#x1;b&#xB;c&#xFFFF;</Key>');
  });

  it('an error document is well-formed whatever it quotes', () => {
    const xml = errorDocument(new S3Error('NoSuchKey', { details: { Key: 'a\u0001b' } }), '/', 'ID');
    assert.ok(xml.includes('<Key>a\ufffdb</Key>'));
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
    ['text behind the root element', '<Delete></Delete>text'],
    ['a reference behind the root element', '<Delete></Delete>&#x41;'],
    ['text before the root element', 'a<Delete></Delete>'],
    ['two hyphens in a comment', '<Delete><!-- a -- b --></Delete>'],
    ['a comment that ends in three hyphens', '<Delete><!-- a ---></Delete>'],
    ['the end of a CDATA section in text', '<Delete>a]]>b</Delete>'],
    ['a declaration that does not open the document', '<Delete><?xml version="1.0"?></Delete>'],
    ['an instruction without a name', '<Delete><? a?></Delete>'],
    ['an instruction with a character that names cannot have', '<Delete><?a\u246a b?></Delete>'],
    ['an angle bracket in an attribute', '<Delete a="<b>"></Delete>'],
    ['names of the prototype', '<Delete><__proto__><a>1</a></__proto__></Delete>'],
  ];
  for (const [name, text] of hostile) it(`${name} is MalformedXML`, () => refused(text));

  const key = (text: string) => `<Delete><Object><Key>${text}</Key></Object></Delete>`;
  const keyOf = (text: string) => {
    const [object] = childrenOf(parse(key(text)), 'Object');
    return object === undefined ? undefined : textOf(object, 'Key');
  };

  it('every character that XML can carry is read exactly, and each reference once', () => {
    const table: readonly (readonly [string, string])[] = [
      ['&amp;lt;', '&lt;'],
      ['&#38;amp;', '&amp;'],
      ['&#x26;#x1;', '&#x1;'],
      ['<![CDATA[&amp;&#x1;]]>', '&amp;&#x1;'],
      ['a<!-- &nothing; -->b', 'ab'],
      ['<![CDATA[<!-- ]]>&lt;!--', '<!-- <!--'],
      ['&quot;&apos;&gt;', '"\'>'],
      ['&#13;&#xA;&#9;', '\r\n\t'],
      ['&#x1F642;&#55295;', '🙂\ud7ff'],
      ['  ', '  '],
      ['', ''],
    ];
    for (const [text, expected] of table) assert.equal(keyOf(text), expected, text);
  });

  const unreadable: readonly (readonly [string, string])[] = [
    ['a reference to a control character', 'ctl&#x1;key'],
    ['a decimal reference to a control character', '&#11;'],
    ['a reference to the zero character', '&#x0;'],
    ['a reference to a surrogate', '&#xD800;'],
    ['references to both halves of a surrogate pair', '&#xD83D;&#xDE42;'],
    ['a reference to U+FFFE', '&#xFFFE;'],
    ['a reference beyond Unicode', '&#x110000;'],
    ['an HTML entity', '&copy;'],
    ['an entity of no standard', '&nothing;'],
    ['a name of the prototype as an entity', '&constructor;'],
    ['an ampersand alone', 'a & b'],
    ['a reference without a semicolon', '&amp'],
    ['a reference without a number', '&#;'],
    ['a control character', 'a\u0001b'],
    ['U+FFFF', 'a\uffffb'],
    ['a control character in CDATA', '<![CDATA[\u0001]]>'],
    ['CDATA without an end', '<![CDATA[a'],
    ['a comment without an end', '<!-- a'],
  ];
  for (const [name, text] of unreadable) it(`${name} is MalformedXML`, () => refused(key(text)));

  it('a lone surrogate, as the three bytes that encode it, is MalformedXML', () => {
    const [before, behind] = key('|').split('|');
    refused(Buffer.concat([Buffer.from(before ?? ''), Buffer.from([0xed, 0xa0, 0x80]), Buffer.from(behind ?? '')]));
  });

  it('XML 1.1 and encodings other than UTF-8 are MalformedXML', () => {
    assert.equal(childrenOf(parse(`<?xml version="1.0" encoding="utf-8"?>${key('a')}`), 'Object').length, 1);
    refused(`<?xml version="1.1"?>${key('a')}`);
    refused(`<?xml version="1.0" encoding="ISO-8859-1"?>${key('é')}`);
  });

  it('fields take known elements that stand once and hold text alone', () => {
    const fields = (text: string) => textFields(parse(`<Delete>${text}</Delete>`), ['Key', 'Size'], ['Other']);
    assert.deepEqual(fields(' <Key>a</Key>\n<Other><x/></Other>'), { Key: 'a' });
    for (const text of ['<Key>a</Key><Key>b</Key>', '<Key><x/></Key>', '<key>a</key>', '<Key>a</Key>text', 'text']) {
      assert.throws(() => fields(text), { code: 'MalformedXML' }, text);
    }
  });

  it('unclosed sections are refused in a moment, however many there are', () => {
    const startedAt = performance.now();
    for (const open of ['<!--', '<![CDATA[', '<?', '<!']) refused(`<Delete>${open.repeat(400_000)}</Delete>`);
    assert.ok(performance.now() - startedAt < 30_000);
  });

  it('a root of the prototype is not found', () => refused('<a></a>', 'constructor'));

  it('a document of the largest size is parsed in a moment', () => {
    const object = '<Object><Key>some/key/of/ordinary/length</Key></Object>';
    const xml = `<Delete>${object.repeat(Math.floor((2 * 1024 * 1024) / object.length) - 1)}</Delete>`;
    const startedAt = performance.now();
    assert.ok(childrenOf(parse(xml), 'Object').length > 30_000);
    assert.ok(performance.now() - startedAt < 30_000, 'no quadratic work');
  });
});
