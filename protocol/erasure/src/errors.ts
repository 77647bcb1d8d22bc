// The error codes of this package (docs/errors.md lists those of all packages).
import { type DataOf, declareErrors, withData } from '@cess/primitives';

export const errors = declareErrors({
  ERASURE_TOO_FEW_SHARDS: withData<{ readonly needed: number; readonly present: number }>({
    meaning: 'Fewer shards are present than decoding needs.',
    remedy: 'Fetch more shards.',
    retryable: false,
  }),
});

declare module '@cess/primitives' {
  interface ErrorCodes extends DataOf<typeof errors> {}
}
