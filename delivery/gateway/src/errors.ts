// The error codes of this package (docs/errors.md lists those of all packages).
import { CessError, type DataOf, declareErrors, withData } from '@cess/primitives';

export const errors = declareErrors({
  CONSOLE_ASSETS_UNUSABLE: withData<{ readonly folder: string }>({
    meaning: 'The folder with the pages of the console has no pages, or they cannot be read.',
    remedy: 'Build the project, or correct `console.assets` in the configuration; null there turns the console off.',
    retryable: false,
    isMisconfiguration: true,
  }),
  GATEWAY_INDEX_LOST: {
    meaning: "The gateway's index is empty, but the chain has files that this gateway declared.",
    remedy:
      "Recover the index from the network (`cess gateway recover`), or restore the gateway's data folder from a backup. To give up those objects, start once with acceptLostIndex in the configuration file, or with `npm start -- --accept-lost-index`.",
    retryable: false,
    isMisconfiguration: true,
  },
  GATEWAY_INDEX_PLACE: {
    meaning: 'The configuration names another place for the object index than the one that the gateway has used.',
    remedy: 'Correct index.postgres in the configuration, or use another data folder.',
    retryable: false,
    isMisconfiguration: true,
  },
  GATEWAY_QUOTA_EXCEEDED: withData<{ readonly availableBytes: number; readonly neededBytes: number }>({
    meaning: 'The territory has no space left that is locked for this gateway.',
    remedy: 'Expand the territory or lock more quota.',
    retryable: false,
  }),
  GATEWAY_RECEIPTS_BUSY: {
    meaning: 'The gateway issues as many receipts of objects as it can.',
    remedy: 'Try again later.',
    retryable: true,
  },
  INVENTORY_THREAD_ENDED: {
    meaning: 'The thread that writes an inventory in the Parquet format ended early.',
    remedy: 'None is needed: the inventory is written again. If it repeats, look for the cause in the log.',
    retryable: true,
  },
  KEY_VAULT_UNUSABLE: {
    meaning: 'The file with the secrets of named keys cannot be read or written, or it is no such file.',
    remedy: 'Free space on the disk, or restore the data folder of the gateway as a whole.',
    retryable: true,
  },
  LISTEN_FAILED: withData<{ readonly host: string; readonly port: number }>({
    meaning: 'The S3 server cannot listen on its address.',
    remedy: 'Check the address and port in the configuration.',
    retryable: false,
  }),
  RECOVERY_AMBIGUOUS: withData<{ readonly gateways: readonly string[] }>({
    meaning: 'Several gateways export an index for this owner.',
    remedy: 'Name the gateway whose index to recover with --from.',
    retryable: false,
  }),
  RECOVERY_FOLDER_NOT_EMPTY: {
    meaning: 'The data folder has an index already.',
    remedy: 'Choose an empty folder, or move this one away.',
    retryable: false,
    isMisconfiguration: true,
  },
  RECOVERY_GATEWAY_ALIVE: {
    meaning: 'The gateway whose index is recovered goes on exporting it: it is alive somewhere else.',
    remedy: 'Stop the other gateway. If it is this one that anchored, repeat the recovery with --force.',
    retryable: false,
  },
  RECOVERY_NOTHING_FOUND: {
    meaning: 'The chain has no anchor of an exported index for this gateway or owner.',
    remedy:
      'Check the key and the network; a gateway exports its index only if indexExport is set in its configuration.',
    retryable: false,
  },
  RECOVERY_PROOF_INVALID: {
    meaning: 'The chain node cannot prove the anchors of the exported index.',
    remedy: 'Use another chain node, and check the chain specification.',
    retryable: false,
  },
  RECOVERY_UNFINISHED: {
    meaning: 'The recovery of the index in this folder was interrupted.',
    remedy: 'Run `cess gateway recover` again; it begins anew.',
    retryable: false,
    isMisconfiguration: true,
  },
  TLS_CERTIFICATE_UNUSABLE: {
    meaning: 'A TLS certificate or its key cannot be read, or they do not belong together.',
    remedy:
      'Correct certificateFile and keyFile: PEM, the certificate of the server first, the key without a passphrase.',
    retryable: false,
    isMisconfiguration: true,
  },
  PORT_IN_USE: withData<{ readonly host: string; readonly port: number }>({
    meaning: 'Another program uses a port of the gateway or of the network.',
    remedy: 'Stop that program or configure another port.',
    retryable: false,
  }),
  WEBHOOK_ADDRESS_REFUSED: withData<{ readonly address: string }>({
    meaning: 'A webhook target has an address that is not public.',
    remedy: 'Correct the name or URL, or allow the range of addresses (allowedAddresses of the target).',
    retryable: false,
  }),
});

declare module '@cess/primitives' {
  interface ErrorCodes extends DataOf<typeof errors> {}
}

/** The error for an upload that exceeds the space locked for this gateway. */
export function quotaExceeded(availableBytes: number, neededBytes: number): CessError<'GATEWAY_QUOTA_EXCEEDED'> {
  return new CessError(
    'GATEWAY_QUOTA_EXCEEDED',
    'The territory has no space left that is locked for this gateway; expand the territory or lock more quota.',
    { availableBytes, neededBytes },
  );
}

export function indexLost(): CessError<'GATEWAY_INDEX_LOST'> {
  return new CessError(
    'GATEWAY_INDEX_LOST',
    "The gateway's index is empty, but the chain has files that this gateway declared: a client that synchronizes from it would delete its own copies. Restore the data folder from a backup, or accept the loss (acceptLostIndex, or npm start -- --accept-lost-index).",
  );
}

export function recoveryProofInvalid(reason: string): CessError<'RECOVERY_PROOF_INVALID'> {
  return new CessError('RECOVERY_PROOF_INVALID', `The anchors of the exported index are not proven: ${reason}.`);
}

export function recoveryUnfinished(): CessError<'RECOVERY_UNFINISHED'> {
  return new CessError(
    'RECOVERY_UNFINISHED',
    'The recovery of the index in this folder was interrupted; run `cess gateway recover` again.',
  );
}

export function copyIntoIndex(): CessError<'RECOVERY_FOLDER_NOT_EMPTY'> {
  const message = 'A gateway that follows another one keeps a copy in an empty folder, and this one has an index.';
  return new CessError('RECOVERY_FOLDER_NOT_EMPTY', message);
}
