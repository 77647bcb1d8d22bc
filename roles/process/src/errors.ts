// The error codes of this package (docs/errors.md lists those of all packages).
import { type DataOf, declareErrors, withData } from '@cess/primitives';

export const errors = declareErrors({
  CHAIN_NODE_NOT_FOUND: withData<{ readonly address: string }>({
    meaning: 'The peer-to-peer address in `chainRpc` did not lead to the RPC of a chain node in time.',
    remedy: 'Name a chain node that runs, serves its RPC to others, and has a place in its p2p settings.',
    retryable: true,
  }),
  ADDRESS_MALFORMED: {
    meaning: 'A text is not an SS58 address.',
    remedy: 'Copy the address again.',
    retryable: false,
    isMisconfiguration: true,
  },
  CHAIN_SPEC_MISSING: withData<{ readonly file?: string }>({
    meaning: 'The chain specification cannot be read.',
    remedy: 'Pass the right file, or name the trusted authority with --authority.',
    retryable: false,
    isMisconfiguration: true,
  }),
  CONFIG_INVALID: withData<{ readonly file?: string }>({
    meaning: 'A flag or configuration file is not valid.',
    remedy: 'Correct it as the message says.',
    retryable: false,
    isMisconfiguration: true,
  }),
  KEY_NOT_FOUND: {
    meaning: 'A key file cannot be read.',
    remedy: 'Follow the advice in the message.',
    retryable: false,
    isMisconfiguration: true,
  },
  NETWORK_MISMATCH: {
    meaning: 'The chain node belongs to another network.',
    remedy: 'Use the chain specification of that network, or another node.',
    retryable: false,
    isMisconfiguration: true,
  },
});

declare module '@cess/primitives' {
  interface ErrorCodes extends DataOf<typeof errors> {}
}
