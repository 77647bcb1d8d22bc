// STORE-4, STORE-5, STORE-13 on the real network: providers are wiped and stopped, disks rot, the chain stands still,
// objects are deleted; and every file's record is proven against a finalized header.

import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { eventually } from '@cess/primitives/testing';
import { flipOneByteInEveryFile, MiB } from './support/files.js';
import { TestNetwork } from './support/network.js';
import { StoredObjects } from './support/objects.js';

interface ShownFile {
  readonly verified: boolean;
  readonly provenEntries: number;
  readonly segments: readonly {
    readonly fragments: readonly { readonly root: string; readonly provider: number | null }[];
  }[];
}
interface Status {
  readonly gateway: { readonly undeclared: number };
  readonly providers: readonly {
    readonly name: string;
    readonly miner: number;
  }[];
}
interface Territory {
  readonly used: number;
}

const bucket = 'loss';

describe('loss of providers and of the chain', () => {
  let network: TestNetwork;
  let objects: StoredObjects;

  before(async () => {
    network = await TestNetwork.create();
    await network.start();
    objects = new StoredObjects(network.credentials, bucket);
    await objects.createBucket();
  });
  after(async () => {
    objects?.client.destroy();
    await network?.destroy();
  });

  const status = async () => (await network.cess('status')) as Status;
  const isDeclared = async (key: string) => ((await objects.status(key)) === 'stored' ? undefined : true);
  const allDeclared = () =>
    eventually(async () => ((await status()).gateway.undeclared === 0 ? true : undefined), 'all files declared');

  it('STORE-1: an acknowledged file is declared on chain within seconds', async () => {
    await objects.put('declared', 3 * MiB);
    const started = performance.now();
    await eventually(async () => isDeclared('declared'), 'declared');
    console.log(`declared ${((performance.now() - started) / 1000).toFixed(1)} s after the answer`);
  });

  it('STORE-13: `cess file show --verify` proves the record of a file against a finalized header', async () => {
    const [file] = (await network.cess('file', 'show', `s3://${bucket}/declared`, '--verify')) as ShownFile[];
    assert.equal(file!.verified, true);
    assert.ok(file!.provenEntries >= 1 + 1 + 12 + 12, `file, segment, fragments, tags: ${file!.provenEntries}`);
    assert.equal(new Set(file!.segments[0]!.fragments.map(({ provider }) => provider)).size, 12);
  });

  it('STORE-13: a proof by anyone but the trusted authority is refused', async () => {
    const foreign = '11'.repeat(32);
    await assert.rejects(
      network.cess('file', 'show', `s3://${bucket}/declared`, '--verify', '--authority', foreign),
      /JUSTIFICATION_INVALID/,
    );
  });

  it('STORE-4: any 8 of the 12 holders of a segment are wiped, and the object still reads back equal', async () => {
    await objects.put('wiped', 40 * MiB);
    await allDeclared();
    const [file] = (await network.cess('file', 'show', `s3://${bucket}/wiped`)) as ShownFile[];
    const { providers } = await status();
    const holders = file!.segments[0]!.fragments.map(({ provider }) => provider);
    for (const index of holders.slice(0, 8)) {
      const name = providers.find((provider) => provider.miner === index)!.name;
      await network.cessText('devnet', 'provider', 'wipe', name);
    }
    // Every other segment has at least 4 holders outside these 8 too.
    await objects.assertAllEqual();
  });

  it('STORE-4: a byte flipped on a disk is never served', async () => {
    await objects.put('rot', 20 * MiB);
    const { providers } = await status();
    for (const { name } of providers.slice(0, 4))
      flipOneByteInEveryFile(join(network.home, 'providers', name, 'store'));
    await objects.assertEqual('rot');
  });

  it('STORE-4: with 12 of 16 providers alive uploads and reads go on', async () => {
    const { providers } = await status();
    const victims = providers.slice(0, 4).map(({ name }) => name);
    for (const name of victims) await network.cessText('devnet', 'provider', 'stop', name);
    await objects.put('twelve', 10 * MiB);
    await objects.assertEqual('twelve');
    for (const name of victims) await network.cessText('devnet', 'provider', 'start', name);
  });

  it('while the chain stands still uploads go on, and are declared when it moves again', async () => {
    await network.cessText('devnet', 'chain', 'pause');
    for (let i = 0; i < 5; i++) await objects.put(`paused/${i}`, 200_000);
    await new Promise((resolve) => setTimeout(resolve, 8_000));
    assert.equal(await objects.status('paused/4'), 'stored');
    await objects.put('paused/late', 100_000);
    await network.cessText('devnet', 'chain', 'resume');
    await eventually(async () => isDeclared('paused/late'), 'declared');
    assert.ok(await isDeclared('paused/0'));
    await objects.assertEqual('paused/0');
  });

  it('STORE-5: deletion frees the space on chain and the bytes on disks within a bounded number of blocks', async () => {
    await allDeclared();
    const used = async () => ((await network.cess('territory', 'list')) as Territory[])[0]!.used;
    const usedBefore = await used();
    await objects.put('doomed', 30 * MiB);
    await allDeclared();
    assert.ok((await used()) > usedBefore + 90 * MiB);
    const [file] = (await network.cess('file', 'show', `s3://${bucket}/doomed`)) as ShownFile[];
    const roots = file!.segments.flatMap(({ fragments }) => fragments.map(({ root }) => root.slice('0x'.length)));
    // Others than the holders may have one: a provider that answers late has been replaced, and keeps its fragment until the gateway removes it.
    const stored = () => {
      const folder = join(network.home, 'providers');
      const names = new Set(readdirSync(folder, { recursive: true }).map((path) => basename(String(path))));
      return roots.filter((root) => names.has(root)).length;
    };
    assert.ok(stored() >= roots.length - file!.segments.length, 'all but one of each segment at most');
    await objects.remove('doomed');
    const started = performance.now();
    await eventually(async () => (await used()) === usedBefore && stored() === 0, 'freed', 200);
    console.log(`freed ${((performance.now() - started) / 1000).toFixed(1)} s after the deletion`);
  });
});
