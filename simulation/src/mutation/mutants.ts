// Deliberately broken variants of the production code, each by one replacement in one compiled file while it is loaded (SI-60). What proves the
// simulator: it must catch every one of them. The text must be there exactly once, so that no mutant dies silently when the code changes.

export interface Mutant {
  readonly name: string;
  /** End of the path of the compiled file. */
  readonly file: string;
  readonly text: string;
  readonly replacement: string;
  /** Where it shows: a scenario of whole nodes, or `twins`, with the first seed and the number of seeds. */
  readonly hunt: readonly (readonly [scenario: string, firstSeed: number, seeds: number])[];
}

const consensus = 'chain/consensus/dist';
const node = 'chain/node/dist';

export const mutants: readonly Mutant[] = [
  {
    name: 'writes are not synchronised',
    file: `${node}/engine/chain-engine.js`,
    text: 'write(operations, { durable: true })',
    replacement: 'write(operations, { durable: false })',
    hunt: [['chaos', 1, 3]],
  },
  {
    name: 'a vote is sent before it is on the disk',
    file: `${consensus}/grandpa/voter.js`,
    text: 'this.#outbox.push({ write: this.#persist(mark), vote });',
    replacement: 'this.#persist(mark); this.#send(vote);',
    hunt: [['chaos', 1, 3]],
  },
  {
    name: 'own votes are forgotten at a restart',
    file: `${consensus}/grandpa/rounds.js`,
    text: 'const own = isOwnKey ? { ...current.own } : {};',
    replacement: 'const own = {};',
    hunt: [['twins', 0, 500]],
  },
  {
    name: 'the last vote beside the key is not compared',
    file: `${consensus}/grandpa/vote-mark.js`,
    text: 'return round > mark.round;',
    replacement: 'return true;',
    hunt: [['backups', 1, 40]],
  },
  {
    name: 'the last slot beside the key is not noted',
    file: `${node}/authoring/author.js`,
    text: 'slots.noteSlot(slot);',
    replacement: '',
    hunt: [['backups', 1, 40]],
  },
  {
    name: 'the threshold is one too low',
    file: `${consensus}/grandpa/voter-set.js`,
    text: 'Math.floor((this.totalWeight - 1) / 3);',
    replacement: 'Math.floor((this.totalWeight - 1) / 3) - 1;',
    hunt: [['twins', 0, 1000]],
  },
  {
    name: 'votes go past the end of their set',
    file: `${consensus}/grandpa/voting-round.js`,
    text: 'number = Math.min(number, pending.limitOf(view, head) ?? number);',
    replacement: '',
    hunt: [['twins', 0, 500]],
  },
  {
    name: 'votes of another set are accepted',
    file: `${consensus}/grandpa/vote-check.js`,
    text: 'vote.setId !== rounds.setId ||',
    replacement: '',
    hunt: [['twins', 0, 1000]],
  },
  {
    name: 'equivocators do not count for every block',
    file: `${consensus}/grandpa/round.js`,
    text: '(elementAt(bits, word) | elementAt(this.#equivocators, word))',
    replacement: 'elementAt(bits, word)',
    hunt: [['twins', 0, 4000]],
  },
  {
    name: 'prevotes ignore the last estimate',
    file: `${consensus}/grandpa/voting-round.js`,
    text: 'const lowest = estimate && estimate.number >= base.number ? estimate : base;',
    replacement: 'const lowest = base;',
    hunt: [['twins', 0, 6000]],
  },
  {
    name: 'the estimate ignores precommits that are not seen',
    file: `${consensus}/grandpa/round.js`,
    text: 'const unseen = totalWeight - precommit.weight;',
    replacement: 'const unseen = 0;',
    hunt: [['twins', 0, 6000]],
  },
  {
    name: 'a round is complete too early',
    file: `${consensus}/grandpa/round.js`,
    text: '(estimate.hash !== ghost.hash || this.#graph.findGhost(estimate, isPossible)?.hash === ghost.hash);',
    replacement: 'true;',
    hunt: [['twins', 0, 6000]],
  },
  {
    name: 'votes of the last round alone are repeated',
    file: `${consensus}/grandpa/voter.js`,
    text: 'const repeatedRounds = 2;',
    replacement: 'const repeatedRounds = 1;',
    hunt: [['twins', 1000, 100]],
  },
  {
    name: 'votes are never repeated',
    file: `${consensus}/grandpa/voter.js`,
    text: 'if (this.#nowMs >= this.#rounds.best.resendAtMs)',
    replacement: 'if (false)',
    hunt: [['chaos', 1, 20]],
  },
  {
    name: 'blocks that votes name are not fetched',
    file: `${node}/finality/voting-finality.js`,
    text: 'return this.#init.onMissing(fromHex(effect.block.hash));',
    replacement: 'return;',
    // The first of the seeds from 1 on that shows it is 16.
    hunt: [['left-branch', 16, 20]],
  },
  {
    name: 'the VRF is not verified',
    file: `${consensus}/r2s/verify-header.js`,
    text: 'const output = vrf.verify(key, vrfInput(context.previousBeacon, slot), preDigest.vrf_proof);',
    replacement: 'const output = preDigest.vrf_output;',
    hunt: [['liars', 4, 1]],
  },
  {
    name: 'signatures of a catch-up are not verified',
    file: `${consensus}/grandpa/catch-up.js`,
    text: 'if (!entries.every((entry) => verify({ kind, round: number, setId, ...entry })))',
    replacement: 'if (false)',
    hunt: [
      ['liars', 6, 1],
      ['liars', 16, 1],
    ],
  },
];
