// cess class list: what the redundancy of each storage class gives, by the model of the gateway.
import {
  isStorageClass,
  type ReliabilityAssumptions,
  redundancyOf,
  reliabilityOf,
  standardClasses,
  usualAssumptions,
} from '@cess/gateway';
import { CessError } from '@cess/primitives';
import type { CliContext } from '../context.js';
import { print, table } from '../output.js';

/** Beside Amazon's classes: those that the embedded network offers. */
const examples = ['CESS_2_1', 'CESS_16_24'];

/** Throws `STORAGE_CLASS_UNKNOWN`. */
export async function listClasses(
  context: CliContext,
  names: readonly string[],
  changes: Partial<ReliabilityAssumptions>,
): Promise<void> {
  const unknown = names.find((name) => !isStorageClass(name));
  if (unknown !== undefined)
    throw new CessError(
      'STORAGE_CLASS_UNKNOWN',
      `There is no storage class "${unknown}": use ${standardClasses.join(', ')} or CESS_<data>_<parity>.`,
    );
  const assumptions = { ...usualAssumptions, ...changes };
  const classes = (names.length === 0 ? [...standardClasses, ...examples] : names).map((name) => {
    const { k, n } = redundancyOf(name);
    return { name, data: k, parity: n - k, ...reliabilityOf({ k, n }, assumptions) };
  });
  if (context.json) return print(JSON.stringify({ assumptions, classes }, null, 2));
  print(
    table(
      classes.map(({ name, data, parity, space, unavailability, annualLoss, independentAnnualLoss }) => ({
        class: name,
        fragments: `${data} + ${parity}`,
        space: `${Number(space.toFixed(2))}`,
        'not readable': oneIn(unavailability),
        'lost in a year': oneIn(annualLoss),
        'without events': oneIn(independentAnnualLoss),
      })),
    ),
  );
}

/** A probability as `1 in 5,436` or `1 in 2.7e9`. */
export function oneIn(probability: number): string {
  if (probability <= 0) return 'never';
  const times = 1 / probability;
  if (times >= 1e7) return `1 in ${times.toExponential(1).replace('e+', 'e')}`;
  return `1 in ${Math.round(times).toLocaleString('en-US')}`;
}
