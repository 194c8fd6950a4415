// The same receiver as a Go programmer would write it with the standard library: HMAC over the raw body, JSON decoded into
// structs and checked, appended to a file, answered after an fsync that all waiting requests share. For comparison only.
package main

import (
	"bufio"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"flag"
	"io"
	"log"
	"net/http"
	"os"
)

type record struct {
	body []byte
	done chan error
}

// write appends whatever is queued, syncs once, and tells everybody who waits.
func write(file *os.File, queue <-chan record, sync bool) {
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
		if sync {
			if e := file.Sync(); e != nil {
				err = e
			}
		}
		for _, item := range waiting {
			item.done <- err
		}
	}
}

type receiver struct {
	secret []byte
	check  func(body []byte) error
	queue  chan<- record
}

func (it receiver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 8<<20))
	if err != nil {
		http.Error(w, "body", http.StatusBadRequest)
		return
	}
	mac := hmac.New(sha256.New, it.secret)
	mac.Write(body)
	given, err := hex.DecodeString(r.Header.Get("X-Flagsmith-Signature"))
	if err != nil || !hmac.Equal(given, mac.Sum(nil)) {
		http.Error(w, "signature", http.StatusUnauthorized)
		return
	}
	if err := it.check(body); err != nil {
		http.Error(w, "message", http.StatusUnprocessableEntity)
		return
	}
	done := make(chan error, 1)
	it.queue <- record{body, done}
	if err := <-done; err != nil {
		http.Error(w, "store", http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	io.WriteString(w, `{"status":"accepted"}`)
}

func main() {
	address := flag.String("listen", "127.0.0.1:0", "address")
	path := flag.String("file", "events.log", "where events go")
	secret := flag.String("secret", "", "webhook secret")
	sync := flag.Bool("sync", true, "answer only after an fsync")
	certificate := flag.String("certificate", "", "TLS 1.3 with this certificate")
	key := flag.String("key", "", "and this key")
	flag.Parse()

	file, err := os.OpenFile(*path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		log.Fatal(err)
	}
	queue := make(chan record, 4096)
	go write(file, queue, *sync)

	http.Handle("/environment-webhook", receiver{[]byte(*secret), checkFlags, queue})
	http.Handle("/identity-webhook", receiver{[]byte(*secret), checkIdentity, queue})
	server := http.Server{
		Addr:         *address,
		TLSConfig:    &tls.Config{MinVersion: tls.VersionTLS13, SessionTicketsDisabled: true},
		TLSNextProto: map[string]func(*http.Server, *tls.Conn, http.Handler){}, // HTTP/1.1, as the sender speaks
	}
	if *certificate != "" {
		log.Fatal(server.ListenAndServeTLS(*certificate, *key))
	}
	log.Fatal(server.ListenAndServe())
}
