// Check and repair of the folder of a stopped provider, with real files.
import assert from 'node:assert/strict';
import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { FragmentPlace } from '@cess/client';
import { systemRng } from '@cess/crypto';
import { type FragmentStore, nodeFs, openFragmentStore, type PutFragment } from '@cess/fragment-store';
import { isCessError, toHex } from '@cess/primitives';
import { fragmentRootOf } from '@cess/sealing';
import { lockDirectory } from '@cess/store';
import { gatewayAccount, placeOf, testBytes } from '../test-support/provider-fixture.js';
import { checkProvider, isSound } from './check-provider.js';
import { repairProvider } from './repair-provider.js';
import type { ChainHoldings } from './stopped-store.js';

const genesis = new Uint8Array(32).fill(0xee);
const fileId = new Uint8Array(32).fill(0xf1);
const ownIndex = 5;
const length = 100_000;
const bodies = [0, 1, 2].map((fragment) => testBytes(length, fragment));
const roots = bodies.map(fragmentRootOf);
const { orderId } = placeOf(1);

/** A chain on which this provider holds these fragments of the file. */
function chainWith(held: readonly number[]): ChainHoldings {
  const records = roots.map((root) => ({ root, holder: ownIndex }));
  return {
    genesis,
    heldOnChain: async function* () {
      yield held.map((fragment): FragmentPlace => ({ fileId, segment: 0, fragment }));
    },
    fragments: async (places) => places.map(({ fragment }) => records[fragment]),
    segment: async () => ({
      orderId,
      gateway: gatewayAccount,
      k: 1,
      n: 3,
      ciphertextLength: length,
      fragmentLength: length,
      fragments: records,
    }),
  };
}

describe('the folder of a stopped provider', () => {
  let dir: string;
  const fragmentFile = (fragment: number) => {
    const name = toHex(roots[fragment]!);
    return join(dir, 'store', 'fragments', name.slice(0, 2), name);
  };
  const withStore = async (work: (store: FragmentStore) => Promise<void>) => {
    const nowSeconds = 1_800_000_000;
    const init = { dir: join(dir, 'store'), genesis, fs: nodeFs, rng: systemRng, minFreeBytes: 0, nowSeconds };
    const store = await openFragmentStore(init);
    await work(store);
    await store.close();
  };
  /** Every file of the folder with its bytes. */
  const snapshot = async () => {
    const entries = await readdir(dir, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    return Promise.all(files.sort().map(async (file) => [file, toHex(await readFile(file))] as const));
  };

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'cess-inspect-'));
    await writeFile(join(dir, 'registration.json'), JSON.stringify({ miner: ownIndex }));
    await withStore(async (store) => {
      for (const [fragment, body] of bodies.entries()) {
        const place = { ...placeOf(1, fragment), root: roots[fragment]! };
        const put: PutFragment = { ...place, length, gateway: gatewayAccount, expirySeconds: 1_900_000_000 };
        await store.put(put, [body]);
        if (fragment < 2) await store.update({ id: put, fileId });
      }
    });
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  it('is sound when every fragment is right and the chain counts the same ones', async () => {
    const check = await checkProvider(dir, chainWith([0, 1]));
    assert.equal(isSound(check), true);
    assert.deepEqual([check.index, check.fragments, check.undeclared, check.corrupt], [ownIndex, 3, 1, []]);
    assert.deepEqual(check.chain, { held: 2, missing: 0, inQuarantine: 0, unknown: 0 });
    assert.equal(check.tags, null);
  });

  it('shows corrupt and lost fragments, those that the chain misses, and those that it does not know', async () => {
    await writeFile(fragmentFile(0), new Uint8Array(length));
    await rm(fragmentFile(2));
    const check = await checkProvider(dir, chainWith([0, 2]));
    assert.equal(isSound(check), false);
    assert.deepEqual(check.corrupt, [toHex(roots[0]!)]);
    assert.equal(check.recordsWithoutFile, 1);
    assert.deepEqual(check.chain, { held: 2, missing: 1, inQuarantine: 0, unknown: 1 });
  });

  it('is not changed by a check, whatever its state', async () => {
    await rm(join(dir, 'store', 'log'), { recursive: true });
    await writeFile(join(dir, 'store', 'tmp', 'upload'), 'half');
    const before = await snapshot();
    const check = await checkProvider(dir);
    assert.equal(isSound(check), false);
    assert.deepEqual(
      [check.fragments, check.filesWithoutRecord, check.quarantine, check.temporaryFiles],
      [0, 3, { good: 3, bad: 0 }, 1],
    );
    assert.deepEqual(await snapshot(), before);
  });

  it('shows a torn end of the log and leaves it', async () => {
    const [log] = await readdir(join(dir, 'store', 'log'));
    await appendFile(join(dir, 'store', 'log', log!), new Uint8Array(7));
    assert.equal((await checkProvider(dir)).log.tornBytes, 7);
    assert.equal((await checkProvider(dir)).log.tornBytes, 7);
  });

  it('gets back from a repair what the chain counts and quarantine has; wrong bytes stay out', async () => {
    await rm(join(dir, 'store', 'log'), { recursive: true });
    await writeFile(fragmentFile(1), new Uint8Array(length));
    const chain = chainWith([0, 1]);
    const repair = await repairProvider(dir, chain);
    assert.deepEqual(repair, { index: ownIndex, quarantined: 3, readopted: 1, missing: 1 });
    const check = await checkProvider(dir, chain);
    assert.deepEqual(check.chain, { held: 2, missing: 1, inQuarantine: 0, unknown: 0 });
    assert.deepEqual([check.fragments, check.corrupt, check.quarantine.good], [1, [], 1]);
  });

  it('is not touched while the provider runs, nor for another network, nor when it holds no store', async () => {
    const lock = lockDirectory(dir);
    await assert.rejects(checkProvider(dir), (error) => isCessError(error, 'KV_LOCKED'));
    lock.release();
    const other = { ...chainWith([]), genesis: new Uint8Array(32) };
    await assert.rejects(repairProvider(dir, other), (error) => isCessError(error, 'FRAGMENT_STORE_GENESIS'));
    await rm(join(dir, 'store', 'format.json'));
    await assert.rejects(checkProvider(dir), (error) => isCessError(error, 'FRAGMENT_STORE_CORRUPT'));
  });
});
