// Samples of Audit: rounds that ask about as many fragments as they may, and real proofs where the runtime verifies them.
import { elementAt, invariant } from '@cess/primitives';
import { query, tx } from '../../../index.js';
import { AuditScenario } from '../../../test-support/audit-scenario.js';
import { alice, author, contextOver } from '../../../test-support/harness.js';
import { deadlines } from '../../../test-support/weights/long-queues.js';
import { applied, opened } from '../../../test-support/weights/prepare.js';
import { fixed, type PalletRows, type Sample } from '../../../test-support/weights/row.js';
import {
  accountOf,
  challenge,
  derived,
  MAX_ASKED,
  network,
  type StoredFiles,
  storedFiles,
  tagged,
  UNKNOWN_KEY,
} from '../../../test-support/weights/states.js';
import { MAX_REGISTRIES, auditStorage as storage } from '../declaration.js';
import { dropSlot } from '../registry.js';

const numbersTo = (count: number) => Array.from({ length: count }, (_, index) => index);
const proof = new Uint8Array(128).fill(5);

/** Files with the bytes of fragments that providers 0 and 1 hold. */
function realFiles(count: number, workers = 1): { readonly chain: AuditScenario; readonly ids: readonly Uint8Array[] } {
  const chain = new AuditScenario(workers);
  const ids = numbersTo(count).map(() => chain.storeFile());
  return { chain, ids };
}

function report(count: number, registries = 0) {
  const { chain, ids } = realFiles(count);
  const { keyId } = elementAt(chain.workers, 0);
  const reports = ids.map((id) => chain.tag(0, id, 0));
  const info = { slots: 1, live: 1, bytes: 1n, proven_bytes: 0n, round: 0, position: 0, since: 0 };
  const registry = { ...info, passed_at: undefined, strikes: 0 };
  for (let i = 0; i < registries; i++) storage.Registries.put(chain, 0, derived(`key ${i}`), registry);
  if (registries === 0) chain.tagFile(chain.storeFile(), [0]);
  return applied(chain, accountOf(chain, 0), tx.Audit.report_tags({ key_id: keyId, reports }));
}

/** A verdict that the round passed, which reads so many slots of it. */
function verdicts(rounds: number, slots: number) {
  const chain = new AuditScenario();
  const judge = elementAt(chain.workers, 0);
  const ids = numbersTo(slots).map(() => chain.storeFile());
  tagged({ chain, ids }, judge.keyId);
  for (let provider = 0; provider < rounds; provider++) {
    const verify_by = chain.number + 50;
    const state = { type: 'Answered', value: { proof, as_of: chain.number, worker: 0, drawn: 1, verify_by } } as const;
    challenge(chain, provider, state, judge.keyId);
    storage.Deadlines.remove(chain, chain.number, provider, judge.keyId);
    storage.Deadlines.put(chain, verify_by, provider, judge.keyId, undefined);
  }
  const worker = query.TeeWorker.Workers.get(chain, 0);
  invariant(worker, 'the worker is registered');
  query.TeeWorker.Workers.put(chain, 0, { ...worker, duties: rounds });
  const list = numbersTo(rounds).map((provider) => chain.verdict(judge, provider, true));
  return applied(chain, judge.controller, tx.Audit.submit_verdicts({ verdicts: list }));
}

interface Disputable {
  readonly rounds: number;
  readonly files: number;
  readonly isWrong?: boolean;
}

/** Judged rounds of the first providers over so many fragments of two blocks; wrong proofs are those of other providers. */
function judged({ rounds, files, isWrong = false }: Disputable) {
  const { chain, ids } = realFiles(files);
  for (const id of ids) chain.tagFile(id, [0, 1]);
  const providers = numbersTo(rounds);
  for (const provider of [0, 1]) chain.untilChallenged(provider);
  const wrong = isWrong ? chain.prove(1) : undefined;
  for (const provider of providers) {
    const { worker } = chain.answer(provider, wrong);
    chain.judge(worker, provider, true);
  }
  const { keyId } = elementAt(chain.workers, 0);
  const refs = providers.map((miner) => {
    const round = query.Audit.Challenges.get(chain, miner, keyId)?.round;
    invariant(round !== undefined, 'the round runs');
    return { miner, key_id: keyId, round };
  });
  return { chain, refs };
}

const BLOCKS_PER_FRAGMENT = 2;
const disputed = (of: Disputable): Sample => {
  const blocks = of.rounds * of.files * BLOCKS_PER_FRAGMENT;
  const counts = { block: blocks, lost: of.isWrong === true ? of.rounds * of.files : 0 };
  const prepare = () => {
    const { chain, refs } = judged(of);
    return applied(chain, alice, tx.Audit.dispute(elementAt(refs, 0)));
  };
  return { counts, prepare };
};
const disputedBatch = (of: Disputable): Sample => {
  const prepare = () => {
    const { chain, refs } = judged(of);
    return applied(chain, alice, tx.Audit.dispute_batch({ rounds: refs }));
  };
  return { counts: { ...disputed(of).counts, round: of.rounds }, prepare };
};

function conceded(slots: number) {
  const { chain } = tagged(storedFiles(slots));
  challenge(chain, 0, { type: 'Open' });
  storage.Deadlines.remove(chain, chain.number, 0, UNKNOWN_KEY);
  const info = query.Audit.Challenges.get(chain, 0, UNKNOWN_KEY);
  invariant(info, 'the round runs');
  const deadline = chain.number + 50;
  storage.Challenges.put(chain, 0, UNKNOWN_KEY, { ...info, deadline });
  storage.Deadlines.put(chain, deadline, 0, UNKNOWN_KEY, undefined);
  return applied(chain, accountOf(chain, 0), tx.Audit.concede({ key_id: UNKNOWN_KEY, round: info.round }));
}

type State = Parameters<typeof challenge>[2];
const answered: State = { type: 'Answered', value: { proof, as_of: 1, worker: undefined, drawn: 1, verify_by: 0 } };
const passed = (isPassed: boolean): State => ({
  type: 'Judged',
  value: { proof, as_of: 1, worker: 0, passed: isPassed, dispute_until: 0 },
});

/** Rounds of so many providers whose period ends; a worker has judged them. */
function ending({ rounds, slots, state }: { readonly rounds: number; readonly slots: number; readonly state: State }) {
  const { chain } = tagged(storedFiles(slots));
  const record = { tagged_bytes: 0n, verified_bytes: 0n, verdicts: 0, missed: 0, missed_in_a_row: 0, wrong: 0 };
  query.TeeWorker.Workers.put(chain, 0, {
    controller: derived('controller'),
    signer_key: derived('signer'),
    endpoint: new Uint8Array(100),
    bond: undefined,
    tag_key: UNKNOWN_KEY,
    staked: 10n ** 24n,
    state: 'Active',
    seat: 0,
    duties: rounds,
    record,
    registered_at: 1,
  });
  query.TeeWorker.VerifierCount.put(chain, 1);
  query.TeeWorker.Verifiers.put(chain, 0, 0);
  const end = chain.number;
  for (let provider = 0; provider < rounds; provider++) {
    if (state.type === 'Answered') {
      challenge(chain, provider, { ...state, value: { ...state.value, worker: 0, verify_by: end } });
    } else if (state.type === 'Judged') {
      challenge(chain, provider, { ...state, value: { ...state.value, dispute_until: end } });
      storage.FailedAt.put(chain, provider, UNKNOWN_KEY, 1);
      storage.OpenFailed.put(chain, 0, rounds);
    } else {
      challenge(chain, provider, state);
    }
  }
  return chain;
}

/** Rounds of providers that are among the others. */
function unanswered(count: number, slots: number) {
  const chain = network(16);
  for (const [key, value] of deadlines(chain, count, slots)) chain.ext.put(key, value);
  return opened(chain);
}

function extended() {
  const chain = ending({ rounds: 16, slots: 1, state: { type: 'Open' } });
  storage.LostBlocks.put(chain, 3);
  return opened(chain);
}

/** Tombstones of a registry that compacts, none of which is the last slot. */
function compacting(count: number) {
  const files: StoredFiles = tagged(storedFiles(2 * count));
  const { chain, ids } = files;
  challenge(chain, 0, { type: 'Open' });
  const needs = { changeProven: () => {}, becameUntagged: () => {} };
  for (const fileId of ids.slice(0, count))
    dropSlot(contextOver(chain.ext), needs, 0, { fileId, segment: 0, fragment: 0 }, 1);
  storage.Challenges.remove(chain, 0, UNKNOWN_KEY);
  storage.Deadlines.remove(chain, chain.number, 0, UNKNOWN_KEY);
  storage.Compacting.put(chain, 0, UNKNOWN_KEY, undefined);
  return opened(chain);
}

function retiring(count: number) {
  const { chain } = tagged(storedFiles(count));
  storage.Retiring.put(chain, 0, UNKNOWN_KEY, undefined);
  return opened(chain);
}

/** A cycle of one block, in which every registry is drawn. */
function opening() {
  const files = storedFiles(2);
  const { chain } = files;
  chain.advance(12);
  tagged(files);
  for (const [[provider, keyId], info] of [...storage.Registries.entries(chain, [])])
    storage.Registries.put(chain, provider, keyId, { ...info, since: 0 });
  storage.Periods.mutate(chain, (periods) => ({ ...periods, cycle: 1 }));
  return opened(chain);
}

/** The fragments of expelled providers are taken away in the same block, by FileBank. */
const expelled = (lost: number): NonNullable<Sample['also']> => ({
  pallet: 'FileBank',
  call: 'onInitialize',
  counts: { lost },
});

const rounds = (state: State, count: number, slots: number, of: Omit<Sample, 'prepare'>): Sample => ({
  ...of,
  prepare: () => opened(ending({ rounds: count, slots, state })),
});

export const auditRows: PalletRows = {
  report_tags: {
    items: ['base', 'report', 'registry'],
    samples: {
      '1 report': { counts: { report: 1 }, prepare: () => report(1) },
      '8 reports': { counts: { report: 8 }, prepare: () => report(8) },
      'the last registry': {
        counts: { report: 1, registry: MAX_REGISTRIES - 1 },
        prepare: () => report(1, MAX_REGISTRIES - 1),
      },
    },
  },
  submit_proof: fixed(() => {
    const { chain, ids } = realFiles(1);
    chain.tagFile(elementAt(ids, 0), [0]);
    const round = chain.untilChallenged(0);
    const { keyId, index } = elementAt(chain.workers, 0);
    // The draw reads the candidate that the worker is bound to, and the seats.
    const worker = query.TeeWorker.Workers.get(chain, index);
    invariant(worker, 'the worker is registered');
    query.TeeWorker.Workers.put(chain, index, { ...worker, bond: author.publicKey });
    const as_of = chain.number;
    return applied(chain, accountOf(chain, 0), tx.Audit.submit_proof({ key_id: keyId, round, as_of, proof }));
  }),
  submit_verdicts: {
    items: ['base', 'verdict', 'slot'],
    samples: {
      '1 round of 1 slot': { counts: { verdict: 1, slot: 1 }, prepare: () => verdicts(1, 1) },
      '6 rounds of 1 slot': { counts: { verdict: 6, slot: 6 }, prepare: () => verdicts(6, 1) },
      '1 round of 46 slots': { counts: { verdict: 1, slot: MAX_ASKED }, prepare: () => verdicts(1, MAX_ASKED) },
    },
  },
  dispute: {
    items: ['base', 'block', 'lost'],
    samples: {
      'a right verdict over 1 fragment': disputed({ rounds: 1, files: 1 }),
      'a right verdict over 12 fragments': disputed({ rounds: 1, files: 12 }),
      'a wrong verdict over 12 fragments': disputed({ rounds: 1, files: 12, isWrong: true }),
    },
  },
  concede: {
    items: ['base', 'lost'],
    samples: {
      '1 fragment': { counts: { lost: 1 }, prepare: () => conceded(1) },
      '46 fragments': { counts: { lost: MAX_ASKED }, prepare: () => conceded(MAX_ASKED) },
    },
  },
  dispute_batch: {
    items: ['base', 'round', 'block', 'lost'],
    samples: {
      '1 round over 1 fragment': disputedBatch({ rounds: 1, files: 1 }),
      '2 rounds over 1 fragment': disputedBatch({ rounds: 2, files: 1 }),
      '1 round over 12 fragments': disputedBatch({ rounds: 1, files: 12 }),
      '1 wrong round over 12 fragments': disputedBatch({ rounds: 1, files: 12, isWrong: true }),
    },
  },
  onInitialize: {
    items: ['compacted', 'retired', 'extended', 'unanswered', 'slot', 'unjudged', 'judged', 'lost', 'opened'],
    samples: {
      // The last step ends the compaction of the registry.
      '20 tombstones': { counts: { compacted: 21 }, prepare: () => compacting(20) },
      '40 tags under a revoked key': { counts: { retired: 40 }, prepare: () => retiring(40) },
      '16 extended periods': { counts: { extended: 16 }, prepare: extended },
      // The same block draws four of these registries for new rounds.
      '64 unanswered rounds of 1 slot': {
        counts: { unanswered: 64, slot: 64, opened: 4 },
        prepare: () => unanswered(64, 1),
      },
      '64 unanswered rounds of 46 slots': {
        counts: { unanswered: 64, slot: 64 * MAX_ASKED, opened: 4 },
        prepare: () => unanswered(64, MAX_ASKED),
      },
      '8 unanswered rounds that expel their providers': rounds({ type: 'Open' }, 8, MAX_ASKED, {
        counts: { unanswered: 8, slot: 8 * MAX_ASKED },
        also: expelled(100),
        isCheck: true,
      }),
      '16 proofs without a verdict': rounds(answered, 16, 1, { counts: { unjudged: 16 } }),
      '8 passed rounds of 46 slots': rounds(passed(true), 8, MAX_ASKED, {
        counts: { judged: 8, slot: 8 * MAX_ASKED },
      }),
      'a failed round of 46 slots': rounds(passed(false), 1, MAX_ASKED, {
        counts: { judged: 1, slot: MAX_ASKED, lost: MAX_ASKED },
      }),
      '16 opened rounds': { counts: { opened: 16 }, prepare: opening },
    },
  },
};
