// What is kept beside the authority key (docs/protocol/grandpa.md GR-82): an epoch, the last vote and the last slot of the key. A
// database that is put back from a backup does not know what the key said since, and a database that is lost knows nothing.
import { existsSync, readFileSync } from 'node:fs';
import { systemRng } from '@cess/crypto';
import { type EpochRecord, openKeptEpoch, type VoterEpoch } from '@cess/node';
import { CessError, fromHex, toHex } from '@cess/primitives';
import { writeFileAtomically } from '@cess/store';
import './errors.js';

const newMark = 'new';
const kinds = ['primary', 'prevote', 'precommit'] as const;

/**
 * Reads `<key file>.voter`, or makes it: an epoch that is new until the first record of the voter is durable. Throws
 * `VOTER_FILE_MALFORMED`.
 */
export function openVoterEpoch(keyFile: string): VoterEpoch {
  const file = `${keyFile}.voter`;
  const write = (record: EpochRecord): void => writeFileAtomically(file, encode(record), 0o600);
  if (!existsSync(file)) {
    write({ epoch: systemRng.bytes(16), isNew: true, lastVote: undefined, lastSlot: undefined });
  }
  return openKeptEpoch(decode(readFileSync(file, 'utf8'), file), write);
}

/** Lines of words: `<epoch> [new]`, `vote <set> <round> <kind>`, `slot <number>`. Earlier versions wrote the first one only. */
function encode({ epoch, isNew, lastVote, lastSlot }: EpochRecord): string {
  const lines = [isNew ? `${toHex(epoch)} ${newMark}` : toHex(epoch)];
  if (lastVote !== undefined) lines.push(`vote ${lastVote.setId} ${lastVote.round} ${lastVote.kind}`);
  if (lastSlot !== undefined) lines.push(`slot ${lastSlot}`);
  return `${lines.join('\n')}\n`;
}

/** A line that is not understood may be a vote or a slot: to leave it out would be to use the key twice. */
function decode(text: string, file: string): EpochRecord {
  const [first = '', ...rest] = text.trim().split('\n');
  const [, hex, mark] = /^([0-9a-f]{32})( new)?$/.exec(first) ?? [];
  if (hex === undefined) throw malformed(file);
  let record: EpochRecord = { epoch: fromHex(hex), isNew: mark !== undefined, lastVote: undefined, lastSlot: undefined };
  for (const line of rest) {
    const [, setId, round, kind] = /^vote (\d+) (\d+) ([a-z]+)$/.exec(line) ?? [];
    const [, slot] = /^slot (\d+)$/.exec(line) ?? [];
    const votedAs = kinds.find((each) => each === kind);
    if (votedAs !== undefined) {
      record = { ...record, lastVote: { setId: Number(setId), round: Number(round), kind: votedAs } };
    } else if (slot !== undefined) record = { ...record, lastSlot: BigInt(slot) };
    else throw malformed(file);
  }
  return record;
}

function malformed(file: string): CessError<'VOTER_FILE_MALFORMED'> {
  const text = `${file} is damaged or of a newer version, so it does not say what the key of the authority has voted.`;
  return new CessError('VOTER_FILE_MALFORMED', text, { file });
}
