import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { SpillFolder } from './spill-folder.js';

describe('spill folder', () => {
  let root: string;
  let spills: SpillFolder;
  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'cess-spill-'));
    spills = new SpillFolder({ dir: join(root, 'spill'), budgetBytes: 8_000_000 });
    await spills.start();
  });
  after(() => rm(root, { recursive: true, force: true }));

  it('gives back what was written, in reads of any length, also while more is written', async () => {
    const body = randomBytes(3_000_001);
    const file = await spills.create('a');
    await file.append(body.subarray(0, 2_000_000));
    const first = new Uint8Array(70_001);
    assert.equal(await file.readInto(first), first.length);
    await file.append(body.subarray(2_000_000));
    const rest = new Uint8Array(body.length);
    const length = await file.readInto(rest);
    assert.deepEqual(Buffer.concat([first, rest.subarray(0, length)]), body);
    assert.equal(await file.readInto(rest), 0);
    await file.close();
    assert.equal(spills.usedBytes, 0);
  });

  it('one client takes at most half of the space; another still gets some', async () => {
    const [mine, alsoMine, other] = await Promise.all(['a', 'a', 'b'].map((client) => spills.create(client)));
    await mine!.append(new Uint8Array(4_000_000));
    await assert.rejects(alsoMine!.append(new Uint8Array(1)), { code: 'SPILL_FULL' });
    await other!.append(new Uint8Array(2_000_000));
    await mine!.close();
    await alsoMine!.append(new Uint8Array(1));
    await Promise.all([alsoMine!.close(), other!.close()]);
    assert.equal(spills.usedBytes, 0);
  });

  it('a start removes what an earlier process left, and a folder that is gone is a coded error', async () => {
    await writeFile(join(root, 'spill', 'left'), 'x');
    await spills.start();
    assert.deepEqual(await readdir(join(root, 'spill')), []);
    await spills.stop();
    await assert.rejects(spills.create('a'), { code: 'SPILL_FAILED' });
    assert.equal(spills.usedBytes, 0);
    await spills.start();
  });
});
