// grandpa_*: finality proofs.
import { blockProofCodec, finalityProofCodec, justificationCodec, thresholdWeight } from '@cess/consensus';
import { toHex0x } from '@cess/primitives';
import { currentSet } from '../engine/authority-sets.js';
import { setChangeLinks } from '../engine/set-change-links.js';
import { blockNumberParam, listen, type Method, type Subscription } from './method.js';
import { invalidParams } from './rpc-error.js';

/** Justifications further from the asked block than this are not searched. */
const maxProofDistance = 512;

/** Proof that a block is final: the next stored justification and the headers up to its block. */
const proveFinality: Method = (params, { view }) => {
  const number = blockNumberParam(params[0]);
  const last = Math.min(view.finalized.number, number + maxProofDistance);
  const unknownHeaders = [];
  for (let at = number; at <= last; at++) {
    const hash = view.reader.blocks.canonicalHash(at);
    const found = hash && view.header(hash);
    if (!found) return null;
    if (at > number) unknownHeaders.push(found);
    const justification = view.reader.blocks.justification(hash);
    if (justification)
      return toHex0x(blockProofCodec.encode({ block: hash, justification, unknown_headers: unknownHeaders }));
  }
  return null;
};

/** Most links of one answer; more are asked for by the id of the set that these lead to. */
const limitsOfAnswer = { maxLinks: 128, maxBytes: Number.POSITIVE_INFINITY };

/** How the voters changed from the set with this id on, to be verified by `followAuthoritySet`; no links if it votes now. */
const proveSetChanges: Method = ([from], { view }) => {
  if (!Number.isSafeInteger(from) || Number(from) < 0) {
    throw invalidParams('"fromSet" must be a whole number.');
  }
  const { links } = setChangeLinks(view.reader.blocks, BigInt(from as number), limitsOfAnswer);
  return toHex0x(finalityProofCodec.encode({ links }));
};

/** The votes of the current round are known to voters alone; others give the set, and which round ended last. */
const roundState: Method = (_params, { view, spec, rounds }) => {
  const known = rounds();
  if (known !== undefined) return known;
  const { setId, authorities } = currentSet(view.reader.blocks, spec);
  const stored = view.reader.blocks.justification(view.finalized.hash);
  const votes = { currentWeight: 0, missing: authorities.map(({ key }) => toHex0x(key)) };
  return {
    setId: Number(setId),
    best: {
      round: stored ? Number(justificationCodec.decode(stored).round) + 1 : 0,
      totalWeight: authorities.length,
      thresholdWeight: Number(thresholdWeight(authorities)),
      prevotes: votes,
      precommits: votes,
    },
    background: [],
  };
};

export const grandpaMethods: Readonly<Record<string, Method>> = {
  grandpa_proveFinality: proveFinality,
  grandpa_proveSetChanges: proveSetChanges,
  grandpa_roundState: roundState,
};

export const grandpaSubscriptions: Readonly<Record<string, Subscription>> = {
  grandpa_subscribeJustifications: {
    notification: 'grandpa_justifications',
    unsubscribe: ['grandpa_unsubscribeJustifications'],
    start: (_params, { view }, push) =>
      listen(view, 'justification', push, (justification) => push.send(toHex0x(justification))),
  },
};
