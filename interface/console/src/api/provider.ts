// A provider as the chain records it: space, stake, tags, rounds of the audit, claims of repairs.
import { type ChainClient, type ProviderInfo, query, stakeFor } from '@cess/client';
import { fromUtf8, toHex } from '@cess/primitives';
import { accountOf, addressOf } from './chain.js';

/** The running round of a registry. Block numbers. */
export type ShownRound = { readonly number: number; readonly openedAt: number; readonly bytes: number } & (
  | { readonly stage: 'Open'; readonly until: number }
  | { readonly stage: 'Answered'; readonly until: number; readonly worker: number | undefined }
  | { readonly stage: 'Judged'; readonly until: number; readonly worker: number; readonly passed: boolean }
);

/** What the provider has tagged under one key: it is asked as a whole. */
export interface ShownRegistry {
  /** Hex. */
  readonly keyId: string;
  /** Of the key; undefined for a key that is not registered. */
  readonly worker: number | undefined;
  readonly fragments: number;
  readonly bytes: number;
  readonly provenBytes: number;
  /** Rounds that have been opened so far. */
  readonly rounds: number;
  /** Block of the question that was answered last. */
  readonly passedAt: number | undefined;
  /** Unanswered rounds in a row. */
  readonly strikes: number;
  readonly round: ShownRound | undefined;
  /** Block in which a question that is still open was asked first. */
  readonly openSince: number | undefined;
}

interface ShownClaim {
  /** Hex. */
  readonly file: string;
  readonly segment: number;
  readonly fragment: number;
  readonly until: number;
}

export interface ProviderState {
  /** Finalized block of all values. */
  readonly block: number;
  readonly index: number;
  readonly address: string;
  readonly beneficiary: string;
  /** Hex. */
  readonly nodeKey: string;
  readonly endpoint: string;
  readonly state: ProviderInfo['state'];
  readonly registeredAt: number;
  readonly declaredBytes: number;
  readonly heldBytes: number;
  readonly provenBytes: number;
  readonly fragments: number;
  readonly tagged: number;
  /** In the smallest unit, as all amounts. */
  readonly stake: bigint;
  /** For the declared space. */
  readonly requiredStake: bigint;
  readonly debt: bigint;
  readonly unbonding: bigint;
  /** First and last block after which parts of it are released. */
  readonly releases: { readonly first: number; readonly last: number } | undefined;
  /** Failed rounds since the last one that passed. */
  readonly failures: number;
  readonly registries: readonly ShownRegistry[];
  /** Blocks in which every registry is asked once. */
  readonly cycleBlocks: number;
  readonly openClaims: number;
  /** Those of the claims that were found among the first orders. */
  readonly claims: readonly ShownClaim[];
}

/** Entries of maps that are not keyed by provider, of which one screen looks through this many. */
const mostEntries = 5_000;

/** Index of the provider that is named by an index or an address. A number is not looked up. */
export async function findProvider(client: ChainClient, name: string): Promise<number | undefined> {
  if (/^\d{1,9}$/.test(name)) return Number(name);
  const account = accountOf(name);
  return account && client.entry(query.Sminer.MinerIndex, [account]);
}

/** Undefined where no provider had the index. */
export async function readProvider(client: ChainClient, index: number): Promise<ProviderState | undefined> {
  const at = await client.finalizedHash();
  const info = await client.entry(query.Sminer.Miners, [index], at);
  if (info === undefined) return undefined;
  const { number: block } = await client.header(at);
  const registries = await readRegistries(client, index, at);
  const unbonding = (await client.entry(query.Sminer.UnbondingTotal, [index], at)) ?? 0n;
  const openClaims = await client.entry(query.FileBank.OpenClaims, [index], at);
  return {
    block,
    index,
    address: addressOf(info.account),
    beneficiary: addressOf(info.beneficiary),
    nodeKey: toHex(info.node_key),
    endpoint: fromUtf8(info.endpoint),
    state: info.state,
    registeredAt: info.registered_at,
    declaredBytes: Number(info.declared_space),
    heldBytes: Number(info.service_space),
    provenBytes: Number(info.proven_space),
    fragments: Number(info.fragment_count),
    tagged: registries.reduce((sum, { fragments }) => sum + fragments, 0),
    stake: info.staked,
    requiredStake: stakeFor(info.declared_space),
    debt: info.debt,
    unbonding,
    releases: unbonding === 0n ? undefined : await readReleases(client, index, at),
    failures: info.failures,
    registries,
    cycleBlocks: (await client.value(query.Audit.Periods, at)).cycle,
    openClaims,
    claims: openClaims === 0 ? [] : await readClaims(client, { index, block, at }),
  };
}

async function readRegistries(client: ChainClient, index: number, at: Uint8Array): Promise<ShownRegistry[]> {
  const found: ShownRegistry[] = [];
  for await (const [[, keyId], registry] of client.entries(query.Audit.Registries, [index], at)) {
    const challenge = await client.entry(query.Audit.Challenges, [index, keyId], at);
    const question = await client.entry(query.Audit.Questions, [index, keyId], at);
    const key = await client.entry(query.TeeWorker.TagKeys, [keyId], at);
    found.push({
      keyId: toHex(keyId),
      worker: key?.worker,
      fragments: registry.live,
      bytes: Number(registry.bytes),
      provenBytes: Number(registry.proven_bytes),
      rounds: registry.round,
      passedAt: registry.passed_at,
      strikes: registry.strikes,
      round: challenge && shownRound(challenge),
      openSince: question?.asked_at,
    });
  }
  return found.sort((a, b) => b.fragments - a.fragments);
}

type Challenge = NonNullable<ReturnType<typeof query.Audit.Challenges.decodeValue>>;

export function shownRound({ round, opened_at, bytes, deadline, state }: Challenge): ShownRound {
  const common = { number: round, openedAt: opened_at, bytes: Number(bytes) };
  if (state.type === 'Open') return { ...common, stage: 'Open', until: deadline };
  if (state.type === 'Answered') {
    return { ...common, stage: 'Answered', until: state.value.verify_by, worker: state.value.worker };
  }
  const { dispute_until, worker, passed } = state.value;
  return { ...common, stage: 'Judged', until: dispute_until, worker, passed };
}

/** The queue of releases is ordered by block, not by provider. */
async function readReleases(client: ChainClient, index: number, at: Uint8Array): Promise<ProviderState['releases']> {
  let seen = 0;
  let releases: ProviderState['releases'];
  for await (const [[block, provider]] of client.entries(query.Sminer.Unbonding, [], at)) {
    if (provider === index) releases = { first: releases?.first ?? block, last: block };
    if (++seen === mostEntries) break;
  }
  return releases;
}

interface ClaimSearch {
  readonly index: number;
  readonly block: number;
  readonly at: Uint8Array;
}

async function readClaims(client: ChainClient, { index, block, at }: ClaimSearch): Promise<ShownClaim[]> {
  const claims: ShownClaim[] = [];
  let seen = 0;
  for await (const [[file, segment, fragment], { claim }] of client.entries(query.FileBank.RestoralOrders, [], at)) {
    if (claim?.miner === index && claim.until >= block)
      claims.push({ file: toHex(file), segment, fragment, until: claim.until });
    if (++seen === mostEntries) break;
  }
  return claims.sort((a, b) => a.until - b.until);
}

export interface RestoredShare {
  /** Fragments that were looked at. */
  readonly read: number;
  /** Of them those that a provider restored after they had been lost. */
  readonly restored: number;
  /** The provider holds more than were looked at. */
  readonly isCut: boolean;
}

/** How many of the fragments that the provider holds were restored: whoever restores a fragment becomes its holder. */
export async function readRestored(client: ChainClient, index: number): Promise<RestoredShare> {
  const at = await client.finalizedHash();
  const keys: Uint8Array[] = [];
  let isCut = false;
  for await (const [[, file, segment, fragment]] of heldBy(client, index, at)) {
    if (keys.length === mostHeld) {
      isCut = true;
      break;
    }
    keys.push(query.FileBank.Fragments.key(file, segment, fragment));
  }
  const values = keys.length === 0 ? [] : await client.values(keys, at);
  const restored = values.filter((value) => (query.FileBank.Fragments.decodeValue(value)?.restored ?? 0) > 0);
  return { read: keys.length, restored: restored.length, isCut };
}

const mostHeld = 1_000;

const heldBy = (client: ChainClient, index: number, at: Uint8Array) =>
  client.entries(query.FileBank.HeldBy, [index], at);
