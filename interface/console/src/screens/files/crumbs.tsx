// The path of a folder; its last part is the heading of the page.
import { useTexts } from '../../components/context.js';
import { hrefOf } from '../../router.js';

export function Crumbs({ bucket, prefix }: { readonly bucket: string; readonly prefix: string }) {
  const { t } = useTexts();
  const names = prefix.split('/').filter((_, index, all) => index < all.length - 1);
  const levels = [
    { label: t('files.title'), parts: ['files'] },
    { label: bucket, parts: ['files', bucket] },
    ...names.map((label, index) => ({
      label,
      parts: ['files', bucket, `${names.slice(0, index + 1).join('/')}/`],
    })),
  ];
  const last = levels.pop();
  return (
    <div className="crumbs">
      <nav aria-label={t('files.crumbs')} className="crumbs">
        <ol>
          {levels.map(({ label, parts }) => (
            <li key={parts.join(' ')}>
              <a href={hrefOf(parts)} className="break">
                {label}
              </a>
            </li>
          ))}
        </ol>
        <span className="faint" aria-hidden="true">
          /
        </span>
      </nav>
      <h1 tabIndex={-1} className="break">
        {last?.label}
      </h1>
    </div>
  );
}
