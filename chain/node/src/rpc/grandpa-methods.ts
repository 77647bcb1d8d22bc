// grandpa_*: finality proofs.
import { header } from '@cess/chain-primitives';
import { bytes, fixedBytes, struct, vec } from '@cess/codec';
import { justificationCodec, thresholdWeight } from '@cess/consensus';
import { toHex0x } from '@cess/primitives';
import { blockNumberParam, listen, type Method, type Subscription } from './method.js';

/** Justifications further from the asked block than this are not searched. */
const maxProofDistance = 512;

const finalityProof = struct({ block: fixedBytes(32), justification: bytes(), unknown_headers: vec(header) });

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
      return toHex0x(finalityProof.encode({ block: hash, justification, unknown_headers: unknownHeaders }));
  }
  return null;
};

const roundState: Method = (_params, { view, spec }) => {
  const authorities = spec.authorities.map(({ key }) => ({ key, weight: 1n }));
  const stored = view.reader.blocks.justification(view.finalized.hash);
  const votes = { currentWeight: 0, missing: spec.authorities.map(({ key }) => toHex0x(key)) };
  return {
    setId: 0,
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
