// The error codes of this package (docs/errors.md lists those of all packages).
import { type DataOf, declareErrors, withData } from '@cess/primitives';

export const errors = declareErrors({
  ATTESTATION_NOT_READY: {
    meaning: 'The provider has seen no finalized block yet, so it cannot say until when an attestation counts.',
    remedy: 'Try again when the provider has reached its node.',
    retryable: true,
  },
  FRAGMENT_DECLARED: {
    meaning: 'A gateway asked to delete a fragment that is declared on chain.',
    remedy: 'Delete its file on chain.',
    retryable: false,
  },
  RENEWAL_LIMIT: {
    meaning:
      'A gateway without locked space asked to renew more undeclared bytes than such a gateway may keep at a provider.',
    remedy: 'Have an owner lock space for the gateway, or delete the files that will not be declared.',
    retryable: true,
  },
  UNDECLARED_LIMIT: {
    meaning: 'A gateway has stored more undeclared bytes at the provider than one gateway may.',
    remedy: 'Declare the stored files, or use other providers.',
    retryable: true,
  },
  GATEWAY_NOT_AUTHORISED: {
    meaning: 'A provider was asked to store for a gateway for which no owner has locked space of a territory.',
    remedy:
      'Have an owner authorise the gateway and lock space for it; this takes effect with the next finalized block.',
    retryable: false,
  },
  GATEWAY_UNKNOWN: {
    meaning: 'The key that signed a request is not the node key of the gateway that it names.',
    remedy: 'Register the gateway on chain, or sign with its registered key.',
    retryable: false,
  },
  HOLDINGS_INCOMPLETE: {
    meaning: 'The provider does not hold all fragments that it was asked to attest.',
    remedy: 'Store the missing fragments again.',
    retryable: false,
  },
  PROOF_MATERIAL_DAMAGED: withData<{ readonly what: 'SRS' | 'tag' }>({
    meaning: 'Stored tags or a stored SRS do not have the recorded hash.',
    remedy: 'None; the provider fetches them again from a TEE worker.',
    retryable: false,
  }),
  PROOF_WORKER_BUSY: {
    meaning: 'Too much work waits for the proof thread.',
    remedy: 'Try again later; if it persists, the machine is too slow for its load.',
    retryable: true,
  },
  PROOF_WORKER_CRASHED: {
    meaning: 'The proof thread died during a task.',
    remedy: 'Read the log for the cause; the task is retried.',
    retryable: true,
  },
  PROOF_WORKER_FAILED: {
    meaning: 'The proof thread failed to carry out a task.',
    remedy: 'Read the log for the cause and report a bug.',
    retryable: false,
  },
  PROOF_WORKER_STOPPED: {
    meaning: 'The proof thread was stopped.',
    remedy: 'Start the provider.',
    retryable: false,
  },
  PROVIDER_BLOCKS_MISSING: {
    meaning: 'The provider lacks a challenged fragment or its tags.',
    remedy: 'None; the provider rebuilds the fragment from others.',
    retryable: false,
  },
  PROVIDER_BUSY: {
    meaning: 'The provider handles as many requests of this kind, or of this caller, as it can.',
    remedy: 'Try again later, or use another provider.',
    retryable: true,
  },
  PROVIDER_DIRECTORY: withData<{ readonly dir: string }>({
    meaning: 'The data directory of the provider cannot be used.',
    remedy: 'Follow the advice in the message.',
    retryable: false,
    isMisconfiguration: true,
  }),
  PROVIDER_FRAGMENT_ROTTEN: {
    meaning: 'The disk no longer holds the right bytes of a fragment.',
    remedy: 'Check the disk; the provider rebuilds the fragment from others.',
    retryable: false,
  },
  PROVIDER_INTERNAL: {
    meaning: 'A provider failed to carry out a request for an unexpected reason.',
    remedy: 'Read the log of the provider.',
    retryable: true,
  },
  PROVIDER_LISTEN: withData<{ readonly host: string; readonly port: number }>({
    meaning: 'The HTTP server of the provider cannot listen on its address.',
    remedy: 'Check the address and port in the configuration.',
    retryable: false,
  }),
  PROVIDER_NOT_REGISTERED: {
    meaning: 'The chain does not show the registration of the provider yet.',
    remedy: 'Wait for the registration to be finalized; check the balance of the account if it never is.',
    retryable: true,
  },
  PROVIDER_PORT_IN_USE: withData<{ readonly host: string; readonly port: number }>({
    meaning: 'Another program uses the port of the provider.',
    remedy: 'Stop that program or configure another port.',
    retryable: false,
  }),
  PROVIDER_STOPPED: {
    meaning: 'The provider is not running.',
    remedy: 'Start the provider.',
    retryable: false,
  },
  RESTORAL_SOURCE_WRONG: {
    meaning: 'A source of a rebuild sent bytes that do not have their Merkle root.',
    remedy: 'None; the rebuild uses other sources.',
    retryable: true,
  },
  RESTORAL_TOO_FEW_SOURCES: withData<{ readonly needed: number; readonly found: number }>({
    meaning: 'Too few holders of a segment send correct bytes to rebuild a fragment.',
    remedy: 'Bring the other holders back online; the rebuild is retried.',
    retryable: true,
  }),
  TEE_NONE_AVAILABLE: {
    meaning: 'No TEE worker can be reached.',
    remedy: 'Check that a TEE worker is registered and online; the work is retried.',
    retryable: true,
  },
  TEE_NO_ANSWER: {
    meaning: 'A TEE worker did not answer in time.',
    remedy: 'None; the request is retried, or another worker is used.',
    retryable: true,
  },
  TEE_SRS_REFUSED: {
    meaning: 'The SRS of a TEE worker failed verification.',
    remedy: 'Report it to the operator of the worker; another worker is used.',
    retryable: false,
  },
  TEE_TAGS_REFUSED: {
    meaning: 'The tags of a TEE worker failed verification.',
    remedy: 'Report it to the operator of the worker; another worker is used.',
    retryable: false,
  },
});

declare module '@cess/primitives' {
  interface ErrorCodes extends DataOf<typeof errors> {}
}
