// A registered worker on a real chain, from a declared fragment to a verdict: nothing is simulated but the providers' disks.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { query, tx } from '@cess/client';
import { challengeAsOf, readAuditRound } from '@cess/client/audit';
import { createMclBls12, type Ed25519Signer, sha256, systemRng } from '@cess/crypto';
import { TeeClient } from '@cess/node-api';
import { isCessError, silentLogger, throwFatal, toHex } from '@cess/primitives';
import {
  blockOf,
  checkSrs,
  createFieldKernel,
  proofGen,
  type Srs,
  tagGen,
  tagSizeBytes,
  type VerifyingKey,
} from '@cess/proofs';
import { createTeeWorkerOverChain, type TeeWorker } from './index.js';
import {
  authorityKey,
  ChainWorld,
  type TestFragment,
  type TestProvider,
  teeAccount,
} from './test-support/chain-world.js';

const bls = await createMclBls12();
const kernel = createFieldKernel();

interface Stored {
  readonly provider: TestProvider;
  readonly fragment: TestFragment;
  readonly tags: Uint8Array;
}

describe('TEE worker', () => {
  let world: ChainWorld;
  let worker: TeeWorker;
  let key: VerifyingKey;
  let srs: Srs;
  const clients: TeeClient[] = [];

  const createWorker = () =>
    createTeeWorkerOverChain(
      {
        client: world.client,
        submitter: world.submitter(teeAccount),
        account: teeAccount,
        chainType: 'development',
        authorities: [authorityKey],
        logger: silentLogger,
        onFatal: throwFatal,
      },
      { dir: join(world.dir, 'tee'), host: '127.0.0.1', port: 0, batchWaitMs: 100 },
    );
  const clientOf = (signer: Ed25519Signer) => {
    const client = new TeeClient({ signer, nowMs: Date.now });
    clients.push(client);
    return client;
  };
  const record = async () =>
    (await world.client.entry(query.TeeWorker.Workers, [worker.worker!], await world.client.finalizedHash()))!;
  const address = async () => ({ endpoint: worker.endpoint, signerKey: (await record()).signer_key });

  before(async () => {
    world = await ChainWorld.start(3);
    worker = createWorker();
    await worker.start();
    await worker.whenRegistered();
  });

  after(async () => {
    for (const client of clients) client.close();
    await worker?.stop();
    await world?.stop();
  });

  /** Declares a fragment, gets its tags, checks them as a provider does, and reports them. */
  async function storeTagged(provider: TestProvider, seed: string): Promise<Stored> {
    const fragment = await world.declare(provider, 90_000, seed);
    const { bytes, root, orderId } = fragment;
    const tagSet = await clientOf(provider.node).requestTags(await address(), fragment, { root, keyId: key.id }, [
      bytes,
    ]);
    const identity = {
      ...{ genesis: world.client.genesisHash, orderId, fileId: fragment.fileId, segment: 0, fragment: 0, replica: 0 },
      ...{ root, provider: provider.index, keyId: key.id },
    };
    const { signerKey } = await address();
    const checked = tagGen({
      ...{ bls, kernel, key, srs, signerKey, identity, fragment: bytes, tagSet, rng: systemRng },
    });
    assert.ok(checked.ok, JSON.stringify(checked));
    const { fileId: file_id } = fragment;
    const report = { file_id, segment: 0, fragment: 0, tags_hash: sha256(tagSet.tags), signature: tagSet.signature };
    await world.submit(provider.account, tx.Audit.report_tags({ key_id: key.id, reports: [report] }));
    return { provider, fragment, tags: checked.value };
  }

  /** Answers the first round, after `spoil` has had its hand in the proof. */
  async function answer(stored: Stored, spoil: (proof: Uint8Array) => void): Promise<void> {
    const { provider, fragment, tags } = stored;
    const { index } = provider;
    await world.until(query.Audit.Challenges, [index, key.id], (round) => round?.state.type === 'Open');
    const at = await world.client.finalizedHash();
    const id = { genesis: world.client.genesisHash, provider: index, keyId: key.id };
    const round = await readAuditRound((keys) => world.client.values(keys, at), id);
    assert.ok(round !== undefined);
    const asOf = (await world.client.header(at)).number;
    const challenge = challengeAsOf(id, round.info, round.slots, asOf)!;
    const proof = proofGen({ bls, kernel, srs }, challenge, (_, index) => ({
      block: blockOf(fragment.bytes, index),
      tag: tags.subarray(index * tagSizeBytes, (index + 1) * tagSizeBytes),
    }));
    assert.ok(proof.ok);
    const bytes = proof.value.slice();
    spoil(bytes);
    const call = tx.Audit.submit_proof({ key_id: key.id, round: round.info.round, as_of: asOf, proof: bytes });
    await world.submit(provider.account, call);
  }

  /** The verdict on the running round of the provider. */
  async function verdictOn({ provider }: Stored): Promise<boolean> {
    const isJudged = (round: { state: { type: string } } | undefined) => round?.state.type === 'Judged';
    const judged = await world.until(query.Audit.Challenges, [provider.index, key.id], isJudged);
    assert.ok(judged?.state.type === 'Judged');
    return judged.state.value.passed;
  }

  it('TEE-1: registers its enclave, signer key and tagging key, and says the same over HTTP', async () => {
    const { signer_key, tag_key, state, endpoint } = await record();
    assert.equal(state, 'Active');
    assert.equal(Buffer.from(endpoint).toString(), worker.endpoint);
    const client = clientOf(world.providers[0]!.node);
    assert.deepEqual(await client.info({ endpoint: worker.endpoint, signerKey: signer_key }), {
      worker: worker.worker,
      signerKey: toHex(signer_key),
      keyId: toHex(tag_key),
      enclave: 'software',
    });
    const onChain = (await world.client.entry(query.TeeWorker.TagKeys, [tag_key]))!;
    const [x, xAlpha] = [bls.decodeG2(onChain.x), bls.decodeG2(onChain.x_alpha)];
    assert.ok(x.ok && xAlpha.ok);
    key = { id: tag_key, x: x.value, xAlpha: xAlpha.value, srsHash: onChain.srs_hash };
    const checked = checkSrs(bls, key, await client.srs(await address(), tag_key), systemRng);
    assert.ok(checked.ok);
    srs = checked.value;
  });

  it('TEE-1, PODR2-2: tags of a declared fragment pass TagGen and are taken by the chain', async () => {
    const { provider } = await storeTagged(world.providers[0]!, 'tagged');
    const registry = await world.client.entry(query.Audit.Registries, [provider.index, key.id]);
    assert.equal(registry?.slots, 1);
    assert.ok((await record()).record.tagged_bytes >= 90_000n);
  });

  it('audit.md §9: nobody gets tags for what another holds, for other bytes, under another key', async () => {
    const [holder, other] = [world.providers[0]!, world.providers[1]!];
    const { bytes, root, ...place } = await world.declare(holder, 40_000, 'guarded');
    const tee = await address();
    const ask = (signer: Ed25519Signer, change: { root?: Uint8Array; keyId?: Uint8Array; body?: Uint8Array }) => {
      const named = { root: change.root ?? root, keyId: change.keyId ?? key.id };
      return clientOf(signer).requestTags(tee, place, named, [change.body ?? bytes]);
    };
    const refused = (status: number, teeCode: string) => (error: unknown) =>
      isCessError(error, 'TEE_REFUSED') && error.data['status'] === status && error.data['teeCode'] === teeCode;
    await assert.rejects(ask(other.node, {}), refused(409, 'NOT_HOLDER'));
    await assert.rejects(ask(holder.node, { root: new Uint8Array(32) }), refused(422, 'ROOT_MISMATCH'));
    await assert.rejects(ask(holder.node, { keyId: new Uint8Array(32) }), refused(404, 'KEY_UNKNOWN'));
    const spoilt = bytes.slice();
    spoilt[17]! ^= 1;
    await assert.rejects(ask(holder.node, { body: spoilt }), refused(422, 'ROOT_MISMATCH'));
    assert.equal((await ask(holder.node, {})).signature.length, 64);
  });

  it('PODR2-6: a right proof gets the verdict passed and a wrong one failed, each within its time', async () => {
    const [right, wrong] = [
      await storeTagged(world.providers[1]!, 'right'),
      await storeTagged(world.providers[2]!, 'wrong'),
    ];
    await Promise.all([
      answer(right, () => {}),
      answer(wrong, (proof) => {
        proof[0]! ^= 1;
      }),
    ]);
    assert.deepEqual(await Promise.all([verdictOn(right), verdictOn(wrong)]), [true, false]);
    const { verdicts, missed, wrong: wrongVerdicts } = (await record()).record;
    assert.deepEqual([verdicts, missed, wrongVerdicts], [2, 0, 0]);
  });

  it('PODR2-6: what was answered while the worker was away it finds and judges after a restart, under the same keys', async () => {
    const before = await record();
    const { index, account } = world.providers[0]!;
    await worker.stop();
    await world.until(query.Audit.Challenges, [index, key.id], (round) => round?.state.type === 'Open');
    const { round } = (await world.client.entry(query.Audit.Challenges, [index, key.id]))!;
    const asOf = (await world.client.header(await world.client.finalizedHash())).number;
    const call = tx.Audit.submit_proof({ key_id: key.id, round, as_of: asOf, proof: new Uint8Array(128) });
    await world.submit(account, call);
    worker = createWorker();
    await worker.start();
    await worker.whenRegistered();
    const judged = await world.until(
      query.Audit.Challenges,
      [index, key.id],
      (info) => info?.round === round && info.state.type === 'Judged',
    );
    assert.ok(judged?.state.type === 'Judged' && !judged.state.value.passed);
    assert.deepEqual((await record()).signer_key, before.signer_key);
    assert.equal(Buffer.from((await record()).endpoint).toString(), worker.endpoint);
  });
});
