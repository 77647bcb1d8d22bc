// The epoch of the voter beside the authority key (docs/protocol/grandpa.md GR-82): a database that is put back from a backup does not know
// what the key voted since, and a database that is lost knows nothing. The file says which database belongs to the key.
import { existsSync, readFileSync } from 'node:fs';
import { systemRng } from '@cess/crypto';
import type { VoterEpoch } from '@cess/node';
import { fromHex, toHex } from '@cess/primitives';
import { writeFileAtomically } from '@cess/store';

const newMark = 'new';

/** Reads `<key file>.voter`, or makes it: an epoch that is new until the first record of the voter is durable. */
export function openVoterEpoch(keyFile: string): VoterEpoch {
  const file = `${keyFile}.voter`;
  if (!existsSync(file)) writeFileAtomically(file, `${toHex(systemRng.bytes(16))} ${newMark}\n`, 0o600);
  const [hex = '', mark] = readFileSync(file, 'utf8').trim().split(' ');
  return {
    epoch: fromHex(hex),
    isNew: mark === newMark,
    keep: () => writeFileAtomically(file, `${hex}\n`, 0o600),
  };
}
