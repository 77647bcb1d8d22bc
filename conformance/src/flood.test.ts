// CHAIN-6, PODR2-4 live: accounts that have nothing but money fill every block with failing calls and pay a tip above everything
// else. Rounds are still answered and judged, uploads are declared, and nobody honest is punished.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { ChainClient, type ExtrinsicSigner, query, Submitter, tx } from '@cess/client';
import { ed25519Account } from '@cess/client/signers';
import { CESS, isCessError, silentLogger } from '@cess/primitives';
import { eventually } from '@cess/primitives/testing';
import { encodeSignedExtrinsic } from '@cess/runtime/declarations';
import { AuditLog } from './support/audit-log.js';
import { ownerAccount } from './support/cheats.js';
import { TestNetwork } from './support/network.js';
import { StoredObjects } from './support/objects.js';

const floodBlocks = Number(process.env['CESS_FLOOD_BLOCKS'] ?? 60);
const accounts = 12;
/** Transactions of an account that wait in the pool. */
const ahead = 4;

describe('a flood of failing calls with tips', () => {
  let network: TestNetwork;
  let objects: StoredObjects;
  let chain: ChainClient;
  let log: AuditLog;

  before(async () => {
    network = await TestNetwork.create({
      environment: { CESS_AUDIT_CYCLE_SECONDS: '10', CESS_AUDIT_DISPUTE_SECONDS: '10' },
    });
    await network.start();
    objects = new StoredObjects(network.credentials, 'flooded');
    await objects.createBucket();
    chain = await ChainClient.connect({ endpoint: network.rpc, logger: silentLogger });
    log = new AuditLog(chain);
    for (let i = 0; i < 6; i++) await objects.put(`before-${i}`, 200_000);
    await log.untilProven(16, objects, 200_000);
  });
  after(async () => {
    await log?.stop();
    await chain?.close();
    objects?.client.destroy();
    await network?.destroy();
  });

  it('keeps no duty and no upload out, and costs nobody honest anything', async (t) => {
    const flooders = Array.from({ length: accounts }, () => ed25519Account(new Uint8Array(randomBytes(32))));
    const owner = new Submitter({ client: chain, signer: await ownerAccount(network.home), logger: silentLogger });
    await Promise.all(
      flooders.map(({ account: value }) => {
        const dest = { type: 'Id' as const, value };
        return owner.submit(tx.Balances.transfer_keep_alive({ dest, value: 1_000n * CESS }));
      }),
    );
    await owner.stop();
    const from = (await chain.header()).number;
    const startedMs = Date.now();
    const passedBefore = log.counts.passed;
    const abort = new AbortController();
    const flooding = flooders.map((signer) => flood(chain, signer, abort.signal));
    const uploads = Array.from({ length: 4 }, (_, i) => `during-${i}`);
    for (const key of uploads) await objects.put(key, 200_000);
    await eventually(async () => ((await chain.header()).number >= from + floodBlocks ? true : undefined), 'the flood');
    for (const key of uploads)
      await eventually(
        async () => /declared|tagged|proven/.test(String(await objects.status(key))),
        `${key} is declared`,
      );
    abort.abort();
    const sent = (await Promise.all(flooding)).reduce((sum, count) => sum + count, 0);
    const spent = await spentBy(chain, flooders);
    const until = (await chain.header()).number;
    const passed = log.counts.passed - passedBefore;
    const seconds = Math.round((Date.now() - startedMs) / 1000);
    t.diagnostic(
      `${until - from} blocks in ${seconds} s, ${sent} calls, ${spent / CESS} CESS spent, ${passed} rounds passed`,
    );
    assert.ok(sent > floodBlocks, 'the flood reached the pool');
    assert.ok(passed > 0, 'rounds were answered and judged meanwhile');
    assert.deepEqual([log.punishments, log.workerPunishments, log.counts.late], [[], [], 0]);
    assert.ok(spent > 0n);
  });
});

/** Keeps some failing calls of the account in the pool; returns how many were accepted. */
async function flood(chain: ChainClient, signer: ExtrinsicSigner, signal: AbortSignal): Promise<number> {
  const call = tx.Audit.dispute({ miner: 0, key_id: new Uint8Array(32), round: 0 });
  let nonce = 0;
  while (!signal.aborted) {
    const used = (await chain.entry(query.System.Account, [signer.account])).nonce;
    nonce = Math.max(nonce, used);
    while (nonce < used + ahead) {
      const { genesisHash, runtime } = chain;
      const { specVersion, transactionVersion } = runtime;
      const context = { nonce, tip: CESS, genesisHash, specVersion, transactionVersion };
      try {
        await chain.submitExtrinsic(encodeSignedExtrinsic(call, context, signer));
      } catch (error) {
        if (!isCessError(error)) throw error;
        break;
      }
      nonce++;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return nonce;
}

async function spentBy(chain: ChainClient, flooders: readonly ExtrinsicSigner[]): Promise<bigint> {
  let left = 0n;
  for (const { account } of flooders) left += (await chain.entry(query.System.Account, [account])).data.free;
  return BigInt(flooders.length) * 1_000n * CESS - left;
}
