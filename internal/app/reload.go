// SPDX-License-Identifier: Apache-2.0

package app

import (
	"errors"
	"reflect"

	"github.com/hopstamp/hopstamp/internal/config"
)

// Reload applies another configuration: all of it, or nothing and an error. Paths
// and defaults can change while the server runs, the rest cannot.
func (a *App) Reload(c config.Config) error {
	same := a.options.Config
	same.Paths, same.Defaults = c.Paths, c.Defaults
	if !reflect.DeepEqual(same, c) {
		return errors.New("only paths and defaults can change while the server runs; restart it for the rest")
	}
	options, err := trackOptions(c)
	if err != nil {
		return err
	}
	a.fold.mu.Lock()
	defer a.fold.mu.Unlock()
	a.fold.tracker.Reconfigure(options.Paths, options.Default)
	a.fold.config, a.options.Config = c, c
	return nil
}
