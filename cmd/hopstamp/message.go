// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/hopstamp/hopstamp/internal/api"
	"github.com/hopstamp/hopstamp/internal/config"
	"github.com/hopstamp/hopstamp/internal/terminal"
)

func messageCommand() *cobra.Command {
	var server, output string
	command := &cobra.Command{
		Use:   "message KEY",
		Short: "Show what happened to a message",
		Long: "Show what happened to a message, as text to read or to paste into a chat. KEY is a message\n" +
			"key, message id, conversation id or trace id. Exit code 0 when it is known, 3 when it is not,\n" +
			"1 when the server could not be asked.",
		Example: "  hopstamp message 4bf92f3577b34da6a3ce929d0e0e4736\n  hopstamp message order-17 -o json | jq .deliveries",
		Args:    cobra.ExactArgs(1),
	}
	command.Flags().StringVar(&server, "server", "http://"+config.Default().Listen, "`address` of the server")
	command.Flags().StringVarP(&output, "output", "o", "text", "text or json")
	command.RunE = func(command *cobra.Command, args []string) error {
		if output != "text" && output != "json" {
			return fmt.Errorf("-o %s: give text or json", output)
		}
		answer, err := ask(command, server, "/api/v1/messages/"+url.PathEscape(args[0]))
		if err != nil {
			return err
		}
		if output == "json" {
			_, err = os.Stdout.Write(append(answer, '\n'))
			return err
		}
		var m api.Message
		if err := json.Unmarshal(answer, &m); err != nil {
			return fmt.Errorf("read the server's answer: %w", err)
		}
		_, err = io.WriteString(os.Stdout, terminal.Journey(&m))
		return err
	}
	return command
}

// ask a server. A problem that it answers with becomes the error; 404 becomes errUnknown.
func ask(command *cobra.Command, server, path string) ([]byte, error) {
	if !strings.Contains(server, "://") {
		server = "http://" + server
	}
	request, err := http.NewRequestWithContext(command.Context(), http.MethodGet, strings.TrimSuffix(server, "/")+path, nil)
	if err != nil {
		return nil, fmt.Errorf("--server %s: %w", server, err)
	}
	response, err := (&http.Client{Timeout: 30 * time.Second}).Do(request)
	if err != nil {
		return nil, fmt.Errorf("ask the server (is hopstamp running there? see --server): %w", err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, fmt.Errorf("read the server's answer: %w", err)
	}
	if response.StatusCode == http.StatusOK {
		return answer, nil
	}
	var problem struct{ Title, Detail string }
	if json.Unmarshal(answer, &problem) != nil || problem.Detail == "" {
		problem.Detail = response.Status
	}
	if response.StatusCode == http.StatusNotFound {
		fmt.Fprintln(os.Stderr, "hopstamp:", problem.Detail)
		return nil, errUnknown
	}
	return nil, errors.New(problem.Detail)
}
