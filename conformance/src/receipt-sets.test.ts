// R2S-6, STORE-13: receipts of a chain whose voters have changed twice verify offline, by who trusts the genesis and by who trusts a later set.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type AuthoritySet, ChainClient, SetChangeHistory, Submitter, tx } from '@cess/client';
import { LightClient } from '@cess/client/light';
import { ed25519Account } from '@cess/client/signers';
import { createEd25519Signer } from '@cess/crypto';
import { finalizedStateOf, issueReceipt, verifyReceipt } from '@cess/object-receipt';
import { fromUtf8, silentLogger, utf8 } from '@cess/primitives';
import { verifyReceiptWith } from '@cess/sdk/receipt';
import { type ElectedChain, electedSpec, startElectedChain, voters } from './support/light/elected-chain.js';

const spec = electedSpec('receipt-sets');
const nodeKey = createEd25519Signer(new Uint8Array(32).fill(61));
const gateway = voters[2]?.publicKey ?? assert.fail();
const seed = new Uint8Array(32).fill(23);
const object = {
  ...{ bucket: 'photos', key: 'empty', versionId: null, size: 0, etag: 'd41d8cd98f00b204e9800998ecf8427e' },
  ...{ lastModifiedMs: 1_790_000_000_000, storageClass: 'STANDARD', checksumType: 'FULL_OBJECT', checksums: [] },
  partSizes: [],
};

describe('receipts of a chain whose voters changed', () => {
  let chain: ElectedChain;
  let client: ChainClient;
  let receipt: Uint8Array;

  before(async () => {
    chain = await startElectedChain(spec);
    client = await ChainClient.connect({ endpoint: chain.endpoint, logger: silentLogger });
    const submitter = new Submitter({ client, signer: ed25519Account(seed), logger: silentLogger });
    const registration = {
      ...{ node_key: nodeKey.publicKey, wrapping_key: new Uint8Array(32).fill(62) },
      ...{ endpoint: utf8('https://s3.example'), domain: utf8('s3.example') },
    };
    await submitter.submit(tx.Oss.register(registration));
    await submitter.stop();
    const issuer = { genesis: chain.genesisHash, gateway, nowMs: Date.now };
    receipt = await issueReceipt(
      { ...issuer, sign: (message) => nodeKey.sign(message) },
      await finalizedStateOf(client, new SetChangeHistory(client)),
      { object, extents: [], files: [] },
    );
  });
  after(async () => {
    await client?.close();
    await chain?.stop();
  });

  const setOf = (...members: readonly number[]): AuthoritySet => ({
    setId: BigInt(members.length - 1),
    authorities: members.map((index) => ({ key: voters[index]?.publicKey ?? assert.fail(), weight: 1n })),
  });

  it('verify by the genesis alone, without a node', async () => {
    const authorities = { setId: 0n, authorities: spec.authorities.map(({ key }) => ({ key, weight: 1n })) };
    const { statement } = await verifyReceipt(receipt, { genesis: chain.genesisHash, authorities });
    assert.equal(statement.object.key, 'empty');
    const { version, finality } = JSON.parse(fromUtf8(receipt)) as { version: number; finality: { setChanges: [] } };
    assert.deepEqual([version, finality.setChanges.length], [2, 2]);
  });

  it('do not verify by other voters', async () => {
    await assert.rejects(verifyReceipt(receipt, { genesis: chain.genesisHash, authorities: setOf(1) }), {
      code: 'OBJECT_RECEIPT_FINALITY_INVALID',
    });
  });

  it('verify by the light client, which knows the set of the block', async () => {
    const trust = { genesisHash: chain.genesisHash, authorities: setOf(0) };
    const light = LightClient.over({ endpoint: chain.endpoint, trust });
    const verified = await verifyReceiptWith(light, receipt);
    assert.equal(verified.statement.object.key, 'empty');
    await light.stop();
  });
});
