// SPDX-License-Identifier: Apache-2.0
import { useElementSize } from '@mantine/hooks';
import { formatDuration } from '../../model/duration';
import { bandDoor, nowFilter, slowerDoor, stuckDoor } from '../../model/door';
import { type Filter, narrow } from '../../model/filter';
import { formatCount } from '../../model/number';
import { hopName, type Path, worstHop } from '../../model/path';
import { drawPath, stackPath } from '../../model/pathPicture';
import { tailWords } from '../../model/sentence';
import { hopWords } from '../../model/verdict';
import { Approx } from '../text/Approx';
import { Count } from '../text/Count';
import { Door } from '../text/Door';
import { Detours } from './Detours';
import { LearnedSection } from './LearnedSection';
import { PathLine } from './PathLine';
import styles from './path.module.css';

/** The longest bar of a narrow page leaves a little paper at its right. */
const NARROW_BAR = 0.96;

interface PathSectionProps {
  readonly path: Path;
  /** Whether the number of its deliveries is an estimate. */
  readonly estimated: boolean;
  readonly filter: Filter;
}

/** One path as a picture, with what is asked of it and how long it takes. */
export function PathSection({ path, estimated, filter }: PathSectionProps) {
  const { ref, width } = useElementSize();
  const picture = drawPath(path, width);
  const stacked = picture.leastWidth > width;
  const own = narrow(filter, { path: [path.name] });
  const worst = worstHop(path);
  return (
    <section className={styles.path} aria-label={`Path ${path.name}`} data-testid={`path-${path.name}`}>
      <header className={styles.head}>
        <h3>
          <Door to={own}>{path.name}</Door>
        </h3>
        <p className="quiet">
          {path.match.length > 0 && <span>{path.match.map(([, value]) => value).join(' ')}, </span>}
          until {path.until === 'auto' ? 'its end' : path.until} within {formatDuration(path.deadlineMicros)}
        </p>
        <p className={styles.numbers}>
          <span>
            <Approx estimated={estimated} />
            <Door to={own}>{formatCount(path.deliveries)}</Door> deliveries
          </span>
          <span>
            <Count count={path.inFlight} to={bandDoor(nowFilter(own), 'waiting')} label="deliveries in flight" /> in flight
          </span>
          <span data-bad={path.stuck > 0}>
            <Count count={path.stuck} to={stuckDoor(nowFilter(own))} label="stuck deliveries" /> stuck
          </span>
          <span title={`Over ${formatCount(path.latency.count)} fulfilled deliveries of this range`}>
            p50 <Slower than={path.latency.p50Micros} filter={own} />, p95 <Slower than={path.latency.p95Micros} filter={own} />, p99 <Slower than={path.latency.p99Micros} filter={own} />
          </span>
        </p>
      </header>
      <div ref={ref}>
        {width > 0 && <PathLine picture={stacked ? stackPath(path, width * NARROW_BAR) : picture} filter={own} stacked={stacked} />}
      </div>
      <Detours path={path} filter={own} />
      <LearnedSection path={path} />
      {worst && <p className="hidden">{`Slowest hop: ${hopWords(hopName(worst))}, ${tailWords(worst.tailShare, worst.tailWaitShare)}`}</p>}
    </section>
  );
}

/** A quantile opens as the deliveries above it. */
function Slower({ than, filter }: { readonly than: number; readonly filter: Filter }) {
  return (
    <Door to={slowerDoor(filter, than)} title="Open the deliveries that took longer">
      {formatDuration(than)}
    </Door>
  );
}
