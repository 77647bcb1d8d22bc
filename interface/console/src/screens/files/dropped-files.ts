// Files that a reader chooses or drops, with their paths; of folders all that is in them.

export type ChosenFiles = readonly (readonly [path: string, file: File])[];

export function filesOfInput(list: FileList | null): ChosenFiles {
  return [...(list ?? [])].map((file) => [file.webkitRelativePath === '' ? file.name : file.webkitRelativePath, file]);
}

export async function filesOfDrop({ items }: DataTransfer): Promise<ChosenFiles> {
  // The items are gone after the first pause.
  const entries = [...items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  return (await Promise.all(entries.map(filesUnder))).flat();
}

async function filesUnder(entry: FileSystemEntry): Promise<ChosenFiles> {
  const path = entry.fullPath.replace(/^\//, '');
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
    return [[path, file]];
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const found: FileSystemEntry[] = [];
  // Each call gives some more, and none at the end.
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) break;
    found.push(...some);
  }
  return (await Promise.all(found.map(filesUnder))).flat();
}
