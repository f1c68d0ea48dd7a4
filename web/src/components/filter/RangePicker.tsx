// SPDX-License-Identifier: Apache-2.0
import { type Filter, RANGES, RANGE_WORDS } from '../../model/filter';
import { formatClock } from '../../model/instant';
import styles from './filter.module.css';

interface RangePickerProps {
  readonly filter: Filter;
  readonly onChange: (filter: Filter) => void;
}

/** Which time is looked at; a fixed window shows its ends and can be left again. */
export function RangePicker({ filter, onChange }: RangePickerProps) {
  return (
    <div className={styles.ranges} role="group" aria-label="Time range">
      {filter.since !== '' && (
        <span className={styles.window}>
          {formatClock(Date.parse(filter.since))} to {formatClock(Date.parse(filter.until))}
        </span>
      )}
      {RANGES.map((range) => (
        <button
          key={range}
          type="button"
          className="action"
          aria-pressed={filter.since === '' && filter.range === range}
          title={RANGE_WORDS[range]}
          onClick={() => onChange({ ...filter, range, since: '', until: '' })}
        >
          {range}
        </button>
      ))}
    </div>
  );
}
