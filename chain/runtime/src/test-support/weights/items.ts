// How the entries of the weight table follow from the samples. Linear costs are differences of two samples.
import type { SampleName } from './samples.js';

/** Picoseconds of a sample. */
export type Times = (name: SampleName) => number;

/** What a call costs at least, whatever noise says: a few entries of the state are read and written. */
const leastCost = 40e6;
/** What a record costs at least. */
const leastWrite = 20e6;

/** Entries in picoseconds, beside the fixed cost of an extrinsic. */
export function itemsOf(time: Times) {
  const beyondEmpty = (...names: readonly SampleName[]) =>
    Math.max(leastCost, ...names.map((name) => time(name) - time('empty')));
  const slope = (low: SampleName, high: SampleName, steps: number) => (time(high) - time(low)) / steps;
  const narrow = 'declare 1 file of 1 segment, 6 holders';
  const attestation = slope(narrow, 'declare 1 file of 1 segment, 8 holders', 2);
  const wide = 'declare 1 file of 40 segments, 6 holders';
  const held = time('declare 1 file of 40 segments, 8 holders') - 2 * attestation;
  const fragment = Math.max(leastWrite, (held - time(wide)) / 80);
  const hole = (time('declare 1 file of 40 segments, 6 holders, 2 holes') - time(wide)) / 80 - fragment;
  const segmentAndFragments = slope(narrow, wide, 39);
  const fileAndSegment = slope(narrow, 'declare 5 files of 1 segment, 6 holders', 4);
  const verifiedFragments = slope('dispute a proof over 1 fragment', 'dispute a proof over 12 fragments', 11);
  const file = Math.max(leastCost, fileAndSegment - segmentAndFragments);
  const segment = Math.max(leastCost, segmentAndFragments - 6 * fragment);
  const signed = Math.max(attestation, time('signature'));
  return {
    baseExtrinsic: time('empty'),
    baseBlock: time('empty block'),
    remarkByte: beyondEmpty('remark of 64 KiB') / 65_536,
    transfer: beyondEmpty('transfer'),
    declaredBatch: Math.max(leastCost, beyondEmpty(narrow) - file - segment - 6 * (fragment + signed)),
    declaredFile: file,
    declaredSegment: segment,
    declaredFragment: fragment,
    declaredHole: hole,
    attestation: signed,
    deletion: Math.max(leastCost, beyondEmpty('delete 1 file') - slope('delete 1 file', 'delete 20 files', 19)),
    deletedFile: slope('delete 1 file', 'delete 20 files', 19),
    removedEntry: (time('block that removes entries of deleted files') - time('empty block')) / REMOVED_ENTRIES,
    restoralOrder: beyondEmpty('report the loss of 1 fragment of 256'),
    tagReport: Math.max(slope('report 1 tag', 'report 8 tags', 7), leastCost),
    proof: beyondEmpty('submit a proof'),
    verdict: beyondEmpty('submit a verdict'),
    disputeBase: beyondEmpty('dispute a proof over 1 fragment'),
    verifiedBlock: verifiedFragments / BLOCKS_PER_FRAGMENT,
    tagKey: beyondEmpty('register a worker'),
    nodeKey: beyondEmpty('register a provider', 'change a node key'),
    providerCall: beyondEmpty("change a provider's endpoint", 'add to a stake'),
    territoryCall: beyondEmpty('mint a territory', 'lock quota'),
    gatewayCall: beyondEmpty('register a gateway'),
  };
}

/** Blocks of a fragment of 35,000 bytes that a round asks about. */
const BLOCKS_PER_FRAGMENT = 2;
/** Entries that the sample removes in one block. */
const REMOVED_ENTRIES = 3 * 257;
