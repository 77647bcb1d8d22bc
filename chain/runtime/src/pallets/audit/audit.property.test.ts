// Random histories of storing, tagging, deleting, answering, failing, restoring and leaving: after every block all books
// agree (assertBooksAgree), and no block fails.
import { test } from 'node:test';
import { shake256 } from '@cess/crypto';
import { utf8 } from '@cess/primitives';
import { describeDispatchError, query, tx } from '../../index.js';
import { assertBooksAgree } from '../../test-support/audit-books.js';
import { AuditScenario } from '../../test-support/audit-scenario.js';
import { alice, bob } from '../../test-support/harness.js';

const STEPS = 120;
const SEEDS = ['a', 'b', 'c'];

class History {
  readonly chain = new AuditScenario(2);
  readonly log: string[] = [];
  #counter = 0;

  constructor(private readonly seed: string) {
    query.Audit.Periods.put(this.chain, { cycle: 12, proof: 6, verdict: 4, dispute: 4, claim: 5 });
  }

  pick<T>(from: readonly T[]): T | undefined {
    const bytes = shake256(4, utf8(`${this.seed}/${this.#counter++}`));
    return from.length === 0 ? undefined : from[new DataView(bytes.buffer).getUint32(0) % from.length];
  }

  /** Runs a call of a provider; a refusal is as good as a success. */
  try(provider: number, what: string, call: Uint8Array): boolean {
    const { account } = this.chain.providers[provider]!;
    const { error } = this.chain.run(account, call);
    this.log.push(`${provider} ${what} ${error === undefined ? 'ok' : describeDispatchError(error).name}`);
    return error === undefined;
  }

  step(): void {
    const action = this.pick([
      this.store,
      this.store,
      this.tag,
      this.tag,
      this.tag,
      this.delete,
      this.answer,
      this.answer,
      this.judge,
      this.judge,
      this.concede,
      this.lose,
      this.claim,
      this.claim,
      this.complete,
      this.leave,
      this.idle,
    ])!;
    action.call(this);
  }

  store(): void {
    const holders = [0, 1, 2, 3, 4, 5].map((i) => (i + this.#counter) % 8);
    const active = holders.map((provider) =>
      query.Sminer.Miners.get(this.chain, provider)!.state === 'Positive' ? provider : undefined,
    );
    if (active.filter((provider) => provider !== undefined).length < 2) return;
    this.chain.storeFile(active);
    this.log.push('store');
  }

  tag(): void {
    const held = this.pick([...query.FileBank.HeldBy.entries(this.chain, [])]);
    if (held === undefined) return;
    const [[provider, fileId, , fragment]] = held;
    if (!query.FileBank.Files.has(this.chain, fileId)) return;
    const worker = this.pick(this.chain.workers)!;
    const reports = [this.chain.tag(provider, fileId, fragment, worker)];
    this.try(provider, 'tag', tx.Audit.report_tags({ key_id: worker.keyId, reports }));
  }

  delete(): void {
    const file = this.pick([...query.FileBank.Files.entries(this.chain, [])]);
    if (file === undefined) return;
    this.chain.run(bob, tx.FileBank.delete_files({ owner: alice.publicKey, file_ids: [file[0][0]] }));
    this.log.push('delete');
  }

  answer(): void {
    const open = this.pick(
      [...query.Audit.Challenges.entries(this.chain, [])].filter(([, { state }]) => state.type === 'Open'),
    );
    if (open === undefined) return;
    const [[provider, key_id], { round }] = open;
    const proof = new Uint8Array(128);
    this.try(provider, 'answer', tx.Audit.submit_proof({ key_id, round, as_of: this.chain.number, proof }));
  }

  judge(): void {
    const answered = this.pick(
      [...query.Audit.Challenges.entries(this.chain, [])].filter(([, { state }]) => state.type === 'Answered'),
    );
    if (answered === undefined) return;
    const [[provider, keyId], { round, state }] = answered;
    if (state.type !== 'Answered' || state.value.worker === undefined) return;
    const worker = this.chain.workers[state.value.worker]!;
    const passed = this.pick([true, true, true, false])!;
    const verdict = this.chain.verdict(worker, provider, passed, { keyId, round, proof: state.value.proof });
    this.chain.run(worker.controller, tx.Audit.submit_verdicts({ verdicts: [verdict] }));
    this.log.push(`judge ${passed}`);
  }

  concede(): void {
    const open = this.pick(
      [...query.Audit.Challenges.entries(this.chain, [])].filter(([, { state }]) => state.type === 'Open'),
    );
    if (open === undefined) return;
    const [[provider, key_id], { round }] = open;
    this.try(provider, 'concede', tx.Audit.concede({ key_id, round }));
  }

  lose(): void {
    const held = this.pick([...query.FileBank.HeldBy.entries(this.chain, [])]);
    if (held === undefined) return;
    const [[provider, file_id, segment, fragment]] = held;
    this.try(provider, 'lose', tx.FileBank.report_loss({ places: [{ file_id, segment, fragment }] }));
  }

  claim(): void {
    const order = this.pick([...query.FileBank.RestoralOrders.entries(this.chain, [])]);
    if (order === undefined) return;
    const [[file_id, segment, fragment]] = order;
    const provider = this.pick([0, 1, 2, 3, 4, 5, 6, 7])!;
    this.try(provider, 'claim', tx.FileBank.claim_restoral_orders({ places: [{ file_id, segment, fragment }] }));
  }

  complete(): void {
    const claimed = this.pick(
      [...query.FileBank.RestoralOrders.entries(this.chain, [])].filter(([, { claim }]) => claim !== undefined),
    );
    if (claimed === undefined) return;
    const [[file_id, , fragment], { claim }] = claimed;
    const fragments = [this.chain.restore(claim!.miner, file_id, fragment)];
    const { keyId } = this.chain.workers[0]!;
    const call = tx.FileBank.complete_restoral_orders({ key_id: keyId, fragments });
    const isCompleted = this.try(claim!.miner, 'complete', call);
    if (!isCompleted) this.chain.forget(claim!.miner, file_id, fragment);
  }

  leave(): void {
    if (this.pick([0, 1, 2, 3]) !== 0) return;
    const provider = this.pick([0, 1, 2, 3, 4, 5, 6, 7])!;
    this.try(provider, 'leave', tx.Sminer.miner_exit_prep({}));
  }

  idle(): void {
    this.chain.advance(3);
  }
}

for (const seed of SEEDS) {
  test(`PODR2-4, STORE-4: all books agree through random histories (seed ${seed})`, () => {
    const history = new History(seed);
    try {
      for (let i = 0; i < STEPS; i++) {
        history.step();
        assertBooksAgree(history.chain);
      }
      history.chain.advance(40);
      assertBooksAgree(history.chain);
    } catch (error) {
      process.stderr.write(`seed ${seed}:\n${history.log.join('\n')}\n`);
      throw error;
    }
  });
}
