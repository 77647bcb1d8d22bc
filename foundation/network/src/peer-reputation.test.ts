// Penalties and bans (docs/protocol/network.md §5).
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PeerId } from './peer-id.js';
import { type Offence, PeerReputation } from './peer-reputation.js';
import { TokenBuckets } from './token-bucket.js';

const [a, b, c] = ['a', 'b', 'c'] as PeerId[] as [PeerId, PeerId, PeerId];

function setting(capacity = 100) {
  let nowMs = 1_000_000;
  const bans: [PeerId, Offence][] = [];
  const offences: Offence[] = [];
  const reputation = new PeerReputation({
    clock: { nowMs: () => nowMs },
    halfLifeMs: 1000,
    banMs: 5000,
    capacity,
    onOffence: (offence) => void offences.push(offence),
    onBan: (peer, offence) => void bans.push([peer, offence]),
  });
  const pass = (ms: number) => {
    nowMs += ms;
  };
  return { reputation, bans, offences, pass };
}

describe('peer reputation', () => {
  it('NW-15: points of offences add up and halve with time, down to nothing', () => {
    const { reputation, pass } = setting();
    reputation.report(a, 'invalid-message');
    reputation.report(a, 'invalid-message');
    assert.equal(reputation.penalty(a), 60);
    pass(1000);
    assert.equal(reputation.penalty(a), 30);
    pass(10_000);
    assert.equal(reputation.penalty(a), 0);
    assert.equal(reputation.penalty(b), 0);
  });

  it('NW-16: a hundred points are a ban, which ends and leaves no penalty', () => {
    const { reputation, bans, pass } = setting();
    for (let i = 0; i < 3; i++) reputation.report(a, 'invalid-message');
    assert.equal(reputation.isBanned(a), false);
    reputation.report(a, 'invalid-message');
    assert.equal(reputation.isBanned(a), true);
    assert.deepEqual(bans, [[a, 'invalid-message']]);
    pass(4999);
    assert.equal(reputation.isBanned(a), true);
    pass(1);
    assert.equal(reputation.isBanned(a), false);
    assert.equal(reputation.penalty(a), 0);
  });

  it('NW-15: slowness alone lifts the points to 20, however often, and adds none to more', () => {
    const { reputation, offences, pass } = setting();
    for (let i = 0; i < 50; i++) reputation.report(a, 'slow');
    assert.equal(reputation.penalty(a), 20);
    pass(1000);
    reputation.report(a, 'slow');
    assert.equal(reputation.penalty(a), 20);
    reputation.report(a, 'invalid-message');
    reputation.report(a, 'slow');
    assert.equal(reputation.penalty(a), 50);
    assert.equal(offences.length, 53);
  });

  it('NW-16: what a banned peer still does is neither counted nor a second ban', () => {
    const { reputation, bans, offences } = setting();
    reputation.report(a, 'hostile');
    reputation.report(a, 'hostile');
    assert.deepEqual([bans.length, offences.length], [1, 1]);
  });

  it('NW-18: penalties and bans are bounded; the oldest are forgotten', () => {
    const { reputation } = setting(2);
    for (const peer of [a, b, a, c]) reputation.report(peer, 'invalid-message');
    assert.deepEqual(
      [a, b, c].map((peer) => reputation.penalty(peer)),
      [60, 0, 30],
    );
    for (const peer of [a, b, c]) reputation.report(peer, 'hostile');
    assert.deepEqual(
      [a, b, c].map((peer) => reputation.isBanned(peer)),
      [false, true, true],
    );
    assert.equal(reputation.banCount, 2);
  });

  it('NW-21: a rate allows bursts of ten seconds, then the average', () => {
    let nowMs = 0;
    const buckets = new TokenBuckets({ nowMs: () => nowMs }, 2, 10);
    const take = (key: string) => buckets.tryTake(key);
    assert.equal(Array.from({ length: 30 }, () => take('a')).filter(Boolean).length, 20);
    assert.equal(take('b'), true);
    nowMs += 1000;
    assert.deepEqual([take('a'), take('a'), take('a')], [true, true, false]);
    nowMs -= 10_000;
    assert.equal(take('a'), false);
  });
});
