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
	for _, f := range a.folds {
		f.mu.Lock()
		f.tracker.Reconfigure(options.Paths, options.Default)
		f.config = c
		f.mu.Unlock()
	}
	a.options.Config = c
	return nil
}
