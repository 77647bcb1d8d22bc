// A software enclave protects nothing. It lets development chains run without special hardware (TEE-2).
import { CessError } from '@cess/primitives';

/** Throws `ENCLAVE_SOFTWARE_REFUSED` for every chain that is not for development. */
export function requireDevelopment(chainType: 'development' | 'production'): void {
  if (chainType === 'development') return;
  const advice = 'A production chain needs an enclave in hardware, which this version does not have.';
  throw new CessError('ENCLAVE_SOFTWARE_REFUSED', `The software enclave is for development chains only. ${advice}`);
}
