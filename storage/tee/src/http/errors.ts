// Coded errors of a TEE worker as HTTP answers: the one place where codes become statuses.
import type { ServerNames } from '@cess/node-api';
import { CessError } from '@cess/primitives';

export const teeNames: ServerNames = {
  name: 'TEE worker',
  portInUse: (...details) => new CessError('TEE_PORT_IN_USE', ...details),
  listen: (...details) => new CessError('TEE_LISTEN', ...details),
  busy: 'TEE_BUSY',
  internal: 'TEE_INTERNAL',
  statusOfCode: {
    NODE_UNKNOWN: 403,
    KEY_UNKNOWN: 404,
    NOT_HOLDER: 409,
    ROOT_MISMATCH: 422,
    ENCLAVE_GONE: 503,
    ENCLAVE_EVIDENCE: 503,
    ENCLAVE_ROLLBACK: 503,
    TEE_FINALITY_UNPROVEN: 503,
    RPC_TIMEOUT: 503,
    ABORTED: 503,
  },
};
