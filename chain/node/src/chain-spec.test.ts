// A chain specification is checked whole; a production one refuses every stand-in.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { encodeSs58 } from '@cess/crypto';
import { isCessError, toHex0x } from '@cess/primitives';
import { genesisConfigOf } from './chain-spec.js';
import { specDigest } from './engine/genesis.js';
import { parseChainSpec } from './index.js';

const key = (i: number) => toHex0x(new Uint8Array(32).fill(i));
const authority = (i: number) => ({ key: key(i), account: encodeSs58(new Uint8Array(32).fill(i), 11330) });
const development = {
  name: 'Dev',
  id: 'dev',
  type: 'development',
  authorities: [authority(1)],
  balances: [[key(5), '10']],
};
const production = { ...development, type: 'production', authorities: [1, 2, 3, 4].map(authority) };

function reasonOf(json: unknown): string | undefined {
  try {
    parseChainSpec(json);
    return undefined;
  } catch (thrown) {
    assert.ok(isCessError(thrown, 'CHAIN_SPEC_INVALID'));
    return String(thrown.data['reason']);
  }
}

describe('chain specification', () => {
  it('fills in defaults: 1 s slots in development, 6 s in production, a beacon from the id', () => {
    const spec = parseChainSpec(development);
    assert.equal(spec.slotDurationMs, 1000);
    assert.equal(spec.beacon.length, 64);
    assert.deepEqual(spec.authorities[0]!.account, new Uint8Array(32).fill(1));
    assert.equal(parseChainSpec(production).slotDurationMs, 6000);
    assert.notDeepEqual(parseChainSpec({ ...development, id: 'other' }).beacon, spec.beacon);
  });

  it('a sudo account is refused, because the runtime has none', () => {
    for (const each of [development, production]) assert.match(reasonOf({ ...each, sudo: key(1) })!, /"sudo"/);
  });

  it('a choice of finality of an earlier version has no effect', () => {
    for (const finality of ['grandpa', 'lone-authority'])
      assert.deepEqual(parseChainSpec({ ...development, finality }), parseChainSpec(development));
  });

  it('production refuses few authorities, and sets of fewer than four', () => {
    assert.match(reasonOf({ ...production, authorities: [authority(1)] })!, /at least 4/);
    assert.match(reasonOf({ ...production, elections: { minimumMembers: 1 } })!, /at least 4/);
  });

  it('R2S-1, CHAIN-8: production elects 11 by 3,000,000 CESS in eras of 3600 slots', () => {
    const { periods, stakingRules } = genesisConfigOf(parseChainSpec(production));
    assert.deepEqual(periods, { slotsPerEpoch: 600, epochsPerEra: 6 });
    assert.equal(stakingRules?.seats, 11);
    assert.equal(stakingRules?.minimum_members, 4);
    assert.equal(stakingRules?.minimum_stake, 3_000_000n * 10n ** 18n);
  });

  it('R2S-10, RS-13.4: trials are held in production, and in development where they are set; only then they enter the digest', () => {
    const trialsOf = (spec: object) => genesisConfigOf(parseChainSpec(spec)).trials;
    assert.deepEqual(trialsOf(production), { of: 6, required: 4 });
    assert.deepEqual(trialsOf(development), { of: 0, required: 0 });
    const elections = { trials: 4, trialsRequired: 2 };
    assert.deepEqual(trialsOf({ ...development, elections }), { of: 4, required: 2 });
    const digestOf = (spec: object) => toHex0x(specDigest(parseChainSpec(spec)));
    const plain = digestOf({ ...development, elections: {} });
    assert.equal(digestOf({ ...development, elections: { trials: 0 } }), plain);
    assert.notEqual(digestOf({ ...development, elections }), plain);
    assert.match(reasonOf({ ...development, elections: { trials: 32 } })!, /trials/);
    assert.match(reasonOf({ ...development, elections: { trials: 2, trialsRequired: 3 } })!, /trialsRequired/);
  });

  it('RS-12.9: rules of elections and the governance account enter genesis and digest where they are set', () => {
    const plain = parseChainSpec(development);
    const chosen = parseChainSpec({
      ...development,
      elections: { slotsPerEpoch: 8, eraReward: '5' },
      governance: key(7),
    });
    assert.equal(plain.elections, undefined);
    assert.deepEqual(genesisConfigOf(chosen).periods, { slotsPerEpoch: 8, epochsPerEra: 6 });
    assert.equal(genesisConfigOf(chosen).stakingRules?.era_reward, 5n);
    assert.deepEqual(genesisConfigOf(chosen).governance, new Uint8Array(32).fill(7));
    const digests = [plain, chosen, { ...chosen, governance: undefined }].map((spec) => toHex0x(specDigest(spec)));
    assert.equal(new Set(digests).size, 3);
    const refused = (elections: unknown) => reasonOf({ ...development, elections });
    assert.match(refused([])!, /object/);
    assert.match(refused({ slots: 1 })!, /unknown field "slots"/);
    assert.match(refused({ seats: -1 })!, /seats/);
    assert.match(refused({ minimumStake: 1000 })!, /decimal/);
    assert.match(refused({ minimumMembers: 12 })!, /minimumMembers/);
    assert.match(refused({ slotsPerEpoch: 3 })!, /slotsPerEpoch/);
    assert.match(refused({ creditThreshold: 1001 })!, /creditThreshold/);
    assert.match(refused({ coolingOffEras: 56 })!, /longer/);
  });

  it('the period for tagging enters genesis and digest where it is set', () => {
    const plain = parseChainSpec(development);
    const chosen = parseChainSpec({ ...development, taggingSeconds: 3600 });
    assert.equal(genesisConfigOf(plain).taggingSeconds, undefined);
    assert.equal(genesisConfigOf(chosen).taggingSeconds, 3600);
    assert.notDeepEqual(specDigest(plain), specDigest(chosen));
    assert.match(reasonOf({ ...development, taggingSeconds: 599 })!, /taggingSeconds/);
  });

  it('every malformed field is named', () => {
    assert.match(reasonOf([])!, /JSON object/);
    assert.match(reasonOf({ ...development, slotDuration: 1 })!, /unknown field "slotDuration"/);
    assert.match(reasonOf({ ...development, type: 'test' })!, /"type"/);
    assert.match(reasonOf({ ...development, finality: 'none' })!, /"finality"/);
    assert.match(reasonOf({ ...development, slotDurationMs: 5 })!, /slotDurationMs/);
    assert.match(reasonOf({ ...development, authorities: [] })!, /authorities/);
    assert.match(reasonOf({ ...development, authorities: [{ key: '0x12', account: key(1) }] })!, /32 bytes/);
    assert.match(reasonOf({ ...development, balances: [[key(1), 10]] })!, /decimal/);
    assert.match(reasonOf({ ...development, balances: [['not an address', '10']] })!, /balances/);
    assert.match(reasonOf({ ...development, beacon: '0x00' })!, /64 bytes/);
  });
});
