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

/** Lines of words: `<epoch> [new]`, `vote <set> <round> <kind>`, `slot <number>`. Earlier versions wrote the first one only. */
function encode({ epoch, isNew, lastVote, lastSlot }: EpochRecord): string {
  const lines = [isNew ? `${toHex(epoch)} ${newMark}` : toHex(epoch)];
  if (lastVote !== undefined) lines.push(`vote ${lastVote.setId} ${lastVote.round} ${lastVote.kind}`);
  if (lastSlot !== undefined) lines.push(`slot ${lastSlot}`);
  return `${lines.join('\n')}\n`;
}

function decode(text: string): EpochRecord {
  const [[hex = '', mark] = [], ...rest] = text
    .trim()
    .split('\n')
    .map((line) => line.split(' '));
  const [, setId, round, kind] = rest.find(([name]) => name === 'vote') ?? [];
  const [, slot] = rest.find(([name]) => name === 'slot') ?? [];
  const votedAs = kinds.find((each) => each === kind);
  return {
    epoch: fromHex(hex),
    isNew: mark === newMark,
    lastVote: votedAs && { setId: Number(setId), round: Number(round), kind: votedAs },
    lastSlot: slot === undefined ? undefined : BigInt(slot),
  };
}
