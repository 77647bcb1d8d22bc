// GR-50: authority changes in headers have the bytes of Substrate's consensus log.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fromHex, isCessError, toHex } from '@cess/primitives';
import { type DigestItem, findGrandpaLogs, type GrandpaLog, grandpaDigest } from './index.js';

const key = new Uint8Array(32).fill(0xab);

describe('GRANDPA digest', () => {
  const cases: [string, GrandpaLog, string][] = [
    [
      'ScheduledChange',
      { type: 'ScheduledChange', value: { next_authorities: [[key, 2n]], delay: 3 } },
      `0104${'ab'.repeat(32)}020000000000000003000000`,
    ],
    ['ForcedChange', { type: 'ForcedChange', value: [7, { next_authorities: [], delay: 0 }] }, '02070000000000000000'],
    ['OnDisabled', { type: 'OnDisabled', value: 5n }, '030500000000000000'],
    ['Pause', { type: 'Pause', value: 1 }, '0401000000'],
    ['Resume', { type: 'Resume', value: 2 }, '0502000000'],
  ];
  for (const [name, log, hex] of cases) {
    it(`GR-50: ${name} is a consensus item of FRNK with the standard bytes`, () => {
      const item = grandpaDigest(log);
      assert.ok(item.type === 'Consensus');
      assert.equal(toHex(item.value[0]), '46524e4b');
      assert.equal(toHex(item.value[1]), hex);
      assert.deepEqual(findGrandpaLogs([item]), [log]);
    });
  }

  it('GR-50: items of other engines are passed over, and a broken one of ours is refused', () => {
    const foreign: DigestItem = { type: 'Consensus', value: [fromHex('42414245'), new Uint8Array(3)] };
    assert.deepEqual(findGrandpaLogs([foreign]), []);
    const broken: DigestItem = { type: 'Consensus', value: [fromHex('46524e4b'), fromHex('0900')] };
    assert.throws(
      () => findGrandpaLogs([broken]),
      (thrown) => isCessError(thrown, 'SCALE_MALFORMED'),
    );
  });
});
