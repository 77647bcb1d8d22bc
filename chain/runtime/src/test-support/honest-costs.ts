// What honest parties pay: `npm run bench -- costs`. Objects are declared with 6 fragments, 2 of
// which suffice, with 6 holders. The table in docs/performance.md comes from here.
import { CESS } from '@cess/primitives';
import { query, tx } from '../index.js';
import { AuditScenario } from './audit-scenario.js';
import { alice, bob } from './harness.js';
import { batchOf, fileOf, segmentOf } from './storage-scenario.js';

type Signer = typeof bob;

interface Cost {
  readonly what: string;
  /** Bytes of the extrinsic. */
  readonly bytes: number;
  readonly fee: bigint;
  /** Tokens that the call puts on hold. */
  readonly held: bigint;
}

/** Costs of a call in a block of its own. */
function costOf(chain: AuditScenario, what: string, signer: Signer, call: Uint8Array): Cost {
  const before = query.System.Account.get(chain, signer.publicKey).data;
  const bytes = chain.sign(signer, call).length;
  chain.must(signer, call);
  const after = query.System.Account.get(chain, signer.publicKey).data;
  const held = after.reserved - before.reserved;
  return { what, bytes, held, fee: before.free - after.free - held };
}

const ALL = [0, 1, 2, 3, 4, 5];

function* declarations(): Generator<Cost> {
  const chain = new AuditScenario();
  const file = (tag: number, length: number) => fileOf(tag, [segmentOf(tag, ALL, length)]);
  const sizes = [
    ['4 KiB', 4096],
    ['64 KiB', 65_536],
    ['1 MiB', 1 << 20],
    ['16 MiB', 1 << 24],
  ] as const;
  for (const [i, [size, length]] of sizes.entries()) {
    const call = tx.FileBank.declare_batch(batchOf(chain.providers, [file(i, length)]));
    yield costOf(chain, `declare an object of ${size}`, bob, call);
  }
  const files = Array.from({ length: 20 }, (_, i) => file(0x20 + i, 4096));
  const call = tx.FileBank.declare_batch(batchOf(chain.providers, files));
  const { bytes, fee, held } = costOf(chain, '', bob, call);
  yield {
    what: 'one of 20 objects of 4 KiB in a batch',
    bytes: Math.ceil(bytes / 20),
    fee: fee / 20n,
    held: held / 20n,
  };
}

function* rounds(): Generator<Cost> {
  const chain = new AuditScenario();
  const [provider] = chain.providers;
  const [worker] = chain.workers;
  if (provider === undefined || worker === undefined) return;
  const id = chain.storeFile();
  const report = tx.Audit.report_tags({ key_id: worker.keyId, reports: [chain.tag(0, id, 0)] });
  yield costOf(chain, 'a provider reports a tag', provider.account, report);
  const round = chain.untilChallenged(0);
  const proof = chain.prove(0);
  const answer = tx.Audit.submit_proof({ key_id: worker.keyId, round, as_of: chain.number, proof });
  yield costOf(chain, 'a provider answers a round', provider.account, answer);
  const verdict = tx.Audit.submit_verdicts({ verdicts: [chain.verdict(worker, 0, true)] });
  yield costOf(chain, 'a worker judges a round', worker.controller, verdict);
}

function* memberships(): Generator<Cost> {
  const chain = new AuditScenario();
  const operator = chain.providers[0]?.account.publicKey ?? bob.publicKey;
  yield costOf(chain, 'an owner authorises a gateway', alice, tx.Oss.authorize({ operator }));
  const info = query.Oss.Oss.get(chain, bob.publicKey);
  if (info !== undefined) yield costOf(chain, 'a gateway registers', alice, tx.Oss.register(info));
}

/** Tokens with six decimals. */
const inCess = (amount: bigint) => (Number((amount * 1_000_000n) / CESS) / 1e6).toFixed(6);

const rows = [...declarations(), ...rounds(), ...memberships()];
process.stdout.write('| | bytes | fee (CESS) | deposit (CESS) |\n|---|---|---|---|\n');
for (const { what, bytes, fee, held } of rows)
  process.stdout.write(`| ${what} | ${bytes} | ${inCess(fee)} | ${inCess(held)} |\n`);
