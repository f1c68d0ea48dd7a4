// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/hopstamp/hopstamp/internal/config"
)

func checkCommand() *cobra.Command {
	var output string
	command := &cobra.Command{
		Use:     "check FILE",
		Short:   "Check a configuration file",
		Long:    "Check a configuration file and say what it means. Exit code 0 when a server would take it, else 1.",
		Example: "  hopstamp check hopstamp.yaml",
		Args:    cobra.ExactArgs(1),
	}
	command.Flags().StringVarP(&output, "output", "o", "text", "text or json")
	command.RunE = func(_ *cobra.Command, args []string) error {
		c, err := config.Load(args[0])
		if err != nil {
			return err
		}
		switch output {
		case "json":
			return json.NewEncoder(os.Stdout).Encode(c)
		case "text":
			fmt.Printf("%s is good: %d paths\n", args[0], len(c.Paths))
			for _, p := range c.Paths {
				until := p.Until
				if until == "" {
					until = "auto"
				}
				fmt.Printf("  %-20s until %s, deadline %v, given up after %v\n", p.Name, until, p.Deadline, p.GiveUp)
			}
			return nil
		}
		return fmt.Errorf("-o %s: give text or json", output)
	}
	return command
}
