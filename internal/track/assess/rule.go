// SPDX-License-Identifier: Apache-2.0

package assess

import (
	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/track/state"
)

// rule tells what joined a node to the one that it continues, and how sure that is.
func (n *node) rule(st *state.State, above *node) (journey.Rule, journey.Confidence) {
	switch {
	case n.Via != 0:
	case n.By == state.ByMessageID:
		return journey.ByID, journey.Certain
	case n.By == state.ByCoordinate && n.Cluster != 0 && above.Cluster != 0:
		return journey.ByCoordinate, journey.Certain
	case n.By == state.ByCoordinate:
		return journey.ByCoordinate, journey.Probable
	case n.By == state.BesideIt:
		return journey.ByParent, journey.Probable
	default:
		return journey.ByParent, journey.Certain
	}
	edge := st.Edges.At(n.Via)
	if edge.To == 0 { // it only tells the messages of a send apart
		return journey.ByParent, journey.Certain
	}
	target := st.Find(edge.To, st.Groups.At(edge.To), edge.Target, 0)
	switch edge.By {
	case state.ByMessageID, state.ByKey, state.ByClient:
		return journey.ByID, journey.Certain
	case state.ByCoordinate:
		if n.Cluster != 0 && target != 0 && st.Profiles.At(st.Stamps.At(target).Profile).Cluster != 0 {
			return journey.ByCoordinate, journey.Certain
		}
		return journey.ByCoordinate, journey.Probable
	case state.ByConversation:
		return journey.ByConversation, journey.Weak
	}
	if target == 0 {
		return journey.ByLink, journey.Probable
	}
	return journey.ByLink, journey.Certain
}
