// Deletes objects, and folders with everything in them.
import { deleteObject, listObjects } from '../../api/s3.js';
import { useTexts, useToast } from '../../components/context.js';
import { FormDialog } from '../../components/dialog.js';
import { useAction } from '../../components/use-action.js';
import type { Row } from './use-listing.js';

const parallel = 6;

interface DeleteItemsProps {
  readonly bucket: string;
  readonly rows: readonly Row[];
  readonly onClose: () => void;
}

export function DeleteItems({ bucket, rows, onClose }: DeleteItemsProps) {
  const { t, number } = useTexts();
  const toast = useToast();
  const action = useAction();
  const remove = () =>
    action.run(async () => {
      let count = 0;
      for (const row of rows) count += await removeRow(bucket, row);
      toast(t('files.deleted', { count: number(count) }));
      onClose();
    });
  return (
    <FormDialog
      title={t('files.delete.title', { count: number(rows.length) })}
      submit={t('action.delete')}
      isDanger
      {...action.state}
      onClose={onClose}
      onSubmit={remove}
    >
      <p>{t('files.delete.text')}</p>
    </FormDialog>
  );
}

/** Returns the number of deleted objects. */
async function removeRow(bucket: string, row: Row): Promise<number> {
  if (row.kind === 'object') {
    await deleteObject({ bucket, key: row.key });
    return 1;
  }
  let count = 0;
  // Each page is deleted before the next is read, which then begins the folder anew.
  for (;;) {
    const { objects } = await listObjects({ bucket, prefix: row.key, delimiter: '' });
    if (objects.length === 0) return count;
    const left = [...objects];
    const removeNext = async () => {
      for (let object = left.pop(); object !== undefined; object = left.pop())
        await deleteObject({ bucket, key: object.key });
    };
    await Promise.all(Array.from({ length: parallel }, removeNext));
    count += objects.length;
  }
}
