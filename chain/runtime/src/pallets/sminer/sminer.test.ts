import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CESS, TiB, utf8 } from '@cess/primitives';
import { nodeKeyPossessionMessage } from '@cess/types';
import { query, stakeFor, tx } from '../../index.js';
import { failsWith } from '../../test-support/fails.js';
import { alice, bob, GENESIS_HASH, Harness } from '../../test-support/harness.js';
import { providerSigners, registration } from '../../test-support/storage-scenario.js';

const TIB = BigInt(TiB);
const { node } = providerSigners(1);
const { node: otherNode } = providerSigners(2);
const info = (chain: Harness) => query.Sminer.Miners.get(chain, 0)!;
const reserved = (chain: Harness, account = alice.publicKey) => query.System.Account.get(chain, account).data.reserved;

function registered(): Harness {
  const chain = new Harness();
  assert.equal(chain.run(alice, registration(alice, node)).error, undefined);
  return chain;
}

describe('Sminer', () => {
  it('CHAIN-2: the stake is 4000 CESS per started TiB', () => {
    assert.deepEqual(
      [1n, TIB, TIB + 1n, 5n * TIB].map(stakeFor),
      [4000n, 4000n, 8000n, 20_000n].map((stake) => stake * CESS),
    );
  });

  it('CHAIN-2: registration reserves the stake and assigns an index, found by account and by node key', () => {
    const chain = registered();
    assert.equal(reserved(chain), 4000n * CESS);
    assert.equal(query.Sminer.MinerIndex.get(chain, alice.publicKey), 0);
    assert.equal(query.Sminer.NodeKeys.get(chain, node.publicKey), 0);
    assert.equal(query.Sminer.TotalDeclaredSpace.get(chain), TIB);
    assert.deepEqual([info(chain).state, info(chain).declared_space, info(chain).registered_at], ['Positive', TIB, 1]);
    assert.equal(chain.run(bob, registration(bob, otherNode)).error, undefined);
    assert.equal(query.Sminer.MinerIndex.get(chain, bob.publicKey), 1);
  });

  it('refuses registration twice, foreign or unproven node keys, nothing declared, no endpoint, no money', () => {
    const chain = registered();
    failsWith(chain, alice, registration(alice, otherNode), 'AlreadyRegistered');
    failsWith(chain, bob, registration(bob, node), 'NodeKeyInUse');
    const replayed = otherNode.sign(nodeKeyPossessionMessage(GENESIS_HASH, alice.publicKey));
    failsWith(chain, bob, registration(bob, otherNode, { proof_of_possession: replayed }), 'BadPossessionProof');
    failsWith(chain, bob, registration(bob, otherNode, { declared_space: 0n }), 'InvalidSpace');
    failsWith(chain, bob, registration(bob, otherNode, { endpoint: utf8('') }), 'EmptyEndpoint');
    failsWith(chain, bob, registration(bob, otherNode, { declared_space: 1000n * TIB }), 'InsufficientBalance');
    assert.equal(query.Sminer.NextMinerIndex.get(chain), 1);
  });

  it('declared space grows and shrinks with its stake', () => {
    const chain = registered();
    chain.run(alice, tx.Sminer.increase_declaration_space({ bytes: 1n }));
    assert.deepEqual([info(chain).staked, reserved(chain)], [8000n * CESS, 8000n * CESS]);
    chain.run(alice, tx.Sminer.decrease_declaration_space({ bytes: TIB }));
    assert.deepEqual([info(chain).declared_space, info(chain).staked], [1n, 4000n * CESS]);
    assert.equal(reserved(chain), 8000n * CESS, 'the rest unbonds');
    assert.equal(query.Sminer.TotalDeclaredSpace.get(chain), 1n);
    failsWith(chain, alice, tx.Sminer.decrease_declaration_space({ bytes: 1n }), 'InvalidSpace');
    failsWith(chain, alice, tx.Sminer.increase_declaration_space({ bytes: 0n }), 'InvalidSpace');
    failsWith(chain, alice, tx.Sminer.increase_declaration_space({ bytes: (1n << 64n) - 1n }), 'Arithmetic.Overflow');
    failsWith(chain, bob, tx.Sminer.increase_declaration_space({ bytes: 1n }), 'NotMiner');
  });

  it('endpoint, beneficiary and node key change; the old key is out of use', () => {
    const chain = registered();
    chain.run(alice, tx.Sminer.update_endpoint({ endpoint: utf8('http://10.0.0.1') }));
    chain.run(alice, tx.Sminer.update_beneficiary({ beneficiary: bob.publicKey }));
    const proof_of_possession = otherNode.sign(nodeKeyPossessionMessage(GENESIS_HASH, alice.publicKey));
    failsWith(
      chain,
      alice,
      tx.Sminer.update_node_key({ node_key: node.publicKey, proof_of_possession }),
      'NodeKeyInUse',
    );
    chain.run(alice, tx.Sminer.update_node_key({ node_key: otherNode.publicKey, proof_of_possession }));
    assert.deepEqual(info(chain).endpoint, utf8('http://10.0.0.1'));
    assert.deepEqual(info(chain).beneficiary, bob.publicKey);
    assert.deepEqual(info(chain).node_key, otherNode.publicKey);
    assert.equal(query.Sminer.NodeKeys.get(chain, node.publicKey), undefined);
    failsWith(chain, alice, tx.Sminer.update_endpoint({ endpoint: utf8('') }), 'EmptyEndpoint');
  });

  it('exit keeps the record, and frees the stake after the unbonding period', () => {
    const chain = registered();
    query.Audit.Periods.put(chain, { cycle: 3, proof: 2, verdict: 1, dispute: 2, claim: 2 });
    chain.run(alice, tx.Sminer.miner_exit({}));
    const [[[until]]] = [...query.Sminer.Unbonding.entries(chain, [])] as never as [[[number]]];
    assert.equal(until, chain.number + 3 + 2 + 3 * 1 + 2);
    while (chain.number < until) {
      assert.equal(reserved(chain), 4000n * CESS);
      chain.advance(1);
    }
    chain.advance(1);
    assert.equal(reserved(chain), 0n);
    assert.equal(info(chain).state, 'Exited');
    assert.equal(query.Sminer.TotalDeclaredSpace.get(chain), 0n);
    assert.equal(query.Sminer.NodeKeys.get(chain, node.publicKey), undefined);
    failsWith(chain, alice, tx.Sminer.miner_exit({}), 'NotMiner');
  });
});
