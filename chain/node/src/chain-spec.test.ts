// A chain specification is checked whole; a production one refuses every stand-in.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { encodeSs58 } from '@cess/crypto';
import { isCessError, silentLogger, throwFatal, toHex0x } from '@cess/primitives';
import { genesisConfigOf } from './chain-spec.js';
import { specDigest } from './engine/genesis.js';
import { createChainNode, parseChainSpec } from './index.js';

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

  it('production refuses few authorities; this version also has no elections yet', () => {
    assert.match(reasonOf({ ...production, authorities: [authority(1)] })!, /at least 4/);
    const init = {
      dataDir: '/nonexistent',
      chainSpec: parseChainSpec(production),
      rpcPort: 0,
      logger: silentLogger,
      onFatal: throwFatal,
    };
    assert.throws(
      () => createChainNode(init),
      (thrown) => isCessError(thrown, 'CHAIN_ELECTIONS_UNAVAILABLE'),
    );
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
