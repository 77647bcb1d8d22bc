// The error codes of this package (docs/errors.md lists those of all packages).
import { type DataOf, declareErrors, withData } from '@cess/primitives';

export const errors = declareErrors({
  ENCLAVE_EVIDENCE: {
    meaning: 'The chain data that came with a request does not verify.',
    remedy: 'Check that the worker and the chain node are on the same network.',
    retryable: false,
  },
  ENCLAVE_FAILED: {
    meaning: 'The enclave failed to carry out a call for an unexpected reason.',
    remedy: 'Read the log for the cause and report a bug.',
    retryable: false,
  },
  ENCLAVE_GENESIS: {
    meaning: 'The enclave was sealed for another network.',
    remedy: 'Use another directory for this network.',
    retryable: false,
    isMisconfiguration: true,
  },
  ENCLAVE_GONE: {
    meaning: 'The process of the enclave is not running.',
    remedy: 'Read the log for the cause; the process is restarted.',
    retryable: true,
  },
  ENCLAVE_ROLLBACK: withData<{ readonly number: number; readonly newest: number }>({
    meaning: 'A request presents a block that is much older than one that the enclave has seen.',
    remedy: 'Check that the chain node is synchronised.',
    retryable: true,
  }),
  ENCLAVE_SEAL_BROKEN: {
    meaning: 'The sealed state of the enclave cannot be opened.',
    remedy: 'Follow the advice in the message; restore the directory from a backup.',
    retryable: false,
    isMisconfiguration: true,
  },
  ENCLAVE_SEAL_EXPOSED: {
    meaning: 'Users other than its owner can read the sealed state.',
    remedy: 'Run: chmod 600 on the file that the message names.',
    retryable: false,
    isMisconfiguration: true,
  },
  ENCLAVE_SEAL_VERSION: {
    meaning: 'Another version of the program wrote the sealed keys.',
    remedy: 'Update the program.',
    retryable: false,
    isMisconfiguration: true,
  },
  ENCLAVE_SOFTWARE_REFUSED: {
    meaning: 'The chain specification does not allow the software enclave.',
    remedy: 'Use the software enclave only on development chains.',
    retryable: false,
    isMisconfiguration: true,
  },
  FRAGMENT_EMPTY: {
    meaning: 'A provider requested tags for an empty fragment.',
    remedy: 'Send at least one byte.',
    retryable: false,
  },
  KEY_UNKNOWN: {
    meaning: 'The TEE worker has no such tagging key.',
    remedy: 'Read the current keys of the worker from the chain.',
    retryable: false,
  },
  NOT_HOLDER: {
    meaning: 'The finalized chain does not record the caller as holder of the fragment.',
    remedy: 'Wait for the declaration to be finalized, then try again.',
    retryable: false,
  },
  ROOT_MISMATCH: {
    meaning: 'The root, length or bytes of a fragment differ from the chain record.',
    remedy: 'Send the declared fragment.',
    retryable: false,
  },
  TEE_BUSY: {
    meaning: 'The TEE worker handles as many requests as it can.',
    remedy: 'Try again later.',
    retryable: true,
  },
  TEE_DIRECTORY: withData<{ readonly dir: string }>({
    meaning: 'The data directory of the TEE worker cannot be used.',
    remedy: 'Follow the advice in the message.',
    retryable: false,
    isMisconfiguration: true,
  }),
  TEE_ENCLAVE_MISMATCH: withData<{ readonly onChain: string; readonly own: string }>({
    meaning: 'The account is registered with another enclave.',
    remedy: 'Follow the advice in the message.',
    retryable: false,
  }),
  TEE_FINALITY_UNPROVEN: {
    meaning: 'The chain node has no finality proof for its finalized block.',
    remedy: 'Check that the chain finalizes blocks; the request is retried.',
    retryable: true,
  },
  TEE_INTERNAL: {
    meaning: 'A TEE worker failed to carry out a request for an unexpected reason.',
    remedy: 'Read the log of the worker.',
    retryable: true,
  },
  TEE_LISTEN: withData<{ readonly host: string; readonly port: number }>({
    meaning: 'The HTTP server of the TEE worker cannot listen on its address.',
    remedy: 'Check the address and port in the configuration.',
    retryable: false,
  }),
  TEE_NOT_REGISTERED: {
    meaning: 'The chain does not show the registration of the worker yet.',
    remedy: 'Wait for the registration to be finalized; check the balance of the account if it never is.',
    retryable: true,
  },
  TEE_PORT_IN_USE: withData<{ readonly host: string; readonly port: number }>({
    meaning: 'Another program uses the port of the TEE worker.',
    remedy: 'Stop that program or configure another port.',
    retryable: false,
  }),
  TEE_STOPPED: {
    meaning: 'The TEE worker is not running.',
    remedy: 'Start the TEE worker.',
    retryable: false,
  },
});

declare module '@cess/primitives' {
  interface ErrorCodes extends DataOf<typeof errors> {}
}
