// Events and errors of FileBank.
import { accountId, h256 } from '@cess/chain-primitives';
import { type StructFields, struct, u8, u16, u32, vec } from '@cess/codec';
import { defineErrors, defineEvents } from '../../frame/pallet.js';
import { fileBankId, restoralReason } from './types.js';

const place = <F extends StructFields>(fields: F) => struct({ file_id: h256, segment: u32, fragment: u16, ...fields });
export const fileBankEvents = defineEvents(fileBankId, {
  FilesDeclared: struct({ gateway: accountId, files: vec(h256) }),
  FileAlreadyDeclared: struct({ gateway: accountId, file_id: h256 }),
  FileDeleted: struct({ owner: accountId, file_id: h256 }),
  PlacementReported: place({ miner: u32 }),
  FragmentLost: place({ miner: u32 }),
  RestoralOrderOpened: place({ reason: restoralReason, margin: u8 }),
  RestoralOrderClaimed: place({ miner: u32, until: u32 }),
  RestoralOrderCompleted: place({ miner: u32 }),
  RestoralOrderClosed: place({}),
});

export const fileBankErrors = defineErrors(fileBankId, {
  EmptyBatch: 'A batch declares at least one file.',
  NoPermission: 'The caller is neither the owner nor a gateway that the owner authorised.',
  EmptyFile: 'A file has at least one segment.',
  InvalidSegment: 'A segment has 1 <= k <= n fragments.',
  InvalidLength: 'A segment holds 1 byte to 32 MiB of ciphertext.',
  FragmentLengthMismatch: 'The fragment length does not follow from k and the length of the ciphertext.',
  DuplicateHolder: 'A provider holds at most one fragment of a segment.',
  TooFewHolders: 'At least k fragments of a segment must have a holder.',
  OrderIdUsed: 'The order id belongs to other content.',
  DeletionPending: 'The file is being deleted.',
  MissingAttestation: 'A holder has not attested its fragments.',
  UnexpectedAttestation: 'An attestation is there twice, or its provider holds nothing in the batch.',
  BadAttestation: 'The signature of a holder is wrong.',
  NotOwner: 'The file belongs to another owner.',
  FileNonExistent: 'There is no such file or fragment.',
  NotAHole: 'The fragment has a holder.',
  NotMiner: 'The caller is no provider.',
  NothingToClaim: 'None of the orders can be claimed by this provider now.',
  NothingToComplete: 'None of the orders is claimed by this provider.',
  NothingToReport: 'The provider holds none of the fragments.',
});
