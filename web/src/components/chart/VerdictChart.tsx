// SPDX-License-Identifier: Apache-2.0
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { bandDoor, windowDoor } from '../../model/door';
import { type Filter, filterToSearch } from '../../model/filter';
import { formatMinute } from '../../model/instant';
import { countOf, formatCount } from '../../model/number';
import { bandTotal, isBandEstimated, type Series } from '../../model/series';
import { BAND_WORDS, type Band } from '../../model/verdict';
import { Swatch } from '../state/Swatch';
import { Approx } from '../text/Approx';
import { Door } from '../text/Door';
import styles from './chart.module.css';
import { StackPlot } from './StackPlot';

/** From the bottom of the stack up; what is compared most stands on the ground line. */
const ALL: readonly Band[] = ['in_time', 'late', 'waiting', 'bad', 'unknown'];
const NOT_IN_TIME: readonly Band[] = ['bad', 'late', 'waiting', 'unknown'];

/** Verdicts over time: everything, and below it what is not in time on a scale of its own. */
export function VerdictChart({ series, filter }: { readonly series: Series; readonly filter: Filter }) {
  const [hovered, setHovered] = useState<number | null>(null);
  const navigate = useNavigate();
  const pick = (index: number) => {
    const start = (series.starts[index] ?? 0) * 1000;
    void navigate({ pathname: '/messages', search: filterToSearch(windowDoor(filter, start, start + series.stepSeconds * 1000)) });
  };
  const perStep = series.stepSeconds === 60 ? 'a minute' : `in ${series.stepSeconds / 60} min`;
  return (
    <section aria-labelledby="verdicts-title">
      <div className={styles.head}>
        <h2 id="verdicts-title">
          Verdicts over time <span className="quiet">deliveries {perStep}, by when the message began</span>
        </h2>
        <Legend series={series} filter={filter} hovered={hovered} />
      </div>
      <StackPlot series={series} bands={ALL} height={132} timeAxis={false} label={`All ${countOf(series.total, 'delivery', 'deliveries')} over time by verdict`} onHover={setHovered} onPick={pick} />
      <p className={styles.caption}>
        not in time, on its own scale{series.partial.size > 0 && (series.stepSeconds === 60 ? '; paler is not a whole minute' : `; paler is not whole ${series.stepSeconds / 60} min`)}
      </p>
      <StackPlot series={series} bands={NOT_IN_TIME} height={96} timeAxis label="Deliveries not in time, by verdict" onHover={setHovered} onPick={pick} />
    </section>
  );
}

interface LegendProps {
  readonly series: Series;
  readonly filter: Filter;
  readonly hovered: number | null;
}

/** Names the bands and counts them: over the whole range, or in the step under the pointer. */
function Legend({ series, filter, hovered }: LegendProps) {
  const start = hovered === null ? undefined : series.starts[hovered];
  const count = (band: Band) => (hovered === null ? bandTotal(series, band) : (series.bands[band][hovered] ?? 0));
  return (
    <ul className={styles.legend}>
      <li className={styles.when}>{start === undefined ? '' : `${formatMinute(start * 1000)} to ${formatMinute((start + series.stepSeconds) * 1000)}`}</li>
      {ALL.map((band) => (
        <li key={band}>
          <Swatch band={band} />
          <Door to={bandDoor(filter, band)} title={`Open the deliveries that are ${BAND_WORDS[band]}`}>
            {BAND_WORDS[band]}
          </Door>
          <span className={styles.number}>
            <Approx estimated={isBandEstimated(series, band, hovered)} />
            {formatCount(count(band))}
          </span>
        </li>
      ))}
    </ul>
  );
}
