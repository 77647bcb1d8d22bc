// XML of requests: what the gateway reads is what an independent strict parser (saxes) reads, or it is refused.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SaxesParser } from 'saxes';
import { fuzz, integer, list, mutated, outcomeOf, pick, type Random, randomText } from '../../test-support/fuzz.js';
import { childNames, childrenOf, parseXml, type XmlNode } from '../xml.js';

const names = ['Delete', 'Object', 'Key', 'Tag', 'Rule', 'Ä', 'a-b.c'] as const;
const tokens = [
  '<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]>',
  '<!ENTITY e "x">',
  '&e;',
  '&#0;',
  '&#x10FFFF;',
  '<![CDATA[',
  ']]>',
  '<!--',
  '-->',
  '<?',
  '?>',
  '</Delete>',
  '<Delete>',
  '<__proto__>a</__proto__>',
  '<constructor>a</constructor>',
  ' xmlns="a"',
  '&amp',
  '<?xml version="1.1"?>',
] as const;

interface Tree {
  readonly name: string;
  readonly children: readonly Tree[];
  readonly text: string;
}

function randomTree(random: Random, depth: number, name: string): Tree {
  const children = depth === 0 ? [] : list(random, 3, () => randomTree(random, depth - 1, pick(random, [...names])));
  return {
    name,
    children,
    text: children.length > 0 ? '' : randomText(random, 8).replace(/[^\t\n -\ud7ff\ue000-\ufffd]/g, ''),
  };
}

function written(random: Random, { name, children, text }: Tree): string {
  const filler = pick(random, ['', '', '\n  ', '<!-- a - b -->', '<?a b?>']);
  const escaped = [...text]
    .map((one) => {
      if ('<&>'.includes(one)) return `&#${one.charCodeAt(0)};`;
      return random() < 0.2 ? `&#x${one.codePointAt(0)?.toString(16)};` : one;
    })
    .join('');
  const content = text !== '' && random() < 0.3 && !text.includes(']]>') ? `<![CDATA[${text}]]>` : escaped;
  const inner = children.map((child) => filler + written(random, child)).join('');
  return `<${name}${pick(random, ['', ' ', ' a="b"'])}>${inner}${content}</${name}>`;
}

/** All texts by their paths, as saxes reads them; undefined for a document that is not well-formed. */
function pathsBySaxes(text: string): readonly string[] | undefined {
  const parser = new SaxesParser({ xmlns: false });
  const path: string[] = [];
  const content: string[] = [];
  const out: string[] = [];
  let failed = false;
  parser.on('error', () => {
    failed = true;
  });
  parser.on('opentag', ({ name }) => {
    path.push(name.replace(/^.*:/, ''));
    content.push('');
  });
  const add = (more: string) => {
    const last = content.pop();
    if (last !== undefined) content.push(last + more);
  };
  parser.on('text', add);
  parser.on('cdata', add);
  parser.on('closetag', () => {
    out.push(`${path.join('/')}=${(content.pop() ?? '').replace(/\s+/g, '')}`);
    path.pop();
  });
  try {
    parser.write(text).close();
  } catch {
    return undefined;
  }
  return failed ? undefined : out.sort();
}

function pathsOf(node: XmlNode, path: string): readonly string[] {
  const text = typeof node === 'string' ? node : childrenOf(node, '#text').join('');
  const own = `${path}=${text.replace(/\s+/g, '')}`;
  const children = childNames(node).flatMap((name) =>
    childrenOf(node, name).flatMap((child) => pathsOf(child, `${path}/${name}`)),
  );
  return [own, ...children].sort();
}

const read = (text: string) => outcomeOf(() => parseXml(Buffer.from(text), 'Delete'));

describe('XML of requests', () => {
  it('reads every well-formed document as an independent parser does', () =>
    fuzz(async (random) => {
      const text = written(random, randomTree(random, 3, 'Delete'));
      const outcome = await read(text);
      assert.ok('value' in outcome, `${JSON.stringify(outcome)}: ${text}`);
      assert.deepEqual(pathsOf(outcome.value, 'Delete'), pathsBySaxes(text), text);
    }));

  it('refuses a changed document, or reads it as an independent parser does', () =>
    fuzz(async (random) => {
      const changed = mutated(random, written(random, randomTree(random, 2, 'Delete')), tokens);
      const text = Buffer.from(changed).toString('utf8');
      const outcome = await read(text);
      if ('refused' in outcome) return assert.equal(outcome.refused, 'MalformedXML');
      assert.ok(!/<!(?:DOCTYPE|ENTITY)/.test(text.replace(/<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>/gs, '')), text);
      assert.deepEqual(pathsOf(outcome.value, 'Delete'), pathsBySaxes(text), text);
    }));

  it('refuses random bytes', () =>
    fuzz(async (random) => {
      const bytes = Buffer.from(list(random, 40, () => integer(random, 256)));
      const outcome = await outcomeOf(() => parseXml(bytes, 'Delete'));
      assert.deepEqual(outcome, { refused: 'MalformedXML' });
    }));
});
