// The error codes of this package (docs/errors.md lists those of all packages).
import { CessError, type DataOf, declareErrors, withData } from '@cess/primitives';

export const errors = declareErrors({
  EXPORT_INVALID: withData<{ readonly reason: string }>({
    meaning: 'A file of an exported index is not what its owner or gateway wrote.',
    remedy:
      'Check that the chain node and the providers are those of this network; recover from another gateway of the owner.',
    retryable: false,
  }),
  EXPORT_KEY_MISSING: {
    meaning: 'The exported index has no key for this gateway or owner.',
    remedy:
      'Use the key of the owner, of the gateway that made the export, or of a gateway that the owner authorised before it.',
    retryable: false,
  },
  EXPORT_UNREACHABLE: withData<{ readonly found: number; readonly needed: number }>({
    meaning: 'Too few providers give the fragments of an exported index.',
    remedy: 'Wait until more providers are reachable, then recover again.',
    retryable: true,
  }),
});

declare module '@cess/primitives' {
  interface ErrorCodes extends DataOf<typeof errors> {}
}

export function exportInvalid(reason: string, cause?: unknown): CessError<'EXPORT_INVALID'> {
  return new CessError('EXPORT_INVALID', `The exported index cannot be used: ${reason}.`, { reason }, { cause });
}

export function exportKeyMissing(): CessError<'EXPORT_KEY_MISSING'> {
  return new CessError('EXPORT_KEY_MISSING', 'None of the keys given opens the exported index.');
}

export function exportUnreachable(found: number, needed: number): CessError<'EXPORT_UNREACHABLE'> {
  const message = `Only ${found} of ${needed} fragments of the exported index can be read from providers.`;
  return new CessError('EXPORT_UNREACHABLE', message, { found, needed });
}
