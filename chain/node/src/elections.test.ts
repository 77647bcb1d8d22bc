// R2S-1, R2S-5, R2S-6: five nodes over real sockets, four of them authorities of the genesis. The fifth registers with more stake, is elected in place of
// another one, authors and votes; a node that starts later follows over the changes of the set.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { finalityProofCodec, followAuthoritySet } from '@cess/consensus';
import { createEd25519Signer } from '@cess/crypto';
import { CESS, concatBytes, fromHex, toHex, toHex0x, utf8 } from '@cess/primitives';
import { eventually } from '@cess/primitives/testing';
import { encodeSignedExtrinsic, query, tx } from '@cess/runtime';
import { devSpec, rpc } from './test-support/dev-node.js';
import { finalizedOf, follows, type PeerNode, PeerNodes, stateOf } from './test-support/peer-nodes.js';

const seeds = [1, 2, 3, 4, 5].map((number) => new Uint8Array(32).fill(number));
const signers = seeds.map((seed) => createEd25519Signer(seed));
const keys = signers.map(({ publicKey }) => toHex0x(publicKey));
const chainSpec = devSpec({
  slotDurationMs: 1_000,
  authorities: keys.slice(0, 4).map((key) => ({ key, account: key })),
  balances: [[keys[4], (10_000n * CESS).toString()]],
  elections: { slotsPerEpoch: 6, epochsPerEra: 3, seats: 4, trials: 4, trialsRequired: 2 },
});

describe('elected authorities', () => {
  const nodes = new PeerNodes(chainSpec);
  const validators: PeerNode[] = [];
  const at = (index: number): PeerNode => validators[index] ?? assert.fail();

  const inState = <V>(item: { key(): Uint8Array; decodeValue(bytes: Uint8Array | undefined): V }): Promise<V> =>
    stateOf(at(0), item.key(), item);

  async function membersNow(): Promise<string[]> {
    return (await inState(query.Session.Members)).map(({ key }) => toHex0x(key));
  }

  async function submit(index: number, call: Uint8Array, nonce: number): Promise<void> {
    const signer = signers[index] ?? assert.fail();
    const version = (await rpc(at(0).node, 'state_getRuntimeVersion')).result as {
      readonly specVersion: number;
      readonly transactionVersion: number;
    };
    const { specVersion, transactionVersion } = version;
    const context = { nonce, genesisHash: at(0).node.genesisHash, specVersion, transactionVersion };
    const extrinsic = encodeSignedExtrinsic(call, context, {
      account: signer.publicKey,
      sign: (payload) => ({ type: 'Ed25519', value: signer.sign(payload) }),
    });
    const answer = await rpc(at(0).node, 'author_submitExtrinsic', toHex0x(extrinsic));
    assert.equal(answer.error, undefined);
  }

  before(async () => {
    for (const [index, authoritySeed] of seeds.entries()) {
      validators[index] = await nodes.start({
        dataDir: nodes.directory(),
        bootstrap: validators.flatMap(({ host }) => host.addresses()),
        authoritySeed,
      });
    }
  });
  after(() => nodes.stop());

  it('R2S-1, R2S-3, R2S-10: who stakes more than others and answers its trials takes a seat, authors and votes', async () => {
    await eventually(() => finalizedOf(at(0)) >= 2, 'finality by the set of the genesis');
    const newcomer = signers[4] ?? assert.fail();
    const message = concatBytes(utf8('CESS/r2s-key/v1'), at(0).node.genesisHash, newcomer.publicKey);
    const possession = newcomer.sign(message);
    await submit(4, tx.Staking.register({ stake: 4_000n * CESS, key: newcomer.publicKey, possession }), 0);
    await eventually(async () => (await membersNow()).includes(keys[4] ?? ''), 'a seat for the fifth candidate');
    assert.equal((await membersNow()).length, 4);
    const { TrialRecords } = query.Staking;
    const { passed } = await stateOf(at(0), TrialRecords.key(newcomer.publicKey), TrialRecords);
    assert.ok([...passed.toString(2)].filter((bit) => bit === '1').length >= 2);
    const changed = finalizedOf(at(0));
    await eventually(() => validators.every((each) => finalizedOf(each) >= changed + 8), 'finality by the new set');
    assert.ok((await inState(query.Grandpa.CurrentSetId)) >= 1n);
    await eventually(async () => {
      const author = await inState(query.Session.Author);
      return author !== undefined && toHex(author.key) === toHex(newcomer.publicKey);
    }, 'a block of the newcomer');
    for (const each of validators.slice(1)) await follows(each, at(0));
  });

  it('GR-51: who trusts the set of the genesis follows to that of now by proof', async () => {
    const pinned = { setId: 0n, authorities: chainSpec.authorities.map(({ key }) => ({ key, weight: 1n })) };
    const { result } = await rpc(at(0).node, 'grandpa_proveSetChanges', 0);
    const proof = finalityProofCodec.decode(fromHex(String(result).slice(2)));
    assert.ok(proof.links.length > 0);
    const followed = followAuthoritySet(proof, pinned);
    assert.ok(followed.ok);
    const keysOf = (list: readonly Uint8Array[]) => list.map(toHex).sort();
    assert.deepEqual(
      keysOf(followed.value.set.authorities.map(({ key }) => key)),
      keysOf((await inState(query.Session.Members)).map(({ key }) => key)),
    );
    const later = await rpc(at(0).node, 'grandpa_proveSetChanges', Number(followed.value.set.setId));
    assert.deepEqual(finalityProofCodec.decode(fromHex(String(later.result).slice(2))).links, []);
    const refused = await rpc(at(0).node, 'grandpa_proveSetChanges', 'all');
    assert.equal(refused.error?.code, -32602);
  });

  it('CHAIN-5: a node that starts later follows over the changes of the set', async () => {
    const fresh = await nodes.start({ dataDir: nodes.directory(), bootstrap: at(0).host.addresses() });
    await follows(fresh, at(0));
  });
});
