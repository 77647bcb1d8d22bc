// Work on files whose errors tell a person what to do next.
import { mapStorageError } from './storage-error.js';

/** Runs `work` on the files of `path`. What they throw gets the codes of `mapStorageError`. */
export async function onDisk<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    throw mapStorageError(thrown, path);
  }
}
