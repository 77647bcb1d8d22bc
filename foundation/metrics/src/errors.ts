// The error codes of this package (docs/errors.md lists those of all packages).
import { type DataOf, declareErrors, withData } from '@cess/primitives';

export const errors = declareErrors({
  METRICS_LISTEN: withData<{ readonly host: string; readonly port: number }>({
    meaning: 'The metrics endpoint cannot listen on its address.',
    remedy: 'Check the address and port in the configuration.',
    retryable: false,
  }),
  METRICS_MALFORMED: {
    meaning: 'A line of a metrics text does not follow the Prometheus text format.',
    remedy: 'Report a bug of the process that produced the text.',
    retryable: false,
  },
  METRICS_PORT_IN_USE: withData<{ readonly host: string; readonly port: number }>({
    meaning: 'Another program uses the port of the metrics endpoint.',
    remedy: 'Stop that program or configure another port (0 picks a free one).',
    retryable: false,
  }),
});

declare module '@cess/primitives' {
  interface ErrorCodes extends DataOf<typeof errors> {}
}
