// A choice of the bucket whose policy a simulation takes in.
import { readBuckets } from '../../api/buckets.js';
import { useTexts } from '../../components/context.js';
import { reasonOf } from '../../components/states.js';
import { useLoad } from '../../components/use-load.js';

interface BucketChoiceProps {
  /** Empty: none. */
  readonly value: string;
  readonly onChange: (bucket: string) => void;
}

export function BucketChoice({ value, onChange }: BucketChoiceProps) {
  const texts = useTexts();
  const { t } = texts;
  const buckets = useLoad('buckets of the account', readBuckets);
  return (
    <label className="field">
      <span>{t('simulate.bucket')}</span>
      <select className="input" value={value} onChange={(event) => onChange(event.target.value)}>
        <option value="">{t('simulate.bucket.none')}</option>
        {buckets.status === 'ready'
          ? buckets.value.map(({ name }) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))
          : null}
      </select>
      {buckets.status === 'failed' ? <small className="wrong">{reasonOf(buckets.error, texts)}</small> : null}
    </label>
  );
}
