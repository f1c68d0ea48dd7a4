// SPDX-License-Identifier: Apache-2.0
import { useState } from 'react';
import { formatDuration, formatOffset } from '../../model/duration';
import { formatAbsolute } from '../../model/instant';
import type { Journey } from '../../model/journey/journey';
import { formatCount } from '../../model/number';
import { keepingWords, type Span, spanOffsets, weightWords } from '../../model/spans/span';
import type { Selection } from '../journey/useSelection';
import tables from '../journey/tables.module.css';
import { moveFocus } from '../list/moveFocus';
import { StateIcon } from '../state/StateIcon';
import { SpanFacts } from './SpanFacts';

const SHOWN = 30;

interface SpanTableProps {
  readonly spans: readonly Span[];
  readonly journey: Journey;
  readonly selection: Selection;
}

/** The spans by the time that their senders gave them; one opens as all that it says. */
export function SpanTable({ spans, journey, selection }: SpanTableProps) {
  const [all, setAll] = useState(false);
  const offsets = spanOffsets(spans, journey);
  const shown = spans.filter((span, place) => all || place < SHOWN || span.spanId === selection.span);
  const rest = spans.length - shown.length;
  return (
    <>
      <div className={tables.scroll}>
        <table className={tables.table} data-testid="span-table">
          <thead>
            <tr>
              <th className={tables.number}>after</th>
              <th className={tables.number}>took</th>
              <th>service</th>
              <th>span</th>
              <th>kind</th>
              <th>status</th>
              <th>kept because</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((span) => (
              <SpanLine key={`${span.traceId} ${span.spanId}`} span={span} offset={offsets.get(span.spanId) ?? 0} keeping={keepingWords(span, journey)} selection={selection} />
            ))}
          </tbody>
        </table>
      </div>
      {rest > 0 && (
        <button type="button" className={`plain ${tables.more}`} onClick={() => setAll(true)}>
          {formatCount(rest)} more
        </button>
      )}
    </>
  );
}

interface SpanLineProps {
  readonly span: Span;
  readonly offset: number;
  readonly keeping: string;
  readonly selection: Selection;
}

function SpanLine({ span, offset, keeping, selection }: SpanLineProps) {
  const open = selection.span === span.spanId;
  const pick = () => selection.change({ span: open ? '' : span.spanId });
  const weight = weightWords(span.weight);
  return (
    <>
      <tr tabIndex={0} data-row aria-expanded={open} onKeyDown={(event) => moveFocus(event, pick)} onClick={pick} style={{ cursor: 'pointer' }}>
        <td className={tables.number} title={formatAbsolute(span.start)}>
          {formatOffset(offset)}
        </td>
        <td className={tables.number}>{formatDuration(span.durationMicros)}</td>
        <td>{span.service}</td>
        <th scope="row">
          <span aria-hidden className={tables.caret}>
            {open ? '▾' : '▸'}
          </span>
          {span.name}
        </th>
        <td className="quiet">{span.kind}</td>
        <td>{span.error ? <span className={tables.failed}><StateIcon mark="bad" /> error</span> : <span className="quiet">ok</span>}</td>
        <td>
          <span className={span.kept === '' ? 'quiet' : undefined}>{keeping}</span>
          {weight !== '' && <span className="quiet">, {weight}</span>}
        </td>
      </tr>
      {open && (
        <tr className={tables.detail}>
          <td colSpan={7}>
            <SpanFacts span={span} />
          </td>
        </tr>
      )}
    </>
  );
}
