// The same receiver as a Go programmer would write it with the standard library: HMAC over the raw body, JSON decoded into
// structs and checked, appended to a file, answered after an fsync that all waiting requests share. For comparison only.
package main

import (
	"bufio"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"log"
	"net/http"
	"os"
	"time"
)

type feature struct {
	ID             *int64  `json:"id"`
	Name           *string `json:"name"`
	CreatedDate    *string `json:"created_date"`
	Description    *string `json:"description"`
	InitialValue   *string `json:"initial_value"`
	DefaultEnabled *bool   `json:"default_enabled"`
	Type           *string `json:"type"`
}

type evaluation struct {
	ID                *int64   `json:"id"`
	Enabled           *bool    `json:"enabled"`
	Environment       *int64   `json:"environment"`
	Feature           *feature `json:"feature"`
	FeatureSegment    *int64   `json:"feature_segment"`
	FeatureStateValue any      `json:"feature_state_value"`
	Identity          *int64   `json:"identity"`
}

type payload struct {
	Data      []evaluation `json:"data"`
	EventType string       `json:"event_type"`
	Timestamp string       `json:"timestamp"`
}

func check(body []byte) error {
	var message payload
	if err := json.Unmarshal(body, &message); err != nil {
		return err
	}
	if message.EventType != "FLAG_UPDATED" {
		return errors.New("event_type")
	}
	if _, err := time.Parse(time.RFC3339Nano, message.Timestamp); err != nil {
		return err
	}
	for _, item := range message.Data {
		if item.Feature == nil || item.Feature.Name == nil {
			return errors.New("feature")
		}
	}
	return nil
}

type record struct {
	body []byte
	done chan error
}

// write appends whatever is queued, syncs once, and tells everybody who waits.
func write(file *os.File, queue <-chan record) {
	out := bufio.NewWriterSize(file, 1<<20)
	var waiting []record
	for first := range queue {
		waiting = append(waiting[:0], first)
	collect:
		for len(waiting) < 1024 {
			select {
			case more := <-queue:
				waiting = append(waiting, more)
			default:
				break collect
			}
		}
		var err error
		for _, item := range waiting {
			if _, e := out.Write(append(item.body, '\n')); e != nil {
				err = e
			}
		}
		if e := out.Flush(); e != nil {
			err = e
		}
		if e := file.Sync(); e != nil {
			err = e
		}
		for _, item := range waiting {
			item.done <- err
		}
	}
}

func main() {
	address := flag.String("listen", "127.0.0.1:0", "address")
	path := flag.String("file", "events.log", "where events go")
	secret := flag.String("secret", "", "webhook secret")
	flag.Parse()

	file, err := os.OpenFile(*path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		log.Fatal(err)
	}
	queue := make(chan record, 4096)
	go write(file, queue)

	http.HandleFunc("/environment-webhook", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 8<<20))
		if err != nil {
			http.Error(w, "body", http.StatusBadRequest)
			return
		}
		mac := hmac.New(sha256.New, []byte(*secret))
		mac.Write(body)
		given, err := hex.DecodeString(r.Header.Get("X-Flagsmith-Signature"))
		if err != nil || !hmac.Equal(given, mac.Sum(nil)) {
			http.Error(w, "signature", http.StatusUnauthorized)
			return
		}
		if err := check(body); err != nil {
			http.Error(w, "message", http.StatusUnprocessableEntity)
			return
		}
		done := make(chan error, 1)
		queue <- record{body, done}
		if err := <-done; err != nil {
			http.Error(w, "store", http.StatusServiceUnavailable)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, `{"status":"accepted"}`)
	})
	log.Fatal(http.ListenAndServe(*address, nil))
}
