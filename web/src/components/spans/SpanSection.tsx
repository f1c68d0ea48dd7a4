// SPDX-License-Identifier: Apache-2.0
import { useQuery } from '@tanstack/react-query';
import { spansQuery } from '../../api/spans';
import type { Journey } from '../../model/journey/journey';
import { spansSummary } from '../../model/spans/span';
import page from '../../pages/page.module.css';
import type { Selection } from '../journey/useSelection';
import tables from '../journey/tables.module.css';
import { Problem } from '../notice/Problem';
import { Waiting } from '../notice/Waiting';
import { SpanTable } from './SpanTable';

/** Where a stamp's door to its span leads. */
export const SPANS_ID = 'spans';

interface SpanSectionProps {
  readonly journey: Journey;
  readonly selection: Selection;
}

/** Everything that was sent of this message; read when it is opened. */
export function SpanSection({ journey, selection }: SpanSectionProps) {
  const { data, error, refetch } = useQuery({ ...spansQuery(journey.key, journey.stamps.length), enabled: selection.spans });
  return (
    <details
      id={SPANS_ID}
      className={`${page.block} ${tables.folder}`}
      open={selection.spans}
      data-testid="spans"
      onToggle={(event) => {
        if (event.currentTarget.open !== selection.spans) selection.change({ spans: event.currentTarget.open });
      }}
    >
      <summary>
        Spans <span className="quiet">{data ? spansSummary(data, journey) : 'with everything that was sent'}</span>
      </summary>
      {error && !data ? (
        <Problem error={error} retry={() => void refetch()} />
      ) : !data ? (
        selection.spans && <Waiting height={160} />
      ) : data.length === 0 ? (
        <p className="quiet">None of its spans were kept, and the log no longer holds them. Its deliveries and their verdicts above still stand.</p>
      ) : (
        <SpanTable spans={data} journey={journey} selection={selection} />
      )}
    </details>
  );
}
