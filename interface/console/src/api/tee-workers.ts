// TEE workers as the chain records them: rounds to judge, keys, record, and the credit that their work earns a candidate.
import { type ChainClient, query, WORKER_STAKE, type WorkerInfo } from '@cess/client';
import { fromUtf8, toHex } from '@cess/primitives';
import { accountOf, addressOf } from './chain.js';
import { shownRound } from './provider.js';

export interface ListedWorker {
  readonly index: number;
  readonly controller: string;
  readonly endpoint: string;
  readonly state: WorkerInfo['state'];
  readonly stake: bigint;
  readonly taggedBytes: number;
  readonly verifiedBytes: number;
  readonly verdicts: number;
  readonly missed: number;
  readonly wrong: number;
}

interface TagKey {
  /** Hex. */
  readonly id: string;
  readonly epoch: number;
  readonly registeredAt: number;
  readonly isCurrent: boolean;
}

export interface WorkerDuty {
  readonly provider: number;
  /** Hex. */
  readonly keyId: string;
  readonly round: number;
  readonly bytes: number;
  /** `Verdict`: to be judged. `Dispute`: judged, and it can be disputed. */
  readonly waitsFor: 'Verdict' | 'Dispute';
  /** Last block of that. */
  readonly until: number;
  /** Of a verdict that was given. */
  readonly passed: boolean | undefined;
}

/** What the workers of a candidate did in an era. */
export interface EraCredit {
  readonly era: number;
  readonly penalties: number;
  /** Work as a share of the most that one candidate did; undefined where nobody did any. */
  readonly share: number | undefined;
}

export interface WorkerState extends ListedWorker {
  /** Finalized block of all values. */
  readonly block: number;
  /** Hex. */
  readonly signerKey: string;
  readonly requiredStake: bigint;
  readonly registeredAt: number;
  readonly missedInARow: number;
  /** Block in which a verdict was last found wrong. */
  readonly lastWrong: number | undefined;
  /** Rounds that it judges, or has judged while its verdict can be disputed, as the chain counts them. */
  readonly dutyCount: number;
  /** Those that were found, the first deadline first. */
  readonly duties: readonly WorkerDuty[];
  /** Failed verdicts that can still be disputed. */
  readonly openFailed: number;
  readonly verifiers: number;
  readonly tagKeys: readonly TagKey[];
  /** Address of the candidate that it credits. */
  readonly bond: string | undefined;
  readonly isBondCandidate: boolean;
  readonly credit: readonly EraCredit[];
}

/** Entries of maps that are not keyed by worker, of which one screen looks through this many. */
const mostEntries = 5_000;

export async function readWorkers(client: ChainClient): Promise<readonly ListedWorker[]> {
  const at = await client.finalizedHash();
  const workers: ListedWorker[] = [];
  for await (const [[index], info] of client.entries(query.TeeWorker.Workers, [], at)) {
    workers.push(listed(index, info));
    if (workers.length === mostEntries) break;
  }
  return workers.sort((a, b) => a.index - b.index);
}

function listed(index: number, { controller, endpoint, state, staked, record }: WorkerInfo): ListedWorker {
  return {
    ...{ index, controller: addressOf(controller), endpoint: fromUtf8(endpoint), state, stake: staked },
    taggedBytes: Number(record.tagged_bytes),
    verifiedBytes: Number(record.verified_bytes),
    verdicts: record.verdicts,
    missed: record.missed,
    wrong: record.wrong,
  };
}

/** `name`: an index or the address of a controller. Undefined where there was no such worker. */
export async function readWorker(client: ChainClient, name: string): Promise<WorkerState | undefined> {
  const at = await client.finalizedHash();
  const account = accountOf(name);
  const index = /^\d{1,9}$/.test(name)
    ? Number(name)
    : account && (await client.entry(query.TeeWorker.WorkerIndex, [account], at));
  const info = index === undefined ? undefined : await client.entry(query.TeeWorker.Workers, [index], at);
  if (index === undefined || info === undefined) return undefined;
  const { bond } = info;
  return {
    ...listed(index, info),
    block: (await client.header(at)).number,
    signerKey: toHex(info.signer_key),
    requiredStake: WORKER_STAKE,
    registeredAt: info.registered_at,
    missedInARow: info.record.missed_in_a_row,
    lastWrong: await client.entry(query.TeeWorker.LastWrong, [index], at),
    dutyCount: info.duties,
    duties: info.duties === 0 ? [] : await readDuties(client, index, at),
    openFailed: (await client.entry(query.Audit.OpenFailed, [index], at)) ?? 0,
    verifiers: await client.value(query.TeeWorker.VerifierCount, at),
    tagKeys: await readTagKeys(client, { index, current: toHex(info.tag_key), at }),
    bond: bond && addressOf(bond),
    isBondCandidate: bond !== undefined && (await client.entry(query.Staking.Candidates, [bond], at)) !== undefined,
    credit: bond === undefined ? [] : await readEraCredits(client, bond, at),
  };
}

async function readDuties(client: ChainClient, index: number, at: Uint8Array): Promise<readonly WorkerDuty[]> {
  const duties: WorkerDuty[] = [];
  let seen = 0;
  for await (const [[provider, keyId], info] of client.entries(query.Audit.Challenges, [], at)) {
    if (++seen > mostEntries) break;
    const round = shownRound(info);
    if (round.stage === 'Open' || round.worker !== index) continue;
    duties.push({
      ...{ provider, keyId: toHex(keyId), round: round.number, bytes: round.bytes, until: round.until },
      waitsFor: round.stage === 'Answered' ? 'Verdict' : 'Dispute',
      passed: round.stage === 'Judged' ? round.passed : undefined,
    });
  }
  return duties.sort((a, b) => a.until - b.until);
}

interface TagKeySearch {
  readonly index: number;
  /** Hex. */
  readonly current: string;
  readonly at: Uint8Array;
}

async function readTagKeys(client: ChainClient, { index, current, at }: TagKeySearch): Promise<readonly TagKey[]> {
  const keys: TagKey[] = [];
  let seen = 0;
  for await (const [[keyId], { worker, epoch, registered_at }] of client.entries(query.TeeWorker.TagKeys, [], at)) {
    if (++seen > mostEntries) break;
    const id = toHex(keyId);
    if (worker === index) keys.push({ id, epoch, registeredAt: registered_at, isCurrent: id === current });
  }
  return keys.sort((a, b) => b.registeredAt - a.registeredAt);
}

/** Of the last eras that are kept, the newest first. */
export async function readEraCredits(
  client: ChainClient,
  account: Uint8Array,
  at: Uint8Array,
): Promise<readonly EraCredit[]> {
  const ledger = await client.entry(query.SchedulerCredit.Ledgers, [account], at);
  const most = await client.value(query.SchedulerCredit.MostWork, at);
  const credits = ledger.map(({ era, work, penalties }) => {
    const best = most.find((each) => each.era === era)?.work ?? 0n;
    // To the thousandth: amounts of work do not fit into a number.
    return { era: Number(era), penalties, share: best === 0n ? undefined : Number((work * 1000n) / best) / 1000 };
  });
  return credits.reverse();
}
