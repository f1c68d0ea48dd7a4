// SPDX-License-Identifier: Apache-2.0

package broker

import (
	"context"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"
)

// Profiles is the platform's store of what tenants have bought: plan by tenant.
type Profiles struct{ bucket jetstream.KeyValue }

// Profiles opens the store.
func (c *Connection) Profiles(ctx context.Context) (*Profiles, error) {
	bucket, err := c.streams.KeyValue(ctx, profileBucket)
	if err != nil {
		return nil, fmt.Errorf("open bucket %s: %w", profileBucket, err)
	}
	return &Profiles{bucket: bucket}, nil
}

// Store writes a tenant's plan.
func (p *Profiles) Store(ctx context.Context, tenant, plan string) error {
	if _, err := p.bucket.PutString(ctx, tenant, plan); err != nil {
		return fmt.Errorf("store the profile of %s: %w", tenant, err)
	}
	return nil
}

// Plan reads a tenant's plan from the broker.
func (p *Profiles) Plan(ctx context.Context, tenant string) (string, error) {
	entry, err := p.bucket.Get(ctx, tenant)
	if err != nil {
		return "", fmt.Errorf("read the profile of %s: %w", tenant, err)
	}
	return string(entry.Value()), nil
}
