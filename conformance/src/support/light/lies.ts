// The lies of a chain node to a light client, each with the codes of a refusal. `fresh`: the client has only its trust; `synced`: it knows
// a finalized block already; `reading`: it is synced and reads state.
import type { Header } from '@cess/chain-primitives';
import { grandpaDigest } from '@cess/chain-primitives';
import {
  blockProofCodec,
  type FinalityProof,
  finalityProofCodec,
  headerHash,
  type Justification,
  justificationCodec,
  precommitPayload,
} from '@cess/consensus';
import { createEd25519Signer } from '@cess/crypto';
import { elementAt, fromHex, toHex0x } from '@cess/primitives';
import { voters } from './elected-chain.js';
import { headerJson, headerOfJson } from './header-json.js';
import type { ChangeResult, Exchange, LieOf } from './lying-proxy.js';

export interface Lie extends LieOf {
  readonly name: string;
  readonly to: 'fresh' | 'synced' | 'reading';
  /** Codes of errors with which it may be refused. */
  readonly refusedWith: RegExp;
  /** The clock of the client is used. */
  readonly maxAgeMs?: number;
}

const stranger = createEd25519Signer(new Uint8Array(32).fill(77));

/** Changes the answers of one method and leaves the others. */
function about(method: string, change: (exchange: Exchange) => unknown): ChangeResult {
  return (exchange) => (exchange.method === method ? change(exchange) : exchange.result);
}

// ---- justifications

function changedJustification(change: (justification: Justification, exchange: Exchange) => Justification) {
  return about('grandpa_proveFinality', (exchange) => {
    const proof = blockProofCodec.decode(fromHex(String(exchange.result)));
    const justification = change(justificationCodec.decode(proof.justification), exchange);
    return toHex0x(blockProofCodec.encode({ ...proof, justification: justificationCodec.encode(justification) }));
  });
}

function withPrecommits(
  justification: Justification,
  change: (precommits: Justification['commit']['precommits']) => Justification['commit']['precommits'],
): Justification {
  return { ...justification, commit: { ...justification.commit, precommits: change(justification.commit.precommits) } };
}

/** A justification of a header by these signers. */
function signedBy(
  signers: readonly ReturnType<typeof createEd25519Signer>[],
  header: Header,
  setId: bigint,
): Justification {
  const target = { hash: headerHash(header), number: header.number };
  return {
    round: 9n,
    commit: {
      target_hash: target.hash,
      target_number: target.number,
      precommits: signers.map((signer) => ({
        target_hash: target.hash,
        target_number: target.number,
        signature: signer.sign(precommitPayload(target, 9n, setId)),
        id: signer.publicKey,
      })),
    },
    votes_ancestries: [],
  };
}

// ---- set changes

function changedLinks(change: (links: FinalityProof['links'], exchange: Exchange) => FinalityProof['links']) {
  return about('grandpa_proveSetChanges', (exchange) => {
    const { links } = finalityProofCodec.decode(fromHex(String(exchange.result)));
    return links.length === 0
      ? exchange.result
      : toHex0x(finalityProofCodec.encode({ links: change(links, exchange) }));
  });
}

function announcing(header: Header, key: Uint8Array): Header {
  const change = grandpaDigest({ type: 'ScheduledChange', value: { next_authorities: [[key, 1n]], delay: 0 } });
  return { ...header, digest: { logs: [change] } };
}

// ---- heads

interface Forgery {
  /** The header that the node shows as the newest finalized one, under its own hash. */
  readonly header: (exchange: Exchange) => Promise<Header>;
  /** Default: the proof of the true block. */
  readonly prove?: (header: Header) => Justification;
  /** The block whose state proofs it gives. Default: the one that was asked for. */
  readonly stateAt?: (exchange: Exchange) => Promise<unknown>;
}

function forgedHead({ header: forge, prove, stateAt }: Forgery): ChangeResult {
  // One and the same lie to all questions.
  const forged = async (exchange: Exchange): Promise<Header> => {
    const { memory } = exchange;
    if (!memory.has('head')) memory.set('head', await forge(exchange));
    return memory.get('head') as Header;
  };
  return async (exchange) => {
    const { method, result, params, ask } = exchange;
    if (method === 'chain_getFinalizedHead') return toHex0x(headerHash(await forged(exchange)));
    if (method === 'chain_getHeader') return headerJson(await forged(exchange));
    if (method === 'state_getReadProof' && stateAt) return ask(method, params[0], await stateAt(exchange));
    if (method !== 'grandpa_proveFinality' || prove === undefined) return result;
    const header = await forged(exchange);
    const justification = justificationCodec.encode(prove(header));
    return toHex0x(blockProofCodec.encode({ block: headerHash(header), justification, unknown_headers: [] }));
  };
}

async function newestHeader({ ask }: Exchange): Promise<Header> {
  return headerOfJson(await ask('chain_getHeader', await ask('chain_getFinalizedHead')));
}

async function knownHeader({ ask, known }: Exchange): Promise<Header> {
  return headerOfJson(await ask('chain_getHeader', known));
}

/** The newest finalized block is said to be an older one. */
function olderHead(blocks: number): ChangeResult {
  return about('chain_getFinalizedHead', async ({ ask, result }) => {
    const { number } = (await ask('chain_getHeader', result)) as { readonly number: string };
    return ask('chain_getBlockHash', Number(number) - blocks);
  });
}

const otherRoot = (header: Header): Header => ({ ...header, state_root: new Uint8Array(32).fill(5) });

const ofHeads: readonly Lie[] = [
  {
    name: 'a header with another state root under the true hash',
    to: 'fresh',
    refusedWith: /^CHAIN_NODE_LIES$/,
    result: about('chain_getHeader', ({ result }) => headerJson(otherRoot(headerOfJson(result)))),
  },
  {
    name: 'an invented head with the proof of the true one',
    to: 'fresh',
    refusedWith: /^JUSTIFICATION_INVALID$/,
    result: forgedHead({ header: async (exchange) => otherRoot(await newestHeader(exchange)) }),
  },
  {
    name: 'an invented head that a stranger signed',
    to: 'fresh',
    refusedWith: /^JUSTIFICATION_INVALID$/,
    result: forgedHead({
      header: async (exchange) => otherRoot(await newestHeader(exchange)),
      prove: (header) => signedBy([stranger], header, 2n),
    }),
  },
  {
    name: 'an invented head that the voter of the genesis signed for its set, after the set changed',
    to: 'synced',
    refusedWith: /^JUSTIFICATION_INVALID$/,
    result: forgedHead({
      header: async (exchange) => otherRoot({ ...(await newestHeader(exchange)), number: 1_000_000 }),
      prove: (header) => signedBy(voters.slice(0, 1), header, 0n),
    }),
  },
  {
    name: 'a second block of a known height that all voters signed',
    to: 'synced',
    refusedWith: /^LIGHT_FINALITY_CONFLICT$/,
    result: forgedHead({
      header: async (exchange) => otherRoot(await knownHeader(exchange)),
      prove: (header) => signedBy(voters, header, 2n),
    }),
  },
  {
    name: 'a later block of a branch without the known block that all voters signed',
    to: 'synced',
    refusedWith: /^LIGHT_FINALITY_CONFLICT$/,
    result: forgedHead({
      header: async (exchange) => {
        const known = await knownHeader(exchange);
        const { state_root } = headerOfJson(await exchange.ask('chain_getHeader', toHex0x(known.parent_hash)));
        return { ...known, number: known.number + 2, state_root };
      },
      prove: (header) => signedBy(voters, header, 2n),
      stateAt: async (exchange) => toHex0x((await knownHeader(exchange)).parent_hash),
    }),
  },
  {
    name: 'a block that no voter has seen as the newest finalized one',
    to: 'fresh',
    refusedWith: /^(JUSTIFICATION_INVALID|LIGHT_PROOF_MISSING|RPC_ERROR)$/,
    result: forgedHead({
      header: async (exchange) => {
        const parent = await newestHeader(exchange);
        return { ...parent, parent_hash: headerHash(parent), number: parent.number + 1 };
      },
    }),
  },
  { name: 'an old head', to: 'fresh', maxAgeMs: 4_000, refusedWith: /^LIGHT_HEAD_OLD$/, result: olderHead(12) },
  { name: 'finality that goes back', to: 'synced', refusedWith: /^LIGHT_HEAD_REWOUND$/, result: olderHead(6) },
  {
    name: 'the genesis as the newest block',
    to: 'synced',
    refusedWith: /^LIGHT_HEAD_REWOUND$/,
    result: about('chain_getFinalizedHead', ({ ask }) => ask('chain_getBlockHash', 0)),
  },
  {
    name: 'a head that is no hash',
    to: 'fresh',
    refusedWith: /^LIGHT_ANSWER_MALFORMED$/,
    result: about('chain_getFinalizedHead', () => '0x1234'),
  },
  {
    name: 'a header without a digest',
    to: 'fresh',
    refusedWith: /^LIGHT_ANSWER_MALFORMED$/,
    result: about('chain_getHeader', ({ result }) => ({ ...(result as object), digest: null })),
  },
  {
    name: 'an oversized header',
    to: 'fresh',
    refusedWith: /^LIGHT_ANSWER_MALFORMED$/,
    result: about('chain_getHeader', ({ result }) => ({
      ...(result as object),
      digest: { logs: Array.from({ length: 60 }, () => `0x00${'00'.repeat(20_000)}`) },
    })),
  },
];

const ofJustifications: readonly Lie[] = [
  {
    name: 'a forged signature',
    to: 'fresh',
    refusedWith: /^JUSTIFICATION_INVALID$/,
    result: changedJustification((justification) =>
      withPrecommits(justification, ([first, ...rest]) => {
        if (first === undefined) return rest;
        return [
          { ...first, signature: first.signature.map((byte, index) => (index === 3 ? byte ^ 1 : byte)) },
          ...rest,
        ];
      }),
    ),
  },
  {
    name: 'one signature too few',
    to: 'fresh',
    refusedWith: /^JUSTIFICATION_INVALID$/,
    result: changedJustification((justification) => withPrecommits(justification, (all) => all.slice(1))),
  },
  {
    name: 'a duplicated signature in place of a missing one',
    to: 'fresh',
    refusedWith: /^JUSTIFICATION_INVALID$/,
    result: changedJustification((justification) =>
      withPrecommits(justification, (all) => [...all.slice(1), elementAt(all, 1)]),
    ),
  },
  {
    name: 'an unknown signer in place of a missing one',
    to: 'fresh',
    refusedWith: /^JUSTIFICATION_INVALID$/,
    result: changedJustification((justification) => {
      const { target_hash: hash, target_number: number } = justification.commit;
      const signature = stranger.sign(precommitPayload({ hash, number }, justification.round, 2n));
      const vote = { target_hash: hash, target_number: number, signature, id: stranger.publicKey };
      return withPrecommits(justification, (all) => [...all.slice(1), vote]);
    }),
  },
  {
    name: 'the justification of another block',
    to: 'fresh',
    refusedWith: /^JUSTIFICATION_INVALID$/,
    result: about('grandpa_proveFinality', async ({ ask, params, result }) => {
      const before = String(await ask('grandpa_proveFinality', Number(params[0]) - 3));
      const proof = blockProofCodec.decode(fromHex(String(result)));
      const { justification } = blockProofCodec.decode(fromHex(before));
      return toHex0x(blockProofCodec.encode({ ...proof, justification }));
    }),
  },
  {
    name: 'a justification without votes',
    to: 'fresh',
    refusedWith: /^JUSTIFICATION_INVALID$/,
    result: changedJustification((justification) => withPrecommits(justification, () => [])),
  },
  {
    name: 'no justification',
    to: 'fresh',
    refusedWith: /^LIGHT_PROOF_MISSING$/,
    result: about('grandpa_proveFinality', () => null),
  },
  {
    name: 'a justification that is noise',
    to: 'fresh',
    refusedWith: /^LIGHT_ANSWER_MALFORMED$/,
    result: about('grandpa_proveFinality', () => `0x${'7f'.repeat(500)}`),
  },
];

const ofSets: readonly Lie[] = [
  {
    name: 'withheld set changes',
    to: 'fresh',
    refusedWith: /^JUSTIFICATION_INVALID$/,
    result: about('grandpa_proveSetChanges', () => toHex0x(finalityProofCodec.encode({ links: [] }))),
  },
  {
    name: 'a set change that is skipped',
    to: 'fresh',
    refusedWith: /^FINALITY_PROOF_INVALID$/,
    result: changedLinks((links) => links.slice(1)),
  },
  {
    name: 'set changes in another order',
    to: 'fresh',
    refusedWith: /^FINALITY_PROOF_INVALID$/,
    result: changedLinks((links) => links.toReversed()),
  },
  {
    name: 'the last set change withheld',
    to: 'fresh',
    refusedWith: /^JUSTIFICATION_INVALID$/,
    result: about('grandpa_proveSetChanges', ({ params, result }) => {
      const { links } = finalityProofCodec.decode(fromHex(String(result)));
      return toHex0x(finalityProofCodec.encode({ links: params[0] === 0 ? links.slice(0, 1) : [] }));
    }),
  },
  {
    name: 'a forged set change that a stranger signed',
    to: 'fresh',
    refusedWith: /^FINALITY_PROOF_INVALID$/,
    result: changedLinks((links) => {
      const header = announcing(elementAt(links, 0).header, stranger.publicKey);
      return [{ header, justification: signedBy([stranger], header, 0n) }];
    }),
  },
  {
    name: 'a set change with other authorities under the true votes',
    to: 'fresh',
    refusedWith: /^FINALITY_PROOF_INVALID$/,
    result: changedLinks((links) => {
      const { header, justification } = elementAt(links, 0);
      return [{ header: announcing(header, stranger.publicKey), justification }];
    }),
  },
  {
    name: 'a set change by a block that changes nothing',
    to: 'fresh',
    refusedWith: /^(FINALITY_PROOF_INVALID|JUSTIFICATION_INVALID)$/,
    result: changedLinks((links) => {
      const { header } = elementAt(links, 0);
      const plain = { ...header, digest: { logs: [] } };
      return [{ header: plain, justification: signedBy(voters.slice(0, 1), plain, 0n) }];
    }),
  },
];

// ---- read proofs

function changedProof(change: (proof: readonly string[], exchange: Exchange) => unknown): ChangeResult {
  return about('state_getReadProof', async (exchange) => ({
    ...(exchange.result as object),
    proof: await change((exchange.result as { readonly proof: string[] }).proof, exchange),
  }));
}

const flipLast = (hex: string): string => `${hex.slice(0, -1)}${hex.endsWith('0') ? '1' : '0'}`;
const longestOf = (proof: readonly string[]): string => proof.toSorted((a, b) => b.length - a.length)[0] ?? '';

const ofState: readonly Lie[] = [
  {
    name: 'a changed value',
    refusedWith: /^(PROOF_INCOMPLETE|TRIE_NODE_MALFORMED)$/,
    result: changedProof((proof) => proof.map(flipLast)),
  },
  {
    name: 'a value that is said to be absent',
    refusedWith: /^PROOF_INCOMPLETE$/,
    result: changedProof(() => []),
  },
  {
    name: 'a truncated proof',
    refusedWith: /^PROOF_INCOMPLETE$/,
    result: changedProof((proof) => proof.filter((item) => item !== longestOf(proof))),
  },
  {
    name: 'a node of the proof that ends early',
    refusedWith: /^(PROOF_INCOMPLETE|TRIE_NODE_MALFORMED)$/,
    result: changedProof((proof) => proof.map((item) => (item === longestOf(proof) ? item.slice(0, -4) : item))),
  },
  {
    name: 'nodes that were swapped for those of another key',
    refusedWith: /^PROOF_INCOMPLETE$/,
    result: changedProof(async (_proof, { ask, params }) => {
      const other = await ask('state_getReadProof', ['0x3a636f6465'], params[1]);
      return (other as { readonly proof: string[] }).proof;
    }),
  },
  {
    name: 'the proof of another block',
    refusedWith: /^PROOF_INCOMPLETE$/,
    result: changedProof(async (_proof, { ask, params }) => {
      const { parentHash } = (await ask('chain_getHeader', params[1])) as { readonly parentHash: string };
      const other = await ask('state_getReadProof', params[0], parentHash);
      return (other as { readonly proof: string[] }).proof;
    }),
  },
  {
    name: 'an oversized proof',
    refusedWith: /^LIGHT_ANSWER_MALFORMED$/,
    result: changedProof((proof) => [...proof, `0x${'ab'.repeat(300_000)}`]),
  },
  {
    name: 'a proof of too many parts',
    refusedWith: /^LIGHT_ANSWER_MALFORMED$/,
    result: changedProof((proof) => [
      ...proof,
      ...Array.from({ length: 5_000 }, (_, index) => toHex0x(new Uint8Array([index % 256, index >> 8]))),
    ]),
  },
  {
    name: 'a proof that is no hex',
    refusedWith: /^LIGHT_ANSWER_MALFORMED$/,
    result: changedProof(() => ['0xzz']),
  },
  {
    name: 'a number in place of a proof',
    refusedWith: /^LIGHT_ANSWER_MALFORMED$/,
    result: about('state_getReadProof', () => 7),
  },
].map((lie): Lie => ({ to: 'reading', ...lie }));

const ofTransport: readonly Lie[] = [
  { name: 'no answer', to: 'synced', refusedWith: /^RPC_TIMEOUT$/, text: () => [] },
  {
    name: 'answers with another id',
    to: 'synced',
    refusedWith: /^RPC_TIMEOUT$/,
    text: (text, id) => [text.replace(`"id":${id}`, `"id":${id + 1_000}`)],
  },
  {
    name: 'text that is no JSON',
    to: 'synced',
    refusedWith: /^RPC_(TIMEOUT|DISCONNECTED)$/,
    text: (text) => [text.slice(0, -5)],
  },
  {
    name: 'the answer of another question',
    to: 'synced',
    refusedWith: /^LIGHT_ANSWER_MALFORMED$/,
    result: ({ ask }) => ask('system_health'),
  },
  {
    name: 'an error for every question',
    to: 'synced',
    refusedWith: /^RPC_ERROR$/,
    result: () => {
      throw new Error('no');
    },
  },
  {
    name: 'nothing as the answer',
    to: 'synced',
    refusedWith: /^LIGHT_ANSWER_MALFORMED$/,
    result: () => null,
  },
];

export const lies: readonly Lie[] = [...ofHeads, ...ofJustifications, ...ofSets, ...ofState, ...ofTransport];
