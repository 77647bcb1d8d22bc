// The error codes of this package (docs/errors.md lists those of all packages).
import { type DataOf, declareErrors, withData } from '@cess/primitives';

export const errors = declareErrors({
  AUDIT_LOG_AMBIGUOUS: {
    meaning: 'Several gateways have anchors of an audit log on the chain.',
    remedy: 'Name the account of the gateway with --address.',
    retryable: false,
  },
  AMOUNT_MALFORMED: {
    meaning: 'A text is not an amount of CESS.',
    remedy: 'Write an amount such as 12.5.',
    retryable: false,
  },
  BROWSER_UNAVAILABLE: {
    meaning: 'The program that opens pages in the browser of this machine could not be run.',
    remedy: 'Open the address that the command printed yourself.',
    retryable: false,
  },
  CONSOLE_NOT_SERVED: {
    meaning: 'The gateway of the running network serves no web console.',
    remedy: 'Set console in the configuration of the gateway.',
    retryable: false,
  },
  CHAIN_UNKNOWN: {
    meaning: 'A data folder does not say to which network it belongs.',
    remedy: 'Pass --rpc with a node of its network.',
    retryable: false,
  },
  CREDENTIALS_UNUSABLE: {
    meaning: 'The file with the credentials for the gateway is missing or not valid.',
    remedy: 'Pass --credentials with a file, or run the command with the home of a running network.',
    retryable: false,
  },
  DOWNLOAD_RUNNING: {
    meaning: 'Another process downloads the same object into the same file.',
    remedy: 'Wait until it has ended, or name another file.',
    retryable: true,
  },
  ELECTIONS_NONE: {
    meaning: 'The chain does not elect its validators yet.',
    remedy: 'Update its nodes to version 7 of the runtime.',
    retryable: false,
  },
  SPEC_EXISTS: withData<{ readonly file: string }>({
    meaning: 'The file of a new chain specification exists.',
    remedy: 'Remove it if no network uses it, or choose another name.',
    retryable: false,
  }),
  EXPIRY_INVALID: {
    meaning: 'The lifetime of a link is no number of seconds from 1 to 604800.',
    remedy: 'Choose at most seven days.',
    retryable: false,
  },
  FILE_DELETION_UNCONFIRMED: {
    meaning: 'Deleting files needs confirmation.',
    remedy: 'Run the command again with --yes.',
    retryable: false,
  },
  FILE_UNREADABLE: {
    meaning: 'There is no file to copy.',
    remedy: 'Check the path; folders are not copied.',
    retryable: false,
  },
  FILE_EXISTS: {
    meaning: 'The command would overwrite a file.',
    remedy: 'Choose another file name.',
    retryable: false,
  },
  FILE_FOREIGN: {
    meaning: 'A file belongs to another account.',
    remedy: 'Name only files of the owner of this home (cess file list).',
    retryable: false,
  },
  FILE_ID_MALFORMED: {
    meaning: 'A text is not a file id.',
    remedy: 'Pass 64 hexadecimal digits.',
    retryable: false,
  },
  FILE_SELECTION_INVALID: {
    meaning: 'The command needs either file ids or --owner-files.',
    remedy: 'Pass ids of cess file list, or --owner-files for all files of the owner.',
    retryable: false,
  },
  GATEWAY_NOTHING_TO_REVOKE: {
    meaning: 'The owner has not authorized this gateway and has locked no space for it.',
    remedy: 'Check the address; cess territory list shows the gateways with locked space.',
    retryable: false,
  },
  GATEWAY_REFUSED: withData<{ readonly code: string }>({
    meaning: 'The gateway refused an operation; the message has its reason.',
    remedy: 'Correct the request, or use credentials that may do this.',
    retryable: false,
  }),
  GATEWAY_UNREACHABLE: {
    meaning: 'The gateway cannot be reached.',
    remedy: 'Check that the network runs and that the endpoint is right.',
    retryable: true,
  },
  IDENTITY_UNCLEAR: {
    meaning: 'The command needs exactly one user, group or role.',
    remedy: 'Pass one of --user, --group and --role.',
    retryable: false,
  },
  KEY_BACKUP_FOREIGN: {
    meaning: 'A key backup belongs to another account.',
    remedy: 'Use the backup of this account.',
    retryable: false,
  },
  KEY_BACKUP_UNREADABLE: {
    meaning: 'The file of a key backup cannot be read.',
    remedy: 'Check the path and the permissions.',
    retryable: false,
  },
  FOLDER_NOT_FOUND: {
    meaning: 'There is no data folder at this path.',
    remedy: 'Pass the data folder of the role, or the name of a provider of the embedded network.',
    retryable: false,
  },
  LOCATION_MALFORMED: {
    meaning: 'A text is not of the form s3://bucket/key.',
    remedy: 'Write the location as s3://bucket/key.',
    retryable: false,
  },
  METRICS_UNREACHABLE: withData<{ readonly url: string }>({
    meaning: 'Metrics cannot be read.',
    remedy: 'Check that the process runs and that the URL is right.',
    retryable: true,
  }),
  NETWORK_GENESIS_MISSING: {
    meaning: '--bootstrap was given without --genesis, or with one that is no hash.',
    remedy: 'Pass the hash of the first block of the chain, 64 hexadecimal digits.',
    retryable: false,
  },
  NETWORK_UNREACHABLE: {
    meaning: 'No node of the peer-to-peer network answers.',
    remedy: 'Check the address and the hash of the first block; a chain node has a network only with its setting p2p.',
    retryable: true,
  },
  OBJECT_HAS_NO_FILE: {
    meaning: 'An empty object has no file on the chain.',
    remedy: 'Choose an object with content.',
    retryable: false,
  },
  PASSPHRASE_MISSING: {
    meaning: 'The command needs a passphrase.',
    remedy: 'Set CESS_PASSPHRASE to a passphrase of at least 8 characters.',
    retryable: false,
    isMisconfiguration: true,
  },
  POLICY_FILE_UNREADABLE: {
    meaning: 'The file of a policy cannot be read.',
    remedy: 'Check the path and the permissions.',
    retryable: false,
  },
  RECEIPT_OBJECT_UNCONFIRMED: {
    meaning: 'A receipt has nothing that the bytes of its object could be compared with.',
    remedy: 'Fetch the receipt again with --stream-keys.',
    retryable: false,
  },
  RECEIPT_UNREADABLE: {
    meaning: 'A path is no file that could be a receipt or an object.',
    remedy: 'Check the path; cess receipt get fetches a receipt.',
    retryable: false,
  },
  STORAGE_CLASS_UNKNOWN: {
    meaning: 'A text is not the name of a storage class.',
    remedy: 'Name a class that `cess class list` shows, or CESS_<data>_<parity>.',
    retryable: false,
  },
  RESET_UNCONFIRMED: {
    meaning: 'Deleting a network needs confirmation.',
    remedy: 'Run the command again with --yes.',
    retryable: false,
  },
});

declare module '@cess/primitives' {
  interface ErrorCodes extends DataOf<typeof errors> {}
}
