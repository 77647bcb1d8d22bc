// A few numbers that matter, large.

export interface Figure {
  readonly label: string;
  readonly value: string;
  readonly hint?: string;
  readonly tone?: 'good' | 'bad' | 'warn';
}

export function Figures({ figures }: { readonly figures: readonly Figure[] }) {
  return (
    <dl className="figures">
      {figures.map(({ label, value, hint, tone = '' }) => (
        <div key={label} className={`card figure ${tone}`}>
          <dt>{label}</dt>
          <dd>{value}</dd>
          {hint === undefined ? null : <dd className="faint">{hint}</dd>}
        </div>
      ))}
    </dl>
  );
}
