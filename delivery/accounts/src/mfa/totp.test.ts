import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { utf8 } from '@cess/primitives';
import { totpCode, totpStepMs, verifyTotp, verifyTotpPair } from './totp.js';

// RFC 6238, Appendix B.
const seeds = {
  sha1: utf8('12345678901234567890'),
  sha256: utf8('12345678901234567890123456789012'),
  sha512: utf8('1234567890123456789012345678901234567890123456789012345678901234'),
};
const vectors = [
  [59, '94287082', '46119246', '90693936'],
  [1_111_111_109, '07081804', '68084774', '25091201'],
  [1_111_111_111, '14050471', '67062674', '99943326'],
  [1_234_567_890, '89005924', '91819424', '93441116'],
  [2_000_000_000, '69279037', '90698825', '38618901'],
  [20_000_000_000, '65353130', '77737706', '47863826'],
] as const;

const seed = seeds.sha1;
const nowMs = 2_000_000_000_000;
const now = Math.floor(nowMs / totpStepMs);

describe('time-based one-time passwords', () => {
  it('give the codes of RFC 6238', () => {
    for (const [seconds, ...codes] of vectors) {
      const step = Math.floor((seconds * 1000) / totpStepMs);
      const algorithms = ['sha1', 'sha256', 'sha512'] as const;
      const given = algorithms.map((algorithm) => totpCode(seeds[algorithm], step, { algorithm, digits: 8 }));
      assert.deepEqual(given, codes);
    }
  });

  it('are accepted one step before and after the clock, and no further', () => {
    const accepted = [-2, -1, 0, 1, 2].filter(
      (drift) => verifyTotp(totpCode(seed, now + drift), { seed, nowMs, lastStep: 0 }) !== undefined,
    );
    assert.deepEqual(accepted, [-1, 0, 1]);
  });

  it('are refused when this code or a later one was accepted before', () => {
    const check = (lastStep: number) => verifyTotp(totpCode(seed, now), { seed, nowMs, lastStep });
    assert.deepEqual([check(now - 1), check(now), check(now + 1)], [now, undefined, undefined]);
  });

  it('are refused unless they are six digits', () => {
    for (const code of ['', '12345', '1234567', 'abcdef', '١٢٣٤٥٦'])
      assert.equal(verifyTotp(code, { seed, nowMs, lastStep: 0 }), undefined);
  });

  it('make a pair only if the second follows the first', () => {
    const codes = (first: number, second: number) => [totpCode(seed, first), totpCode(seed, second)] as const;
    const check = { seed, nowMs, lastStep: 0 };
    assert.equal(verifyTotpPair(codes(now - 1, now), check), now);
    assert.equal(verifyTotpPair(codes(now, now - 1), check), undefined);
    assert.equal(verifyTotpPair(codes(now, now), check), undefined);
    assert.equal(verifyTotpPair(codes(now - 1, now), { ...check, lastStep: now - 1 }), undefined);
  });
});
