// Full check of a justification against an authority set: every signature, every route from a vote down to the lowest
// one, no unused header, and the block that the votes finalize is exactly the one that the commit names.
// Source: finality-grandpa `validate_commit`, sp_consensus_grandpa `GrandpaJustification::verify`.
import type { Header } from '@cess/chain-primitives';
import { ed25519Scheme, type SignatureScheme } from '@cess/crypto';
import { CessError, equalBytes, err, ok, type Result, toHex } from '@cess/primitives';
import { headerHash } from '../r2s/seal.js';
import { type BlockId, type Justification, precommitPayload, type SignedPrecommit } from './justification.js';

/** A voter of finality: its ed25519 key of 32 bytes, and its votes. */
export interface Authority {
  /** ed25519 public key. */
  readonly key: Uint8Array;
  readonly weight: bigint;
}

/** Who finalizes blocks, by the id of the set. */
export interface AuthoritySet {
  readonly setId: bigint;
  readonly authorities: readonly Authority[];
}

/** Weight of a supermajority: W - floor((W - 1) / 3). */
export function thresholdWeight(authorities: readonly Authority[]): bigint {
  const total = totalWeight(authorities);
  return total - (total - 1n) / 3n;
}

/**
 * The block that the justification finalizes. Error `JUSTIFICATION_INVALID` with a `reason`: empty, duplicate-vote,
 * unknown-voter, signature, ancestry, unused-ancestry, weight, target.
 */
export function verifyJustification(
  justification: Justification,
  set: AuthoritySet,
  signatures: Pick<SignatureScheme, 'verify'> = ed25519Scheme,
): Result<BlockId, CessError> {
  const { commit, round, votes_ancestries: ancestries } = justification;
  const target: BlockId = { hash: commit.target_hash, number: commit.target_number };
  const weights = weightsOf(set.authorities);
  if (commit.precommits.length === 0 || weights.size === 0) return invalid('empty');

  const votes = groupByVoter(commit.precommits);
  for (const [voter, cast] of votes) {
    if (!weights.has(voter)) return invalid('unknown-voter');
    const [first, second] = cast;
    const isRepeated = first !== undefined && second !== undefined && sameTarget(first, second);
    if (cast.length > 2 || isRepeated) return invalid('duplicate-vote');
  }
  for (const vote of commit.precommits) {
    const payload = precommitPayload({ hash: vote.target_hash, number: vote.target_number }, round, set.setId);
    if (!signatures.verify(vote.signature, payload, vote.id)) return invalid('signature');
  }

  const base = commit.precommits.reduce((low, vote) => (vote.target_number < low.target_number ? vote : low));
  const headers = new Map(ancestries.map((header) => [toHex(headerHash(header)), header]));
  const used = new Set<string>();
  const supporters = new Map<string, { number: number; weight: bigint }>();
  let equivocated = 0n;
  for (const [voter, cast] of votes) {
    const weight = weights.get(voter);
    if (weight === undefined) return invalid('unknown-voter');
    if (cast.length === 2) equivocated += weight;
    for (const vote of cast) {
      const route = routeToBase(vote, base, headers);
      if (!route) return invalid('ancestry');
      for (const block of route) {
        if (block.id !== toHex(base.target_hash)) used.add(block.id);
        if (cast.length > 1) continue;
        const entry = supporters.get(block.id) ?? { number: block.number, weight: 0n };
        entry.weight += weight;
        supporters.set(block.id, entry);
      }
    }
  }
  if (used.size !== headers.size) return invalid('unused-ancestry');

  // Equivocators count once, for every block.
  const threshold = thresholdWeight(set.authorities);
  const decided = [...supporters].filter(([, { weight }]) => weight + equivocated >= threshold);
  if (decided.length === 0) return invalid('weight');
  const highest = decided.reduce((top, each) => (each[1].number > top[1].number ? each : top));
  if (highest[0] !== toHex(target.hash) || highest[1].number !== target.number) return invalid('target');
  // With more than a third of equivocators two branches can have the weight, and the votes decide nothing.
  if (decided.length !== target.number - base.target_number + 1) return invalid('target');
  return ok(target);

  function invalid(reason: string): Result<never, CessError> {
    return err(
      new CessError('JUSTIFICATION_INVALID', `The finality proof of block ${target.number} is invalid: ${reason}.`, {
        reason,
        target: toHex(target.hash),
      }),
    );
  }
}

function totalWeight(authorities: readonly Authority[]): bigint {
  return authorities.reduce((sum, { weight }) => sum + weight, 0n);
}

/** Weights of a key that is listed twice are added; keys of weight 0 are no voters. */
function weightsOf(authorities: readonly Authority[]): Map<string, bigint> {
  const weights = new Map<string, bigint>();
  for (const { key, weight } of authorities) {
    const id = toHex(key);
    if (weight > 0n) weights.set(id, (weights.get(id) ?? 0n) + weight);
  }
  return weights;
}

function groupByVoter(precommits: readonly SignedPrecommit[]): Map<string, SignedPrecommit[]> {
  const votes = new Map<string, SignedPrecommit[]>();
  for (const vote of precommits) {
    const voter = toHex(vote.id);
    const cast = votes.get(voter);
    if (cast) cast.push(vote);
    else votes.set(voter, [vote]);
  }
  return votes;
}

function sameTarget(a: SignedPrecommit, b: SignedPrecommit): boolean {
  return a.target_number === b.target_number && equalBytes(a.target_hash, b.target_hash);
}

interface RouteBlock {
  readonly id: string;
  readonly number: number;
}

/** The blocks from a vote's target down to the base, both included; undefined when a header is missing or wrong. */
function routeToBase(
  vote: SignedPrecommit,
  base: SignedPrecommit,
  headers: ReadonlyMap<string, Header>,
): RouteBlock[] | undefined {
  const route: RouteBlock[] = [];
  let hash = vote.target_hash;
  for (let number = vote.target_number; number > base.target_number; number--) {
    const id = toHex(hash);
    const header = headers.get(id);
    if (header?.number !== number) return undefined;
    route.push({ id, number });
    hash = header.parent_hash;
  }
  if (!equalBytes(hash, base.target_hash)) return undefined;
  route.push({ id: toHex(hash), number: base.target_number });
  return route;
}
