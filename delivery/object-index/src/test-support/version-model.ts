// S3 versioning as simple as it can be written: per key a list of versions, the newest first. Tests compare the index with it.
import { compareBytes, utf8 } from '@cess/primitives';
import type { Versioning } from '../records.js';

export interface ModelVersion {
  /** As the index named it. */
  readonly id: string;
  readonly isMarker: boolean;
  readonly etag: string;
  readonly files: readonly string[];
}

export class VersionModel {
  versioning: Versioning = 'never';
  readonly #keys = new Map<string, ModelVersion[]>();

  current(key: string): ModelVersion | undefined {
    const [newest] = this.versions(key);
    return newest?.isMarker === true ? undefined : newest;
  }

  find(key: string, id: string): ModelVersion | undefined {
    return this.versions(key).find((version) => version.id === id);
  }

  versions(key: string): readonly ModelVersion[] {
    return this.#keys.get(key) ?? [];
  }

  /** `id`: what the index answered; `null` wherever no versions are kept. */
  put(key: string, version: ModelVersion): void {
    this.#keys.set(key, [version, ...this.versions(key).filter(({ id }) => id !== version.id)]);
  }

  remove(key: string, id: string): void {
    this.#keys.set(
      key,
      this.versions(key).filter((version) => version.id !== id),
    );
  }

  /** Every version in the order of the listing, or the common prefixes in their place. */
  listing(prefix: string, delimiter: string): string[] {
    const shown = [...this.#keys.keys()]
      .filter((key) => key.startsWith(prefix))
      .sort((a, b) => compareBytes(utf8(a), utf8(b)))
      .flatMap((key) => {
        const cut = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
        const group = `prefix ${key.slice(0, cut + delimiter.length)}`;
        return this.versions(key).map(({ id, isMarker }, i) =>
          cut >= 0 ? group : `${isMarker ? 'marker' : 'version'} ${key} ${id}${i === 0 ? ' latest' : ''}`,
        );
      });
    return shown.filter((item, i) => !item.startsWith('prefix') || item !== shown[i - 1]);
  }

  /** Current objects in the order of their keys. */
  objects(): string[] {
    return [...this.#keys.keys()]
      .filter((key) => this.current(key) !== undefined)
      .sort((a, b) => compareBytes(utf8(a), utf8(b)));
  }

  references(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const versions of this.#keys.values())
      for (const { files } of versions) for (const id of new Set(files)) counts.set(id, (counts.get(id) ?? 0) + 1);
    return counts;
  }

  get isEmpty(): boolean {
    return [...this.#keys.values()].every((versions) => versions.length === 0);
  }
}
