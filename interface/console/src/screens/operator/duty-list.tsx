// "What to do now": the duties of a role in words.
import { useTexts } from '../../components/context.js';
import type { Texts } from '../../i18n/texts.js';
import type { Duty, DutyValue } from './duty.js';

export function DutyList({ duties }: { readonly duties: readonly Duty[] }) {
  const texts = useTexts();
  const { t } = texts;
  return (
    <section className="stack tight" aria-label={t('operator.now')}>
      <h2>{t('operator.now')}</h2>
      {duties.length === 0 ? (
        <p className="notice good">{t('operator.now.nothing')}</p>
      ) : (
        <ul className="stack tight plain">
          {duties.map((duty) => {
            const text = dutyText(duty, texts);
            return (
              <li key={text} className={`notice ${duty.tone}`}>
                {text}
              </li>
            );
          })}
        </ul>
      )}
    </section>
  );
}

export function dutyText({ text, values = {} }: Duty, texts: Texts): string {
  const shown = Object.entries(values).map(([name, value]) => [name, shownValue(value, texts)] as const);
  return texts.t(text, Object.fromEntries(shown));
}

function shownValue(value: DutyValue, { number, bytes, tokens }: Texts): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'bigint') return tokens(value);
  return typeof value === 'number' ? number(value) : bytes(value.bytes);
}
