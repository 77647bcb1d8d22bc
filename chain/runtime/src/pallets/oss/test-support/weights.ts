// Samples of Oss: the longest list of authorised gateways, the longest texts.
import { tx } from '../../../index.js';
import { alice, bob, carol } from '../../../test-support/harness.js';
import { applied } from '../../../test-support/weights/prepare.js';
import { fixed, type PalletRows } from '../../../test-support/weights/row.js';
import { derived, network } from '../../../test-support/weights/states.js';
import { MAX_AUTHORITIES, ossStorage as storage } from '../declaration.js';

const longest = {
  node_key: new Uint8Array(32).fill(1),
  wrapping_key: new Uint8Array(32).fill(2),
  endpoint: new Uint8Array(100).fill(0x61),
  domain: new Uint8Array(50).fill(0x61),
};
const operators = (count: number) => Array.from({ length: count }, (_, index) => derived(`operator ${index}`));
const [operator, ...others] = operators(MAX_AUTHORITIES);
const withOperators = (list: readonly (Uint8Array | undefined)[]) => {
  const chain = network();
  storage.AuthorityList.put(
    chain,
    alice.publicKey,
    list.filter((each) => each !== undefined),
  );
  return chain;
};
const last = derived(`operator ${MAX_AUTHORITIES - 1}`);

export const ossRows: PalletRows = {
  authorize: fixed(() => applied(withOperators(others), alice, tx.Oss.authorize({ operator: derived('operator 0') }))),
  cancel_authorize: fixed(() =>
    applied(withOperators([operator, ...others]), alice, tx.Oss.cancel_authorize({ oss: last })),
  ),
  register: fixed(() => applied(network(), carol, tx.Oss.register(longest))),
  update: fixed(() => applied(network(), bob, tx.Oss.update(longest))),
  destroy: fixed(() => applied(network(), bob, tx.Oss.destroy({}))),
};
