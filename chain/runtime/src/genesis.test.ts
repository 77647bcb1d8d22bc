// The state before the first block: which configurations are refused, and what a valid one writes. A changed hash of the
// state means that existing chains no longer open.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { blake2_256 } from '@cess/crypto';
import { CESS, isCessError, toHex } from '@cess/primitives';
import { type GenesisConfig, query } from './index.js';
import { alice, author, Harness } from './test-support/harness.js';
import { MemoryExternalities } from './test-support/memory-externalities.js';
import { SPEC_VERSION } from './version.js';

describe('genesis', () => {
  const config: GenesisConfig = {
    spec: 'production',
    slotDurationMs: 6000,
    balances: [[alice.publicKey, CESS]],
    authorities: [{ key: author.publicKey, account: author.publicKey }],
    beacon: new Uint8Array(64),
    audit: { cycle: 14_400, proof: 600, verdict: 600, dispute: 3600, claim: 3600 },
  };
  const refused: Readonly<Record<string, Partial<GenesisConfig>>> = {
    'slots that are too short': { spec: 'development', slotDurationMs: 99 },
    'CHAIN-8: production slots other than 6 s': { slotDurationMs: 1000 },
    'no authority': { authorities: [] },
    'a period of the audit below a minute': {
      audit: { cycle: 14_400, proof: 59, verdict: 600, dispute: 3600, claim: 3600 },
    },
    'a beacon of another size': { beacon: new Uint8Array(32) },
    'a balance below the existential deposit': { balances: [[alice.publicKey, CESS - 1n]] },
    'an account endowed twice': {
      balances: [
        [alice.publicKey, CESS],
        [alice.publicKey, CESS],
      ],
    },
  };
  for (const [what, change] of Object.entries(refused)) {
    it(`refuses ${what}`, () => {
      const { runtime } = new Harness();
      const genesis = () => runtime.genesis(new MemoryExternalities(), { ...config, ...change });
      assert.throws(genesis, (thrown) => isCessError(thrown, 'GENESIS_INVALID'));
    });
  }

  it('the period for tagging is that of the configuration, in blocks, or a day', () => {
    const { runtime } = new Harness();
    const periodOf = (change: object) => {
      const ext = new MemoryExternalities();
      runtime.genesis(ext, { ...config, ...change });
      return query.FileBank.TaggingPeriod.get({ ext });
    };
    assert.equal(periodOf({}), undefined);
    assert.equal(periodOf({ taggingSeconds: 3600 }), 600);
    assert.throws(() => periodOf({ taggingSeconds: 60 }), /tagging/);
  });

  it('the state of a development specification is the one that existing chains began with', () => {
    const { runtime } = new Harness();
    const ext = new MemoryExternalities();
    runtime.genesis(ext, {
      spec: 'development',
      slotDurationMs: 1000,
      balances: [
        [new Uint8Array(32).fill(1), 10n ** 24n],
        [new Uint8Array(32).fill(2), 10n ** 20n],
      ],
      authorities: [{ key: new Uint8Array(32).fill(3), account: new Uint8Array(32).fill(4) }],
      beacon: new Uint8Array(64).fill(5),
      audit: { cycle: 240, proof: 60, verdict: 60, dispute: 60, claim: 60 },
    });
    assert.equal(toHex(ext.storageRoot()), '6cf3376ca158f6d7f00cf0f926d4af90a710f05c6cab4bb7b17c7948e1d62665');
  });

  it('CHAIN-7: the manifest at :code changes with what clients see of the runtime', () => {
    const { runtime } = new Harness();
    const ext = new MemoryExternalities();
    runtime.genesis(ext, config);
    const manifest = JSON.parse(Buffer.from(ext.get(Buffer.from(':code'))!).toString());
    assert.deepEqual(manifest, {
      runtime: 'cess',
      specVersion: SPEC_VERSION,
      metadata: Buffer.from(blake2_256(runtime.metadata(15))).toString('hex'),
    });
  });
});
