// The classes that new objects may have at this gateway: Amazon's, and those that the configuration names.
import type { ProviderDirectory } from '@cess/data-path';
import { S3Error } from '../s3/errors.js';
import { isStorageClass, redundancyOf, type StorageClassName, standardClasses } from '../storage-classes.js';

export class OfferedClasses {
  readonly names: readonly StorageClassName[];

  constructor(
    configured: readonly StorageClassName[],
    private readonly directory: Pick<ProviderDirectory, 'counts'>,
  ) {
    this.names = [...new Set([...standardClasses, ...configured])];
  }

  /** Why new content cannot have the class; undefined if it can. */
  refusalOf(text: string): string | undefined {
    if (!isStorageClass(text) || !this.names.includes(text))
      return `This gateway has the storage classes ${this.names.join(', ')}.`;
    // Writes of Amazon's classes are never refused for that: they succeed with a quorum, and their holes are filled later.
    if (standardClasses.some((name) => name === text)) return undefined;
    const needed = redundancyOf(text).n;
    const { usable, suspect } = this.directory.counts();
    const present = usable + suspect;
    if (present >= needed) return undefined;
    return `The storage class ${text} needs ${needed} providers, and the network has ${present} that take fragments.`;
  }

  /** Throws InvalidStorageClass. */
  require(text: string): StorageClassName {
    const message = this.refusalOf(text);
    if (message === undefined && isStorageClass(text)) return text;
    const details = { StorageClassRequested: text.slice(0, 64) };
    throw new S3Error('InvalidStorageClass', { details, ...(message === undefined ? {} : { message }) });
  }
}
