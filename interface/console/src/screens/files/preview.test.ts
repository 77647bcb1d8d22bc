// IFACE-1: previews of stored content are chosen by its name, and never make it markup.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { blocksOf, isSafeTarget } from './markdown.js';
import { previewKind } from './object-preview.js';

describe('previews', () => {
  it('show HTML as text, whatever its type says', () => {
    assert.equal(previewKind('page.html', 'image/png'), 'text');
    assert.equal(previewKind('page', 'text/html; charset=utf-8'), 'text');
    assert.equal(previewKind('film.MP4', 'application/octet-stream'), 'video');
    assert.equal(previewKind('archive.bin', 'application/octet-stream'), 'none');
  });

  it('of Markdown link to pages and mail alone', () => {
    for (const target of ['https://example.com', 'HTTP://example.com', 'mailto:a@example.com'])
      assert.ok(isSafeTarget(target), target);
    for (const target of ['javascript:alert(1)', ' javascript:alert(1)', 'data:text/html,x', '//evil.example', '/api'])
      assert.ok(!isSafeTarget(target), target);
  });

  it('of Markdown find headings, lists, quotes, code and paragraphs', () => {
    const blocks = blocksOf('# One\n\ntext\nmore\n- a\n- b\n\n1. c\n> said\n```js\n# no heading\n```\nend');
    const kinds = blocks.map(({ kind }) => kind);
    assert.deepEqual(kinds, ['heading', 'paragraph', 'list', 'list', 'quote', 'code', 'paragraph']);
  });
});
