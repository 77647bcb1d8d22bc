// What is kept beside the authority key (docs/protocol/grandpa.md GR-82): an epoch, the last vote and the last slot of the key. A
// database that is put back from a backup does not know what the key said since, and a database that is lost knows nothing.
import { existsSync, readFileSync } from 'node:fs';
import { systemRng } from '@cess/crypto';
import { type EpochRecord, openKeptEpoch, type VoterEpoch } from '@cess/node';
import { fromHex, toHex } from '@cess/primitives';
import { writeFileAtomically } from '@cess/store';

const newMark = 'new';
const kinds = ['primary', 'prevote', 'precommit'] as const;

/** Reads `<key file>.voter`, or makes it: an epoch that is new until the first record of the voter is durable. */
export function openVoterEpoch(keyFile: string): VoterEpoch {
  const file = `${keyFile}.voter`;
  const write = (record: EpochRecord): void => writeFileAtomically(file, encode(record), 0o600);
  if (!existsSync(file)) {
    write({ epoch: systemRng.bytes(16), isNew: true, lastVote: undefined, lastSlot: undefined });
  }
  return openKeptEpoch(decode(readFileSync(file, 'utf8')), write);
}

/**
 * Lines of words: `<epoch> [new]`, `<kind of vote> <set> <round> <number> <hash>` for each vote of the last round, `slot <number>`. Earlier
 * versions wrote the first one only.
 */
function encode({ epoch, isNew, lastVote, lastSlot }: EpochRecord): string {
  const lines = [isNew ? `${toHex(epoch)} ${newMark}` : toHex(epoch)];
  for (const kind of kinds) {
    const target = lastVote?.votes[kind];
    if (lastVote && target) lines.push(`${kind} ${lastVote.setId} ${lastVote.round} ${target.number} ${target.hash}`);
  }
  if (lastSlot !== undefined) lines.push(`slot ${lastSlot}`);
  return `${lines.join('\n')}\n`;
}

function decode(text: string): EpochRecord {
  const [[hex = '', mark] = [], ...rest] = text
    .trim()
    .split('\n')
    .map((line) => line.split(' '));
  let lastVote: EpochRecord['lastVote'];
  for (const [name, setId, round, number, hash = ''] of rest) {
    const kind = kinds.find((each) => each === name);
    if (kind === undefined) continue;
    const votes = { ...lastVote?.votes, [kind]: { number: Number(number), hash } };
    lastVote = { setId: Number(setId), round: Number(round), votes };
  }
  const [, slot] = rest.find(([name]) => name === 'slot') ?? [];
  return {
    epoch: fromHex(hex),
    isNew: mark === newMark,
    lastVote,
    lastSlot: slot === undefined ? undefined : BigInt(slot),
  };
}
