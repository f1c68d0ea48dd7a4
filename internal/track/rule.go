// SPDX-License-Identifier: Apache-2.0

package track

import "github.com/hopstamp/hopstamp/internal/journey"

// rule tells what joined a node to the one that it continues, and how sure that is.
func (n *node) rule(t *State, above *node) (journey.Rule, journey.Confidence) {
	switch {
	case n.via != 0:
	case n.by == byMessageID:
		return journey.ByID, journey.Certain
	case n.by == byCoordinate && n.Cluster != 0 && above.Cluster != 0:
		return journey.ByCoordinate, journey.Certain
	case n.by == byCoordinate:
		return journey.ByCoordinate, journey.Probable
	case n.by == besideIt:
		return journey.ByParent, journey.Probable
	default:
		return journey.ByParent, journey.Certain
	}
	edge := t.edges.At(n.via)
	if edge.to == 0 { // it only tells the messages of a send apart
		return journey.ByParent, journey.Certain
	}
	target := t.find(edge.to, t.groups.at(edge.to), edge.target, 0)
	switch edge.by {
	case byMessageID, byKey, byClient:
		return journey.ByID, journey.Certain
	case byCoordinate:
		if n.Cluster != 0 && target != 0 && t.profiles.at(t.stamps.at(target).profile).Cluster != 0 {
			return journey.ByCoordinate, journey.Certain
		}
		return journey.ByCoordinate, journey.Probable
	case byConversation:
		return journey.ByConversation, journey.Weak
	}
	if target == 0 {
		return journey.ByLink, journey.Probable
	}
	return journey.ByLink, journey.Certain
}
