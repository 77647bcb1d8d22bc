// Files of one owner on the chain.
import { type ChainClient, type FileInfo, query } from '@cess/client';
import { CessError, equalBytes, fromHex } from '@cess/primitives';

export interface OwnedFile {
  readonly id: Uint8Array;
  readonly info: FileInfo;
}

/** The id that a text gives in hex, with or without 0x. Throws `FILE_ID_MALFORMED`. */
export function parseFileId(text: string): Uint8Array {
  const digits = /^(?:0x)?([0-9a-f]{64})$/i.exec(text)?.[1];
  if (digits === undefined) throw new CessError('FILE_ID_MALFORMED', `"${text}" is not a file id of 64 hex digits.`);
  return fromHex(digits);
}

/** All files of an account in the finalized state, page by page; with `behind`, only those behind this file. */
export async function* filesOf(client: ChainClient, owner: Uint8Array, behind?: Uint8Array): AsyncGenerator<OwnedFile> {
  const { Files } = query.FileBank;
  const from = behind === undefined ? undefined : Files.key(behind);
  for await (const [[id], info] of client.entries(Files, [], undefined, from)) {
    if (equalBytes(info.owner, owner)) yield { id, info };
  }
}
