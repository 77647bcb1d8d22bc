// Weights of Audit. Calls declare the most that a round can ask, and are refunded for what it did not.
import type { Weight } from '@cess/chain-primitives';
import { refTime } from '../../frame/weight.js';
import { weightTable } from '../../weight-table.js';
import { MAX_REGISTRIES } from './declaration.js';

const table = weightTable.Audit;

/** A round asks about at most so many fragments, and so many blocks of them. */
const MAX_ASKED_FRAGMENTS = 46;
const MAX_ASKED_BLOCKS = 505;

export const PROOF_WEIGHT = refTime(table.submit_proof.base);

/** Weight of a report of tags; a new registry is compared with so many others. */
export function reportsWeight({ reports }: { readonly reports: readonly unknown[] }, done?: Reported): Weight {
  const { base, report, registry } = table.report_tags;
  const { reported, registries } = done ?? { reported: reports.length, registries: MAX_REGISTRIES };
  return refTime(base + report * BigInt(reported) + registry * BigInt(registries));
}

/** What a report of tags came to. */
export interface Reported {
  readonly reported: number;
  /** Registries that were read, to allow a new one. */
  readonly registries: number;
}

/** Weight of verdicts: each reads what its round asked. */
export function verdictsWeight({ verdicts }: { readonly verdicts: readonly unknown[] }, done?: Judged): Weight {
  const { base, verdict, slot } = table.submit_verdicts;
  const { judged, slots } = done ?? { judged: verdicts.length, slots: verdicts.length * MAX_ASKED_FRAGMENTS };
  return refTime(base + verdict * BigInt(judged) + slot * BigInt(slots));
}

/** What a list of verdicts came to. */
export interface Judged {
  readonly judged: number;
  /** Slots that were read. */
  readonly slots: number;
}

/** What a dispute came to. */
export interface Disputed {
  /** Blocks of the verified challenge. */
  readonly blocks: number;
  /** Fragments that lost their holder. */
  readonly lost: number;
}

const MOST_DISPUTED: Disputed = { blocks: MAX_ASKED_BLOCKS, lost: MAX_ASKED_FRAGMENTS };

export function disputeWeight({ blocks, lost } = MOST_DISPUTED): Weight {
  const row = table.dispute;
  return refTime(row.base + row.block * BigInt(blocks) + row.lost * BigInt(lost));
}

export function disputesWeight(
  { rounds }: { readonly rounds: readonly unknown[] },
  done?: readonly Disputed[],
): Weight {
  const { base, round, block, lost } = table.dispute_batch;
  const disputed = done ?? rounds.map(() => MOST_DISPUTED);
  const sum = (each: keyof Disputed) => BigInt(disputed.reduce((total, one) => total + one[each], 0));
  return refTime(base + round * BigInt(disputed.length) + block * sum('blocks') + lost * sum('lost'));
}

export function concessionWeight(lost = MAX_ASKED_FRAGMENTS): Weight {
  return refTime(table.concede.base + table.concede.lost * BigInt(lost));
}

const hook = table.onInitialize;
/** A step of the upkeep that opens every block. */
export const UPKEEP_WEIGHT = {
  /** A tombstone. */
  compacted: refTime(hook.compacted),
  /** A tag under a revoked key, or the registry of such tags. */
  retired: refTime(hook.retired),
  /** A period that gets the blocks that it lost. */
  extended: refTime(hook.extended),
  /** A round without a proof. */
  unanswered: (slots: number) => refTime(hook.unanswered + hook.slot * BigInt(slots)),
  /** A proof without a verdict. */
  unjudged: refTime(hook.unjudged),
  /** A verdict that can no longer be disputed. */
  judged: ({ slots, lost }: { readonly slots: number; readonly lost: number }) =>
    refTime(hook.judged + hook.slot * BigInt(slots) + hook.lost * BigInt(lost)),
  /** A registry that was drawn. */
  opened: refTime(hook.opened),
} as const;
