// What is kept beside the authority key (docs/protocol/grandpa.md GR-82): an epoch, the last vote and the last slot of the key. A
// database that is put back from a backup does not know what the key said since, and a database that is lost knows nothing.
import { existsSync, readFileSync } from 'node:fs';
import { systemRng } from '@cess/crypto';
import { type EpochRecord, openKeptEpoch, type VoterEpoch } from '@cess/node';
import { CessError, fromHex, toHex } from '@cess/primitives';
import { lockFile, writeFileAtomically } from '@cess/store';
import './errors.js';

const newMark = 'new';
const kinds = ['primary', 'prevote', 'precommit'] as const;

/**
 * Reads `<key file>.voter`, or makes it: an epoch that is new until the first record of the voter is durable. One process at a time has it,
 * until its clean-up: two would overwrite each other's votes. Throws `VOTER_FILE_MALFORMED` and `KV_LOCKED`.
 */
export function openVoterEpoch(keyFile: string, cleanups: (() => unknown)[]): VoterEpoch {
  const file = `${keyFile}.voter`;
  const lock = lockFile(file);
  cleanups.push(() => lock.release());
  const write = (record: EpochRecord): void => writeFileAtomically(file, encode(record), 0o600);
  if (!existsSync(file)) {
    write({ epoch: systemRng.bytes(16), isNew: true, lastVote: undefined, lastSlot: undefined });
  }
  return openKeptEpoch(decode(readFileSync(file, 'utf8'), file), write);
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

/** A line that is not understood may be a vote or a slot: without it the key would be used twice. */
function decode(text: string, file: string): EpochRecord {
  const [first = '', ...rest] = text.trim().split('\n');
  const [, hex, mark] = /^([0-9a-f]{32})( new)?$/.exec(first) ?? [];
  if (hex === undefined) throw malformed(file);
  let lastVote: EpochRecord['lastVote'];
  let lastSlot: EpochRecord['lastSlot'];
  for (const line of rest) {
    const [, slot] = /^slot (\d+)$/.exec(line) ?? [];
    const [, name, setId, round, number, hash = ''] = /^([a-z]+) (\d+) (\d+) (\d+) ([0-9a-f]{64})$/.exec(line) ?? [];
    const kind = kinds.find((each) => each === name);
    if (slot !== undefined) lastSlot = BigInt(slot);
    else if (kind === undefined) throw malformed(file);
    else {
      lastVote = {
        ...{ setId: Number(setId), round: Number(round) },
        votes: { ...lastVote?.votes, [kind]: { number: Number(number), hash } },
      };
    }
  }
  return { epoch: fromHex(hex), isNew: mark !== undefined, lastVote, lastSlot };
}

function malformed(file: string): CessError<'VOTER_FILE_MALFORMED'> {
  const text = `${file} is damaged or of another version, so it does not say what the key of the authority has voted.`;
  return new CessError('VOTER_FILE_MALFORMED', text, { file });
}
