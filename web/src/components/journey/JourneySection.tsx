// SPDX-License-Identifier: Apache-2.0
import { useElementSize } from '@mantine/hooks';
import { useMemo } from 'react';
import { formatDuration } from '../../model/duration';
import { drawJourney } from '../../model/journey/geometry';
import type { Journey, Stamp } from '../../model/journey/journey';
import page from '../../pages/page.module.css';
import { SPANS_ID } from '../spans/SpanSection';
import { JourneyPicture } from './JourneyPicture';
import styles from './picture.module.css';
import { StampFacts } from './StampFacts';
import type { Selection } from './useSelection';

interface JourneySectionProps {
  readonly journey: Journey;
  readonly selection: Selection;
}

/** The journey as a picture, its controls, and what is known of the stamp that is picked. */
export function JourneySection({ journey, selection }: JourneySectionProps) {
  const { ref, width } = useElementSize();
  const { delivery, unfolded, toScale } = selection;
  const picture = useMemo(
    () => (width === 0 ? null : drawJourney(journey, { width, selected: delivery, unfolded, fold: !toScale })),
    [journey, width, delivery, unfolded, toScale],
  );
  const picked = journey.stamps.find((stamp) => stamp.index === selection.stamp);
  const foldable = picture !== null && (picture.folded || toScale);
  const many = picture !== null && (unfolded || picture.lanes.some((lane) => lane.rows.some((row) => row.folded)));
  const openSpan = (stamp: Stamp) => {
    selection.change({ spans: true, span: stamp.spanId });
    document.getElementById(SPANS_ID)?.scrollIntoView();
  };
  return (
    <section className={page.block} aria-labelledby="journey-title">
      <div className={styles.head}>
        <h2 id="journey-title">
          Journey <span className="quiet">hatched is waiting, solid is working</span>
        </h2>
        <div className={styles.controls}>
          {picture?.deadlineX === null && journey.deadlineMicros > 0 && <span className="quiet">deadline {formatDuration(journey.deadlineMicros)}, right of the picture</span>}
          {foldable && (
            <button type="button" className="action" aria-pressed={toScale} onClick={() => selection.change({ toScale: !toScale })}>
              True to scale
            </button>
          )}
          {many && (
            <button type="button" className="action" aria-pressed={unfolded} onClick={() => selection.change({ unfolded: !unfolded })}>
              All lanes
            </button>
          )}
        </div>
      </div>
      <div ref={ref} className={styles.frame} style={{ minHeight: picture?.height ?? 240 }}>
        {picture && <JourneyPicture picture={picture} journey={journey} selection={selection} />}
      </div>
      {picked && <StampFacts stamp={picked} journey={journey} onClose={() => selection.change({ stamp: null })} onSpan={() => openSpan(picked)} />}
    </section>
  );
}
