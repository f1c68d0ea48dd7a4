// SPDX-License-Identifier: Apache-2.0

package demo

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"go.opentelemetry.io/otel/trace/noop"

	"github.com/hopstamp/hopstamp/demo/broker"
	"github.com/hopstamp/hopstamp/demo/client"
	"github.com/hopstamp/hopstamp/demo/connector"
	"github.com/hopstamp/hopstamp/demo/directory"
	"github.com/hopstamp/hopstamp/demo/gateway"
	"github.com/hopstamp/hopstamp/demo/ingress"
	"github.com/hopstamp/hopstamp/demo/message"
	"github.com/hopstamp/hopstamp/demo/tally"
	"github.com/hopstamp/hopstamp/demo/telemetry"
	"github.com/hopstamp/hopstamp/demo/traffic"
	"github.com/hopstamp/hopstamp/demo/vendor"
	"github.com/hopstamp/hopstamp/demo/worker"
)

// platform is everything that runs. Each part that start makes leaves behind how to stop it.
type platform struct {
	rate      float64
	seed      uint64
	directory *directory.Directory
	tally     *tally.Tally
	telemetry *telemetry.Telemetry
	broker    *broker.Broker

	provider, desk, crm *vendor.Vendor
	crmConnector        *connector.CRM
	clients             *client.Fleet
	ingress             map[string]*ingress.Ingress // by region

	stops []func()
}

// start brings the platform up from its far end, so that nothing arrives where nobody is yet.
func start(ctx context.Context, o Options, exporter telemetry.NewExporter, say func(string)) (*platform, error) {
	seed := uint64(o.Seed)
	p := &platform{
		rate: o.Rate, seed: seed, directory: directory.New(seed), tally: &tally.Tally{},
		telemetry: telemetry.New(exporter, say), ingress: map[string]*ingress.Ingress{},
	}
	steps := []func(context.Context) error{
		func(ctx context.Context) error { return p.startBroker(ctx, o.DataDir) },
		p.storeProfiles,
		p.startVendors,
		p.startConnectors,
		p.startGateway,
		p.startIngress,
		p.startTraffic,
	}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return nil, errors.Join(fmt.Errorf("start quickconnect: %w", err), p.stop())
		}
	}
	return p, nil
}

// stop stops the parts in the reverse order, and sends the last spans. Spans
// that the collector does not take in time are not an error of the platform.
func (p *platform) stop() error {
	for i := len(p.stops) - 1; i >= 0; i-- {
		p.stops[i]()
	}
	ctx, cancel := context.WithTimeout(context.Background(), flushTimeout)
	defer cancel()
	if err := p.telemetry.Shutdown(ctx); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("stop telemetry: %w", err)
	}
	return nil
}

func (p *platform) onStop(stop func()) { p.stops = append(p.stops, stop) }

func (p *platform) startBroker(ctx context.Context, folder string) error {
	if folder == "" {
		temporary, err := os.MkdirTemp("", "quickconnect-")
		if err != nil {
			return fmt.Errorf("make a folder for the broker: %w", err)
		}
		p.onStop(func() { _ = os.RemoveAll(temporary) })
		folder = temporary
	}
	started, err := broker.Start(ctx, folder)
	if err != nil {
		return err
	}
	p.broker = started
	p.onStop(started.Stop)
	return nil
}

// storeProfiles fills the store that the ingress reads from.
func (p *platform) storeProfiles(ctx context.Context) error {
	connection, err := p.broker.Connect("setup", noop.Tracer{})
	if err != nil {
		return err
	}
	defer connection.Close()
	profiles, err := connection.Profiles(ctx)
	if err != nil {
		return err
	}
	for _, tenant := range p.directory.Tenants {
		if err := profiles.Store(ctx, tenant.ID, tenant.Plan); err != nil {
			return err
		}
	}
	return nil
}

// startVendors opens the third parties; each takes several times of what it will be offered.
func (p *platform) startVendors(context.Context) error {
	for i, one := range []struct {
		vendor **vendor.Vendor
		terms  vendor.Terms
	}{
		{&p.provider, vendor.PushProvider(p.usualLimit(message.Push))},
		{&p.desk, vendor.HelpDesk(p.usualLimit(message.Ticketing))},
		{&p.crm, vendor.CRM(p.usualLimit(message.CRM))},
	} {
		started, err := vendor.Start(one.terms, p.seed+uint64(i))
		if err != nil {
			return err
		}
		*one.vendor = started
		p.onStop(started.Stop)
	}
	return nil
}

func (p *platform) startConnectors(ctx context.Context) error {
	return errors.Join(p.startPush(ctx), p.startTicketing(ctx), p.startCRM(ctx))
}

func (p *platform) startPush(ctx context.Context) error {
	service, err := p.service("quickconnect-push", "push-1")
	if err != nil {
		return err
	}
	push := connector.NewPush(reach(p.provider), service.Tracer)
	return p.startWorker(ctx, service, worker.Job{
		Channel: message.Push, Group: "push-workers", Hands: 8, Attempts: 6, Backoff: 500 * time.Millisecond,
		Do: push.Deliver,
	})
}

func (p *platform) startTicketing(ctx context.Context) error {
	service, err := p.service("quickconnect-ticketing", "ticketing-1")
	if err != nil {
		return err
	}
	ticketing := connector.NewTicketing(reach(p.desk), service.Tracer)
	return p.startWorker(ctx, service, worker.Job{
		Channel: message.Ticketing, Group: "ticketing-connector", Hands: 6, Attempts: 3, Backoff: time.Second,
		Linked: true, Do: ticketing.Deliver,
	})
}

func (p *platform) startCRM(ctx context.Context) error {
	service, err := p.service("quickconnect-crm", "crm-1")
	if err != nil {
		return err
	}
	p.crmConnector = connector.NewCRM(reach(p.crm), service.Tracer)
	return p.startWorker(ctx, service, worker.Job{
		Channel: message.CRM, Group: "crm-connector", Hands: 4, Attempts: 4, Backoff: time.Second,
		Linked: true, Do: p.crmConnector.Deliver,
	})
}

// startGateway opens the last mile and connects everybody's device to it.
func (p *platform) startGateway(ctx context.Context) error {
	service, err := p.service("quickconnect-gateway", "gateway-1")
	if err != nil {
		return err
	}
	opened, err := gateway.Start(gateway.Service{Directory: p.directory, Tracer: service.Tracer, Tally: p.tally})
	if err != nil {
		return err
	}
	p.onStop(opened.Stop)
	err = p.startWorker(ctx, service, worker.Job{
		Channel: message.WebSocket, Group: "gateway", Hands: 4, Attempts: 5, Backoff: 500 * time.Millisecond,
		Do: opened.Deliver,
	})
	if err != nil {
		return err
	}
	tracer, err := p.telemetry.Service("quickconnect-client", "devices")
	if err != nil {
		return err
	}
	p.clients = client.Start(p.directory.Users(), opened.URL(), tracer, p.seed)
	p.onStop(p.clients.Stop)
	p.onStop(p.drain)
	return nil
}

// startIngress opens one front door per region.
func (p *platform) startIngress(ctx context.Context) error {
	for _, region := range directory.Regions() {
		service, err := p.service("quickconnect-ingress", "ingress-"+region+"-1")
		if err != nil {
			return err
		}
		opened, err := ingress.Start(ctx, ingress.Site{
			Region: region, Directory: p.directory, Connection: service.Connection, Tracer: service.Tracer, Tally: p.tally,
		})
		if err != nil {
			return err
		}
		p.ingress[region] = opened
		p.onStop(func() {
			ctx, cancel := context.WithTimeout(context.Background(), drainTimeout)
			defer cancel()
			opened.Stop(ctx)
		})
	}
	p.onStop(p.mendAll)
	return nil
}

func (p *platform) startTraffic(context.Context) error {
	targets := map[string]string{}
	for region, door := range p.ingress {
		targets[region] = door.URL()
	}
	started := traffic.Start(traffic.Plan{Rate: p.rate, Seed: p.seed, Directory: p.directory, Ingress: targets})
	p.onStop(started.Stop)
	return nil
}

// service opens what every service has: its own telemetry and its own connection to the broker.
func (p *platform) service(name, instance string) (worker.Service, error) {
	tracer, err := p.telemetry.Service(name, instance)
	if err != nil {
		return worker.Service{}, err
	}
	connection, err := p.broker.Connect(instance, tracer)
	if err != nil {
		return worker.Service{}, err
	}
	p.onStop(connection.Close)
	return worker.Service{Connection: connection, Tracer: tracer, Tally: p.tally}, nil
}

func (p *platform) startWorker(ctx context.Context, service worker.Service, job worker.Job) error {
	started, err := worker.Start(ctx, service, job)
	if err != nil {
		return err
	}
	p.onStop(started.Stop)
	return nil
}

// drain lets messages under way arrive, for a bounded time.
func (p *platform) drain() {
	ctx, cancel := context.WithTimeout(context.Background(), drainTimeout)
	defer cancel()
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for ctx.Err() == nil {
		waiting, err := p.broker.Waiting(ctx)
		if err == nil && waiting == 0 && p.tally.Rendered.Load() >= p.tally.Delivered.Load() {
			return
		}
		select {
		case <-look.C:
		case <-ctx.Done():
		}
	}
}

func reach(v *vendor.Vendor) connector.Vendor {
	return connector.Vendor{Name: v.Name(), Client: v.Client()}
}
