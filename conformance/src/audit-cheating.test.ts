// PODR2-4, PODR2-6, TEE-3 live: providers that send garbage, an old proof or another's, that rot, that do not answer; a TEE
// worker that lies, is silent and cannot be reached. Each ends as docs/protocol/audit.md says, and nobody honest pays.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { ChainClient, type ChallengeInfo, query, stakeFor, tx, WORKER_STAKE } from '@cess/client';
import { silentLogger } from '@cess/primitives';
import { eventually } from '@cess/primitives/testing';
import { AuditLog } from './support/audit-log.js';
import { CheatingWorker, ownerAccount, roleAccount, submitAs } from './support/cheats.js';
import { flipOneByteInEveryFile } from './support/files.js';
import { TestNetwork } from './support/network.js';
import { StoredObjects } from './support/objects.js';

const objectCount = 8;
const objectSize = 300_000;
const absent = 'provider-11';

interface Status {
  readonly providers: readonly { readonly name: string; readonly miner: number }[];
}

describe('cheating providers and TEE workers', () => {
  let network: TestNetwork;
  let objects: StoredObjects;
  let chain: ChainClient;
  let log: AuditLog;
  let keyId: Uint8Array;
  let providers: Status['providers'];
  let returned: Promise<number> | undefined;
  const cheats = new Set<number>();

  before(async () => {
    network = await TestNetwork.create({
      environment: { CESS_AUDIT_CYCLE_SECONDS: '5', CESS_AUDIT_DISPUTE_SECONDS: '10', CESS_SLOT_MS: '500' },
    });
    await network.start();
    objects = new StoredObjects(network.credentials, 'cheats');
    await objects.createBucket();
    chain = await ChainClient.connect({ endpoint: network.rpc, logger: silentLogger });
    log = new AuditLog(chain);
    ({ providers } = (await network.cess('status')) as Status);
    for (let i = 0; i < objectCount; i++) await objects.put(`object-${i}`, objectSize);
    keyId = (await chain.entry(query.TeeWorker.Workers, [0]))!.tag_key;
    await log.untilProven(16, objects, objectSize);
    // For the last but one case: its deadline runs while the others do, which on a busy machine take longer than it may be away.
    await control('stop', absent);
    returned = returnAfterLateRound();
    // A failure is reported by the case that waits for it.
    returned.catch(() => {});
  });
  after(async () => {
    await log?.stop();
    await chain?.close();
    objects?.client.destroy();
    await network?.destroy();
  });

  const indexOf = (name: string): number => providers.find((provider) => provider.name === name)!.miner;
  const info = async (index: number) => (await chain.entry(query.Sminer.Miners, [index]))!;
  const control = (action: string, name: string) => network.cessText('devnet', 'provider', action, name);
  /** Starts the absent provider again; resolves with the rounds that it had passed. */
  const returnAfterLateRound = async () => {
    const index = indexOf(absent);
    await eventually(async () => (log.lateRounds.has(index) ? true : undefined), 'a late round');
    await assertWhole(index);
    const passes = log.passedRounds.get(index)!;
    await control('start', absent);
    return passes;
  };
  const round = (index: number) => chain.entry(query.Audit.Challenges, [index, keyId]);
  const openRound = (index: number): Promise<ChallengeInfo> =>
    eventually(async () => {
      const running = await round(index);
      return running?.state.type === 'Open' ? running : undefined;
    }, `provider ${index} is asked`);
  /** A proof of some earlier round of the provider. */
  const earlierProof = (index: number): Promise<Uint8Array> =>
    eventually(async () => {
      const state = (await round(index))?.state;
      return state === undefined || state.type === 'Open' ? undefined : state.value.proof;
    }, `a proof of provider ${index}`);
  const assertWhole = async (index: number) => {
    const { staked, declared_space } = await info(index);
    assert.equal(staked, stakeFor(declared_space), `provider ${index} has not paid`);
  };

  it('PODR2-4: garbage, an old proof and the proof of another are found wrong, and cost stake', async () => {
    const other = await earlierProof(indexOf('provider-01'));
    const cases: readonly (readonly [string, () => Promise<Uint8Array>])[] = [
      ['provider-07', async () => new Uint8Array(128).fill(1)],
      ['provider-08', () => earlierProof(indexOf('provider-08'))],
      ['provider-09', async () => other],
    ];
    await Promise.all(
      cases.map(async ([name, proofOf]) => {
        const index = indexOf(name);
        cheats.add(index);
        const proof = await proofOf();
        await control('stop', name);
        const account = await roleAccount(network.home, name);
        const running = await openRound(index);
        const answer = { key_id: keyId, round: running.round, as_of: running.opened_at, proof };
        await submitAs(chain, account, tx.Audit.submit_proof(answer));
        await eventually(async () => (log.failedRounds.has(index) ? true : undefined), `${name} fails`);
        const { staked, declared_space } = await info(index);
        assert.equal(staked, (stakeFor(declared_space) * 95n) / 100n, 'five of a hundred');
        assert.ok((log.refunds.get(index) ?? 0n) > 0n, 'owners first');
        await control('start', name);
      }),
    );
  });

  it('PODR2-4: bits that rot on a disk are rebuilt from others before the proof, and cost nothing', async () => {
    const index = indexOf('provider-12');
    const passes = log.passedRounds.get(index)!;
    flipOneByteInEveryFile(join(network.home, 'providers', 'provider-12', 'store'), 3);
    await eventually(
      async () => (log.passedRounds.get(index)! > passes + 1 ? true : undefined),
      'it proves what it has rebuilt',
    );
    await assertWhole(index);
    await objects.assertAllEqual();
  });

  it('PODR2-6: a TEE worker that lies about honest proofs is disputed and slashed; the providers keep everything', async () => {
    const worker = new CheatingWorker(chain);
    try {
      await worker.register(await ownerAccount(network.home));
      const state = await eventually(async () => {
        const found = await chain.entry(query.TeeWorker.Workers, [worker.index]);
        return found?.state === 'Suspended' ? found : undefined;
      }, 'the liar is suspended');
      assert.ok(state.record.wrong >= 1);
      assert.ok(state.staked <= (WORKER_STAKE * 9n) / 10n);
      await eventually(async () => (log.counts.disputes >= 1 ? true : undefined), 'the dispute is final');

      await worker.resume();
      await eventually(
        async () =>
          (await chain.entry(query.TeeWorker.Workers, [worker.index]))!.record.missed >= 1 ? true : undefined,
        'TEE-3: a verdict that never came is booked',
      );
      assert.equal((await chain.entry(query.TeeWorker.Workers, [0]))!.record.wrong, 0);
    } finally {
      await worker.stop();
    }
  });

  it('PODR2-4: a provider that does not answer gets a strike, which costs nothing; it goes on when it is back', async () => {
    const index = indexOf(absent);
    const passes = await returned!;
    await eventually(async () => (log.passedRounds.get(index)! > passes ? true : undefined), 'it proves again');
  });

  it('nobody honest has paid', async () => {
    for (const { miner } of providers) if (!cheats.has(miner)) await assertWhole(miner);
    await objects.assertAllEqual();
  });
});
