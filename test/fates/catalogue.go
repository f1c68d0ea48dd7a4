// SPDX-License-Identifier: Apache-2.0

package fates

import "math/rand/v2"

// Config is the configuration of the server that the fates are told for.
const Config = `
paths:
  - name: chat
    match: {service: gateway, route: /v1/chat}
    until: rendered
    deadline: 5s
    give_up: 6h
  - name: push
    match: {service: gateway, route: /v1/push}
    deadline: 3s
    give_up: 5m
  - name: tickets
    match: {service: gateway, route: /v1/tickets}
    deadline: 10s
    give_up: 6h
`

// fate is one of the ways that a message goes.
type fate struct {
	name   string
	weight int // of totalWeight
	tell   func(*teller)
}

const totalWeight = 100

// catalogue is every fate. The paths and their times are those of Config.
func catalogue() [15]fate {
	return [...]fate{
		{"push in time", 26, pushInTime},
		{"push late", 6, pushLate},
		{"push failed", 4, pushFailed},
		{"push retried", 6, pushRetried},
		{"push never published", 3, pushNeverPublished},
		{"push never consumed", 3, pushNeverConsumed},
		{"ticket by link", 14, ticketByLink},
		{"ticket dead-lettered", 4, ticketDeadLettered},
		{"ticket expired", 2, ticketExpired},
		{"chat to three", 10, chatToThree},
		{"chat to two", 6, chatToTwo},
		{"chat never published", 2, chatNeverPublished},
		{"chat never consumed", 2, chatNeverConsumed},
		{"order", 9, order},
		{"order to two services", 3, orderToTwoServices},
	}
}

func pick(random *rand.Rand) fate {
	all, at := catalogue(), random.IntN(totalWeight)
	for _, f := range all {
		if at -= f.weight; at < 0 {
			return f
		}
	}
	return all[0]
}
