// CHAIN-6: a call lands exactly once, whatever happens to the node and the pool meanwhile.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { CESS, CessError, createDeferred, isCessError, silentLogger, toHex } from '@cess/primitives';
import { ChainClient, type ExtrinsicSigner, query, Submitter, type SubmitterInit, tx } from './index.js';
import { edSender, pauper, receiver, sender, startTestNode, type TestNode } from './test-support/node.js';

const send = (amount: bigint, to = receiver) =>
  tx.Balances.transfer_keep_alive({ dest: { type: 'Id', value: to }, value: amount });

describe('submitter', () => {
  let test: TestNode;
  let client: ChainClient;
  const submitters: Submitter[] = [];
  const submitterOf = (signer: ExtrinsicSigner, changes: Partial<SubmitterInit> = {}) => {
    const submitter = new Submitter({ client, signer, logger: silentLogger, ...changes });
    submitters.push(submitter);
    return submitter;
  };
  const received = async () =>
    (await client.entry(query.System.Account, [receiver], await client.finalizedHash())).data.free;

  before(async () => {
    test = await startTestNode();
    client = await ChainClient.connect({ endpoint: test.node.rpcEndpoint, logger: silentLogger });
  });

  after(async () => {
    for (const submitter of submitters) await submitter.stop();
    await client.close();
    await test.remove();
  });

  it('many calls at once land once each, with both kinds of keys', async () => {
    const submitter = submitterOf(sender);
    const other = submitterOf(edSender);
    const calls = Array.from({ length: 30 }, () => submitter.submit(send(CESS)));
    const inclusions = await Promise.all([...calls, other.submit(send(CESS))]);
    assert.equal(await received(), 31n * CESS);
    for (const { events } of inclusions) {
      const last = events.at(-1)!.event;
      assert.ok(last.type === 'System' && last.value.type === 'ExtrinsicSuccess');
      assert.ok(events.some(({ event }) => event.type === 'Balances' && event.value.type === 'Transfer'));
    }
  });

  it('a refused dispatch is named, and later calls go on', async () => {
    const submitter = submitterOf(sender);
    await assert.rejects(submitter.submit(send(1_000_000n * CESS)), (thrown) => {
      return isCessError(thrown, 'CHAIN_DISPATCH_FAILED') && thrown.data['name'] === 'Token.FundsUnavailable';
    });
    await submitter.submit(send(CESS));
  });

  it('a call that nobody can pay for is refused at once', async () => {
    const submitter = submitterOf(pauper);
    await assert.rejects(submitter.submit(send(1n)), (thrown) => isCessError(thrown, 'CHAIN_CALL_INVALID'));
  });

  it('calls survive a restart of the node that forgets its pool', async () => {
    const submitter = submitterOf(sender);
    const before = await received();
    test.node.pause();
    const calls = Array.from({ length: 5 }, () => submitter.submit(send(CESS)));
    await poolHolds(5);
    await test.restart();
    await Promise.all(calls);
    assert.equal(await received(), before + 5n * CESS);
  });

  it("two submitters of one account do not lose or repeat each other's calls", async () => {
    const before = await received();
    const [one, two] = [submitterOf(sender), submitterOf(sender)];
    const calls = Array.from({ length: 12 }, (_, i) => (i % 2 === 0 ? one : two).submit(send(CESS)));
    await Promise.all(calls);
    assert.equal(await received(), before + 12n * CESS);
  });

  it('a call whose guard forbids the signature is never sent', async () => {
    const submitter = submitterOf(sender);
    const before = await received();
    const forbidden = new CessError('ABORTED', 'the lease is lost');
    const guard = () => {
      throw forbidden;
    };
    await assert.rejects(submitter.submit(send(CESS), { guard }), forbidden);
    await submitter.submit(send(CESS));
    assert.equal(await received(), before + CESS);
  });

  it('waiting can be given up; the call still lands', async () => {
    const submitter = submitterOf(sender);
    const before = await received();
    const abort = new AbortController();
    test.node.pause();
    const waiting = submitter.submit(send(CESS), { signal: abort.signal });
    await poolHolds(1);
    abort.abort();
    await assert.rejects(waiting, (thrown) => isCessError(thrown, 'ABORTED'));
    test.node.resume();
    await submitter.submit(send(CESS));
    assert.equal(await received(), before + 2n * CESS);
  });

  it('a call whose extrinsics never reach the pool is signed anew after their era, and lands once', async () => {
    const before = await received();
    const offered = new Set<string>();
    const lossy = withOffers(async (extrinsic, deliver) => {
      offered.add(toHex(extrinsic));
      if (offered.size > 2) await deliver();
    });
    const submitter = submitterOf(sender, { client: lossy, eraPeriodBlocks: 4 });
    await submitter.submit(send(CESS));
    assert.equal(offered.size, 3, 'the third signature is the one that landed');
    assert.equal(await received(), before + CESS);
  });

  it('a call that lost its nonce to a stranger of the same account takes another one', async () => {
    const before = await received();
    const stranger = submitterOf(sender);
    let isFirst = true;
    const slow = withOffers(async (_extrinsic, deliver) => {
      if (isFirst) {
        isFirst = false;
        await stranger.submit(send(CESS));
      }
      await deliver();
    });
    await submitterOf(sender, { client: slow }).submit(send(CESS));
    assert.equal(await received(), before + 2n * CESS);
  });

  it('a call that is being signed while the submitter stops is rejected, as are later ones', async () => {
    const [asked, answer] = [createDeferred<void>(), createDeferred<Uint8Array>()];
    const finalizedHash = () => {
      asked.resolve();
      return answer.promise;
    };
    const slow = Object.assign(Object.create(client), { finalizedHash }) as ChainClient;
    const submitter = submitterOf(sender, { client: slow });
    const isStopped = (thrown: unknown) => isCessError(thrown, 'CHAIN_SUBMITTER_STOPPED');
    const rejected = assert.rejects(submitter.submit(send(CESS)), isStopped);
    await asked.promise;
    await submitter.stop();
    answer.resolve(await client.finalizedHash());
    await rejected;
    await assert.rejects(submitter.submit(send(CESS)), isStopped);
  });

  it('a connection that breaks after the offer does not repeat the call', async () => {
    const before = await received();
    let breaks = 2;
    const broken = withOffers(async (_extrinsic, deliver) => {
      await deliver();
      if (breaks-- > 0) throw new CessError('RPC_DISCONNECTED', 'The connection to the chain node broke.');
    });
    await submitterOf(sender, { client: broken }).submit(send(CESS));
    assert.equal(await received(), before + CESS);
  });

  /** The client with another way of offering extrinsics. */
  function withOffers(offer: (extrinsic: Uint8Array, deliver: () => Promise<void>) => Promise<void>): ChainClient {
    const changed = Object.create(client) as ChainClient;
    changed.submitExtrinsic = (extrinsic) => offer(extrinsic, () => client.submitExtrinsic(extrinsic));
    return changed;
  }

  /** Resolves when the pool holds this many transactions. */
  async function poolHolds(count: number): Promise<void> {
    for (;;) {
      const pending = await client.call<string[]>('author_pendingExtrinsics');
      if (pending.length >= count) return;
    }
  }
});
