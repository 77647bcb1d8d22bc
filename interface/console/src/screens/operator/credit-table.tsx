// The work of the TEE workers of a candidate in the last eras, from which its credit comes.
import type { EraCredit } from '../../api/tee-workers.js';
import { useTexts } from '../../components/context.js';

export function CreditTable({ credit }: { readonly credit: readonly EraCredit[] }) {
  const { t, number, percent } = useTexts();
  if (credit.length === 0) return <p>{t('operator.credit.none')}</p>;
  return (
    <div className="scroll-x">
      <table className="table">
        <caption className="visually-hidden">{t('operator.credit')}</caption>
        <thead>
          <tr>
            <th className="number">{t('explorer.era')}</th>
            <th className="number">{t('operator.credit.share')}</th>
            <th className="number">{t('operator.credit.penalties')}</th>
          </tr>
        </thead>
        <tbody>
          {credit.map(({ era, share, penalties }) => (
            <tr key={era}>
              <td className="number">{number(era)}</td>
              <td className="number">{share === undefined ? '–' : percent(share)}</td>
              <td className="number">{number(penalties)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
