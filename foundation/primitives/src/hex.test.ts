// Hexadecimal text by Node's Buffer and by the loop for browsers.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import * as browser from './hex-text-browser.js';
import * as node from './hex-text-node.js';
import { fromHex, isCessError, toHex0x } from './index.js';

describe('hexadecimal text', () => {
  it('is the same in Node and in browsers, and reads back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        const text = browser.encodeHexText(bytes);
        assert.equal(text, node.encodeHexText(bytes));
        assert.deepEqual(browser.decodeHexText(text), bytes);
        assert.deepEqual(browser.decodeHexText(text.toUpperCase()), node.decodeHexText(text));
        assert.deepEqual(fromHex(toHex0x(bytes)), bytes);
      }),
      { seed: 13, numRuns: 100 },
    );
  });

  it('text of an odd length or with other characters is refused', () => {
    for (const text of ['abc', '0xabc', 'zz', '0x 1']) {
      assert.throws(
        () => fromHex(text),
        (thrown) => isCessError(thrown, 'HEX_MALFORMED'),
      );
    }
  });
});
