// Storage classes: how many data and parity fragments the segments of an object have (STORE-2, ADR 67 and 76). Amazon's names, so that
// clients know them, and names that say their redundancy: CESS_2_1 has two data fragments and one of parity. The classes that need
// a restore before a read do not exist.
//   Such a name means the same at every gateway and in every version, whatever is configured: the configuration says only which
//   of them new objects may have.
import { defaultRedundancy, type RedundancyClass } from '@cess/data-path';

const amazonClasses = {
  STANDARD: defaultRedundancy,
  REDUCED_REDUNDANCY: { k: 4, n: 6 },
  STANDARD_IA: { k: 8, n: 12 },
  ONEZONE_IA: { k: 8, n: 10 },
} as const satisfies Readonly<Record<string, RedundancyClass>>;

export type StorageClassName = keyof typeof amazonClasses | `CESS_${number}_${number}`;

/** Classes that every gateway offers. */
export const standardClasses = Object.keys(amazonClasses) as readonly (keyof typeof amazonClasses)[];

/**
 * What a name can say. One data fragment would be a plain copy, which needs masks that nothing makes yet. A stripe with its spares
 * (k + min(k, m) shards of 1 MiB) must fit into the memory that feeds copies, and a segment (32 MiB · n / k) into the least memory
 * that a gateway can have, as one of STANDARD does.
 */
const leastData = 2;
const mostData = 16;
const mostParityPerData = 2;

export function isStorageClass(text: string): text is StorageClassName {
  return redundancyNamed(text) !== undefined;
}

/** The redundancy of new content of the class; that of STANDARD for names of other versions of the program. */
export function redundancyOf(storageClass: string): RedundancyClass {
  return redundancyNamed(storageClass) ?? defaultRedundancy;
}

export function haveSameRedundancy(one: string, other: string): boolean {
  const [a, b] = [redundancyOf(one), redundancyOf(other)];
  return a.k === b.k && a.n === b.n;
}

function redundancyNamed(text: string): RedundancyClass | undefined {
  if (isAmazonClass(text)) return amazonClasses[text];
  const match = /^CESS_([1-9]\d?)_([1-9]\d?)$/.exec(text);
  if (match === null) return undefined;
  const [k, m] = [Number(match[1]), Number(match[2])];
  const isPossible = k >= leastData && k <= mostData && m <= mostParityPerData * k;
  return isPossible ? { k, n: k + m } : undefined;
}

function isAmazonClass(text: string): text is keyof typeof amazonClasses {
  return Object.hasOwn(amazonClasses, text);
}
