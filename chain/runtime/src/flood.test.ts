// PODR2-4, ECON-4: the flood that expelled 15 of 16 honest providers of a running network. Forty accounts submit failing disputes
// with a high tip in every block, and the author takes what has the highest priority, as a node does.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createEd25519Signer } from '@cess/crypto';
import { CESS } from '@cess/primitives';
import { query, tx } from './index.js';
import { AuditScenario, find } from './test-support/audit-scenario.js';

type Signer = ReturnType<typeof createEd25519Signer>;
const attackers = Array.from({ length: 40 }, (_, i) => createEd25519Signer(new Uint8Array(32).fill(0x20 + i)));
const tip = 5n * CESS;
/** As the author: after so many calls of a class that do not fit, it stops looking for others. */
const maxSkips = 16;

/** A block by priority; returns the names of the calls that it includes. */
function author(chain: AuditScenario, pooled: readonly (readonly [signer: Signer, call: Uint8Array, tip: bigint])[]) {
  const waiting = pooled.map(([signer, call, tipped]) => {
    const encoded = chain.sign(signer, call, { tip: tipped });
    const verdict = chain.runtime.validateTransaction(chain.ext, 'External', encoded, chain.parentHash);
    return { signer, call, tipped, priority: verdict.ok ? verdict.value.priority : -1n };
  });
  waiting.sort((a, b) => (a.priority < b.priority ? 1 : -1));
  chain.open();
  let skipped = 0;
  for (const { signer, call, tipped, priority } of waiting) {
    if (skipped >= maxSkips || priority < 0n) break;
    if (chain.apply(signer, call, { tip: tipped }).type === 'Err') skipped++;
  }
  return chain.close().events;
}

describe('a flood of failing calls with high tips', () => {
  it('does not keep a proof or a verdict out of a block, and costs more with every block', () => {
    const chain = new AuditScenario();
    chain.tagFile(chain.storeFile(), [0]);
    const worker = chain.workers[0];
    const provider = chain.providers[0];
    assert.ok(worker && provider);
    for (const { publicKey } of attackers) chain.endow(publicKey, 10_000n);
    const heavy = tx.Audit.dispute({ miner: 0, key_id: worker.keyId, round: 9999 });
    const flood = attackers.map((signer) => [signer, heavy, tip] as const);
    const money = () => attackers.reduce((sum, { publicKey }) => sum + chain.free(publicKey), 0n);
    const before = money();

    const round = chain.untilChallenged(0);
    for (let i = 0; i < 20; i++) author(chain, flood);
    const spentAtFirst = before - money();
    const answered = author(chain, [
      ...flood,
      [
        provider.account,
        tx.Audit.submit_proof({ key_id: worker.keyId, round, as_of: chain.number, proof: chain.prove(0) }),
        0n,
      ],
    ]);
    assert.ok(find(answered, 'ProofSubmitted'));
    const verdicts = [chain.verdict(worker, 0, true)];
    const judged = author(chain, [...flood, [worker.controller, tx.Audit.submit_verdicts({ verdicts }), 0n]]);
    assert.ok(find(judged, 'VerdictSubmitted'));

    const middle = money();
    for (let i = 0; i < 20; i++) author(chain, flood);
    assert.ok(middle - money() > spentAtFirst, 'the price of the flood rises');
    assert.equal(query.Sminer.Miners.get(chain, 0)?.state, 'Positive');
    assert.equal(query.Audit.Registries.get(chain, 0, worker.keyId)?.strikes, 0);
    assert.ok(before - money() > 100n * CESS, 'the attackers paid, the provider did not');
  });
});
