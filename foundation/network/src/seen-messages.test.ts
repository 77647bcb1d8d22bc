// NW-34: the gossip router remembers a bounded number of messages.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { utf8 } from '@cess/primitives';
import { gossipsub } from '@libp2p/gossipsub';
import { boundSeenMessages } from './seen-messages.js';

interface Tables {
  readonly seenCache: { readonly size: number; has(key: string): boolean; put(key: string): boolean };
  readonly publishedMessageIds: Tables['seenCache'];
}

/** The router itself, not started: of its surroundings it takes only the logger before. */
function router(): Tables & object {
  const log = Object.assign(() => {}, { error: () => {}, trace: () => {}, enabled: false });
  return gossipsub()({ logger: { forComponent: () => log } } as unknown as Parameters<
    ReturnType<typeof gossipsub>
  >[0]) as unknown as Tables;
}

describe('what the gossip router remembers', () => {
  it('NW-34: is bounded; the oldest messages are forgotten first', () => {
    const bounded = router();
    boundSeenMessages(bounded, 3);
    for (const table of [bounded.seenCache, bounded.publishedMessageIds]) {
      for (const id of ['a', 'b', 'c', 'd', 'e']) assert.equal(table.put(id), false);
      assert.equal(table.size, 3);
      assert.deepEqual(
        ['a', 'b', 'c', 'd', 'e'].map((id) => table.has(id)),
        [false, false, true, true, true],
      );
      assert.equal(table.put('d'), true);
      assert.equal(table.size, 3);
    }
  });

  it('NW-34: a router of another build is refused, not left without a bound', () => {
    assert.throws(() => boundSeenMessages({ seenCache: utf8('a') }, 3), /the gossip router has a table seenCache/);
  });
});
