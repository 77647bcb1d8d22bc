// A file of the chain by its id, verified in this browser.
import { useSession, useTexts } from '../../components/context.js';
import { Content, Empty } from '../../components/states.js';
import { useLoad } from '../../components/use-load.js';
import { FragmentsOfFile, Summary } from '../files/object-proof.js';

export function FilePage({ id }: { readonly id: string }) {
  const { t } = useTexts();
  const { gateway } = useSession();
  const verified = useLoad(id, async () => (await import('../../api/light.js')).verifyFiles(gateway, [id]));
  return (
    <div className="stack">
      <h2>{t('explorer.file')}</h2>
      <p className="mono break">{id}</p>
      <Content of={verified}>
        {(shown) =>
          shown.files.length === 0 ? (
            <Empty icon="shield" title={t('explorer.file.none')} text={t('explorer.file.none.text')} />
          ) : (
            <>
              <Summary verified={shown} />
              {shown.files.map((file) => (
                <FragmentsOfFile key={file.fileId} file={file} />
              ))}
            </>
          )
        }
      </Content>
    </div>
  );
}
