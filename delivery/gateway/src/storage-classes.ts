// Storage classes: how many data and parity fragments the segments of an object have (STORE-2, ADR 67). Amazon's names, so that
// clients know them; the classes that need a restore before a read do not exist.
import { defaultRedundancy, type RedundancyClass } from '@cess/data-path';

const classes = {
  STANDARD: defaultRedundancy,
  REDUCED_REDUNDANCY: { k: 4, n: 6 },
  STANDARD_IA: { k: 8, n: 12 },
  ONEZONE_IA: { k: 8, n: 10 },
} as const satisfies Readonly<Record<string, RedundancyClass>>;

export type StorageClassName = keyof typeof classes;

export const storageClassNames = Object.keys(classes) as readonly StorageClassName[];

export function isStorageClass(text: string): text is StorageClassName {
  return Object.hasOwn(classes, text);
}

/** The redundancy of new content of the class; that of STANDARD for names of other versions of the program. */
export function redundancyOf(storageClass: string): RedundancyClass {
  return isStorageClass(storageClass) ? classes[storageClass] : defaultRedundancy;
}

export function haveSameRedundancy(one: string, other: string): boolean {
  const [a, b] = [redundancyOf(one), redundancyOf(other)];
  return a.k === b.k && a.n === b.n;
}
