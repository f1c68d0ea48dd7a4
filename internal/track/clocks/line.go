// SPDX-License-Identifier: Apache-2.0

package clocks

import "slices"

// line is the straight line under all points of an envelope that has the least sum
// of distances to them: the edge of their lower convex hull above the mean of
// their times (Zhang, Liu, Xia: Clock synchronization algorithms for network
// measurements, INFOCOM 2002). Its slope is the drift of one clock against the other.
type line struct {
	slope  float64 // per nanosecond
	length int64   // time from the first point to the last

	// How far the nearest quarter of the points is above the line, and above the hull
	// itself. A queue that builds up bends the hull and scatters nothing.
	off, spread int64
}

// fit draws the line. Products are converted before they are added, so that no
// processor fuses the two and every machine gets the same bits.
func (e *envelope) fit() line {
	var hull, all [periods]point
	n, count := 0, 0
	for number := e.newest - periods + 1; number <= e.newest; number++ {
		p := e.lowest[uint64(number)%periods]
		if number < 0 || p.at == 0 {
			continue
		}
		all[count] = p
		count++
		for n >= 2 && !turnsUp(hull[n-2], hull[n-1], p) {
			n--
		}
		hull[n] = p
		n++
	}
	if n < 2 {
		return line{}
	}
	from, to := edgeAbove(hull[:n], meanTime(all[:count]))
	l := line{slope: slope(from, to), length: all[count-1].at - all[0].at}
	var off, spread [periods]int64
	for i, p := range all[:count] {
		off[i] = above(p, from, to)
		left, right := edgeAbove(hull[:n], p.at)
		spread[i] = above(p, left, right)
	}
	slices.Sort(off[:count])
	slices.Sort(spread[:count])
	l.off, l.spread = off[(count+3)/4], spread[(count+3)/4]
	return l
}

func slope(from, to point) float64 { return float64(to.delay-from.delay) / float64(to.at-from.at) }

// above is how far a point is above the line through two others.
func above(p, from, to point) int64 {
	distance := float64(p.delay-from.delay) - float64(slope(from, to)*float64(p.at-from.at))
	return int64(min(max(distance, 0), farthest))
}

// turnsUp tells whether the way over three points bends upwards at the second.
func turnsUp(a, b, c point) bool {
	return float64(float64(b.delay-a.delay)*float64(c.at-b.at)) < float64(float64(c.delay-b.delay)*float64(b.at-a.at))
}

func meanTime(points []point) int64 {
	var sum int64
	for _, p := range points {
		sum += p.at - points[0].at
	}
	return points[0].at + sum/int64(len(points))
}

func edgeAbove(hull []point, at int64) (from, to point) {
	i := 1
	for i < len(hull)-1 && hull[i].at < at {
		i++
	}
	return hull[i-1], hull[i]
}
