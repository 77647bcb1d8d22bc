// OSS-1 and STORE-4 together: unmodified S3 clients notice nothing while providers of a network of many processes are
// killed and lose their disks, and others rebuild what they held. CESS_SEED repeats the choices of a run.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { ChainClient } from '@cess/client';
import { silentLogger } from '@cess/primitives';
import { eventually } from '@cess/primitives/testing';
import { AuditLog } from './support/audit-log.js';
import { Disturber } from './support/disturber.js';
import { KiB, MiB } from './support/files.js';
import { TestNetwork } from './support/network.js';
import { StoredObjects } from './support/objects.js';
import { allDrivers, copiedSize, oddKeys, prepareCases, s3Cases } from './support/s3-cases.js';
import { chosenSeed, seededRandom } from './support/seeded.js';

const seed = chosenSeed();
const folder = mkdtempSync(join(tmpdir(), 'cess-s3-repair-'));
const cases = { folder, sizes: [0, copiedSize, 32 * MiB + 1], keys: oddKeys.slice(3, 5) };
/** Too large for packs, and so many that every provider holds more fragments than it repairs by itself to answer a round. */
const [earlyObjects, earlySize] = [20, 150 * KiB];
const [pauseMs, killsBeforeWipes] = [1_500, 4];

const network = await TestNetwork.create({
  environment: {
    CESS_PROCESSES: '1',
    CESS_SLOT_MS: '500',
    CESS_AUDIT_CYCLE_SECONDS: '10',
    CESS_AUDIT_DISPUTE_SECONDS: '10',
    // Losses are to be found by rounds.
    CESS_SCRUB_BYTES_PER_SECOND: '0',
  },
});
await network.start();
const { credentials } = network;
const drivers = await allDrivers(credentials);
const early = new StoredObjects(credentials, 'early');
const disturber = new Disturber(network, seededRandom(seed), pauseMs);
let chain: ChainClient;
let log: AuditLog;

before(async () => {
  chain = await ChainClient.connect({ endpoint: network.rpc, logger: silentLogger });
  log = new AuditLog(chain);
  await prepareCases(credentials, cases);
  await early.createBucket();
  for (let i = 0; i < earlyObjects; i++) await early.put(`early-${i}`, earlySize);
  // Rounds ask for tagged fragments alone: a disk that is wiped before would not be missed.
  await eventually(async () => {
    const { tagged = 0, proven = 0 } = await early.statuses();
    return tagged + proven === earlyObjects;
  }, 'what is lost later is tagged');
  disturber.start(killsBeforeWipes);
});
after(async () => {
  await disturber.stop();
  await log?.stop();
  await chain?.close();
  early.client.destroy();
  for (const driver of drivers) driver.close();
  await network.destroy();
  rmSync(folder, { recursive: true, force: true });
});

describe('all clients at once', { concurrency: drivers.length }, () => {
  for (const driver of drivers) s3Cases(driver, cases);
});

describe(`while providers were killed and wiped, seed ${seed}`, () => {
  it('STORE-4: lost fragments are rebuilt by others, and everything reads back equal', async () => {
    await disturber.stop();
    await eventually(
      async () => (log.counts.ordersCompleted > 0 ? true : undefined),
      `a repair; ${JSON.stringify(log.counts)}`,
    );
    assert.equal(disturber.failure, undefined);
    console.log(`${JSON.stringify(disturber.counts)}; ${JSON.stringify(log.counts)}`);
    assert.ok(disturber.counts.kills > 0 && disturber.counts.wipes > 0);
    await early.assertAllEqual();
  });
});
