// The audit duties inside a running provider: sockets, LMDB and the proof thread are real, chain and TEE worker are not.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ErasureCoder, encodeSegment } from '@cess/erasure';
import { MetricsRegistry } from '@cess/metrics';
import { readStrictly } from '@cess/metrics/compliance';
import { concatBytes, delay, type Metrics, noMetrics, toHex } from '@cess/primitives';
import { fragmentRootOf } from '@cess/sealing';
import { placeName } from './holdings/place.js';
import { segmentName } from './test-support/chain-names.js';
import { ownIndex } from './test-support/fake-duty-chain.js';
import { type Fixture, gatewayAccount, placeOf, shallowBytes, startProvider } from './test-support/provider-fixture.js';
import { seededRng, TestTee, workerA } from './test-support/test-tee.js';

const code = { k: 2, n: 4 };
const fragmentLength = 150_000;
const genesis = new Uint8Array(32).fill(0xee);
const fileId = new Uint8Array(32).fill(0xf1);
const { orderId } = placeOf(1);
const fragments = encodeSegment(
  new ErasureCoder(code),
  concatBytes(shallowBytes(fragmentLength), shallowBytes(fragmentLength, 1)),
);

function startWithDuties(metrics: Metrics = noMetrics): Promise<Fixture> {
  const tee = new TestTee(genesis, ownIndex, () => orderId);
  return startProvider({ restoralIntervalMs: 100 }, { tee, rng: seededRng('provider'), metrics });
}

/** The proof thread has a low priority: this thread must not be busy while it waits for it. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await delay(10);
}

/** Puts the file on the chain of a provider, with its holders and those that can be read from. */
function declare({ chain }: Fixture, holders: readonly (number | undefined)[]): void {
  const records = fragments.map((bytes, i) => ({ root: fragmentRootOf(bytes), holder: holders[i] }));
  const shape = { orderId, gateway: gatewayAccount, ...code, ciphertextLength: 2 * fragmentLength, fragmentLength };
  chain.files.add(toHex(fileId));
  chain.orders.set(toHex(orderId), fileId);
  chain.duties.segments.set(segmentName(fileId, 0), { ...shape, fragments: records });
  for (const [fragment, record] of records.entries()) chain.place({ fileId, segment: 0, fragment }, record);
  chain.duties.workers.push(workerA.record);
  chain.duties.keys.push(workerA.key);
}

async function upload(fixture: Fixture, fragment: number): Promise<void> {
  const bytes = fragments[fragment]!;
  const root = fragmentRootOf(bytes);
  await fixture.client.putFragment(fixture.address, placeOf(1, fragment), root, [bytes]);
  const place = { fileId: toHex(fileId), orderId: toHex(orderId), segment: 0, fragment };
  await fixture.client.attestHoldings(fixture.address, [{ ...place, root: toHex(root), length: bytes.length }]);
}

test('PODR2-4: what was uploaded and declared is tagged, reported and proven, also after a restart', async () => {
  const registry = new MetricsRegistry();
  const fixture = await startWithDuties(registry);
  try {
    const { chain } = fixture;
    await upload(fixture, 0);
    declare(fixture, [ownIndex, 10, 11, 12]);
    await chain.finalize({ type: 'declared', fileIds: [fileId] });
    await until(() => fixture.provider.progress().reported === 1);
    assert.deepEqual([fixture.provider.progress().tagged, fixture.provider.progress().toTag], [1, 0]);
    const first = chain.duties.open(workerA.record.keyId);
    await chain.finalize({ type: 'challenged', ...first, provider: ownIndex });
    await until(() => fixture.provider.progress().proofs.submitted === 1);
    assert.equal(readStrictly(await registry.text()).get('cess_provider_proof_seconds_count'), 1);
    await chain.finalize({ type: 'closed', ...first, provider: ownIndex, outcome: 'Passed' });
    assert.equal(fixture.provider.progress().proofs.passed, 1);
    const second = chain.duties.open(workerA.record.keyId, 1);
    await fixture.restart();
    await until(() => chain.duties.proofs.length === 2);
    assert.equal(chain.duties.proofs[1]!.round, second.round);
    assert.equal(fixture.provider.progress().tagged, 1);
    // Opened while the connection was down: no event.
    chain.duties.open(workerA.record.keyId, 2);
    chain.duties.reconnect();
    await until(() => chain.duties.proofs.length === 3);
    // Deleted on chain: bytes and tags go.
    await chain.finalize({ type: 'deleted', fileId });
    await until(() => fixture.provider.progress().tagged === 0);
  } finally {
    await fixture.stop();
  }
});

test('STORE-4: a lost fragment is rebuilt from other providers over their sockets under the own node key', async () => {
  const sources = await Promise.all([startProvider(), startProvider()]);
  const fixture = await startWithDuties();
  try {
    for (const [i, source] of sources.entries()) {
      await upload(source, i + 1);
      fixture.chain.duties.addresses.set(10 + i, source.address);
      source.chain.providerKeys.set(toHex(fixture.nodeKey.publicKey), ownIndex);
    }
    declare(fixture, [undefined, 10, 11, 12]);
    const place = { fileId, segment: 0, fragment: 0 };
    const order = { reason: 'Lost', openedAt: 1, margin: 1, claim: undefined, waits: [] } as const;
    fixture.chain.duties.orders.set(placeName(place), { place, order });
    await fixture.chain.finalize({ type: 'ordered', ...place });
    await until(() => fixture.provider.progress().restored === 1);
    await until(() => fixture.provider.progress().reported === 1);
    const { bytesRead, bytesRebuilt } = fixture.provider.progress();
    assert.deepEqual([bytesRead, bytesRebuilt], [2 * fragmentLength, fragmentLength]);
    const target = new Uint8Array(fragmentLength);
    await fixture.client.readFragment(fixture.address, fragmentRootOf(fragments[0]!), 0, target);
    assert.ok(Buffer.from(target).equals(fragments[0]!));
  } finally {
    await fixture.stop();
    for (const source of sources) await source.stop();
  }
});

test('with a scrub rate of 0 a provider scrubs nothing', async () => {
  const [never, always] = await Promise.all(
    [0, 1e9].map((scrubBytesPerSecond) => startProvider({ scrubBytesPerSecond, scrubIntervalMs: 1 })),
  );
  assert.ok(never && always);
  try {
    await Promise.all([upload(never, 0), upload(always, 0)]);
    await until(() => always.provider.progress().scrubbed > 1);
    assert.equal(never.provider.progress().scrubbed, 0);
  } finally {
    await Promise.all([never.stop(), always.stop()]);
  }
});
