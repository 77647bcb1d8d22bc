// Files: the buckets of the account, and the folders in them.
import type { Screen, ScreenProps } from '../screen.js';
import { BucketsPage } from './buckets-page.js';
import { FolderPage } from './folder-page.js';

function FilesScreen({ parts, query }: ScreenProps) {
  const [bucket, prefix = ''] = parts;
  if (bucket === undefined) return <BucketsPage />;
  const shown = query.get('object') ?? undefined;
  return <FolderPage key={`${bucket}/${prefix}`} bucket={bucket} prefix={prefix} shown={shown} />;
}

export const filesScreen: Screen = { path: 'files', title: 'nav.files', icon: 'folder', component: FilesScreen };
