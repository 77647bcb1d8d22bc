// The error codes of this package (docs/errors.md lists those of all packages).
import { type DataOf, declareErrors, withData } from '@cess/primitives';

export const errors = declareErrors({
  DISK_LOW: withData<{ readonly free: number; readonly minFreeBytes: number }>({
    meaning: 'The disk has less free space than the network needs.',
    remedy: 'Free disk space, or set CESS_MIN_FREE_BYTES or CESS_HOME.',
    retryable: false,
  }),
  HOME_NOT_WRITABLE: withData<{ readonly folder: string }>({
    meaning: 'The home folder cannot be written.',
    remedy: 'Give your user access to it, or choose another with CESS_HOME.',
    retryable: false,
  }),
  PORT_UNUSABLE: withData<{ readonly host: string; readonly port: number }>({
    meaning: 'The network cannot listen on a port.',
    remedy: 'Configure another port.',
    retryable: false,
  }),
  HOME_VERSION: withData<{ readonly version: number }>({
    meaning: 'A file of the home folder was written by a newer version of the program.',
    remedy: 'Update the program, or restore the home folder from a backup of the version that runs.',
    retryable: false,
    isMisconfiguration: true,
  }),
  HOME_CREDENTIALS_DAMAGED: withData<{ readonly file: string }>({
    meaning: 'The file with the S3 credentials of the network cannot be read.',
    remedy: 'Restore it from a backup, or remove it: the network then makes new keys.',
    retryable: false,
    isMisconfiguration: true,
  }),
  PROVIDER_THREAD_GONE: {
    meaning: 'The thread of the providers ended.',
    remedy: 'Read the log for the cause; restart the network.',
    retryable: false,
  },
  PROVIDER_UNKNOWN: {
    meaning: 'There is no provider of this name.',
    remedy: 'List the providers with: cess status',
    retryable: false,
  },
  VALIDATOR_UNKNOWN: {
    meaning: 'There is no validator of this name, or it does not run in a process of its own.',
    remedy: 'List the validators with: cess status; start the network with: npm start -- --processes',
    retryable: false,
  },
  ROLE_NOT_RUNNING: {
    meaning: 'The process of a role is not running.',
    remedy: 'Read the log for the cause; the process is restarted.',
    retryable: true,
  },
});

declare module '@cess/primitives' {
  interface ErrorCodes extends DataOf<typeof errors> {}
}
