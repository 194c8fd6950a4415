// Sends the bodies of a file at a fixed rate over keep-alive connections, and prints how long the answers took. Open loop: a
// request is due at its time whether or not others are answered, and its latency counts from that time.
package main

import (
	"bufio"
	"flag"
	"fmt"
	"io"
	"log"
	"math/rand"
	"net"
	"net/http"
	"os"
	"sort"
	"strings"
	"sync"
	"time"
)

func requests(file, path string) []string {
	content, err := os.ReadFile(file)
	if err != nil {
		log.Fatal(err)
	}
	var all []string
	for _, line := range strings.Split(strings.TrimSpace(string(content)), "\n") {
		signature, body, _ := strings.Cut(line, "\t")
		all = append(all, fmt.Sprintf("POST %s HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n"+
			"X-Flagsmith-Signature: %s\r\nContent-Length: %d\r\n\r\n%s", path, signature, len(body), body))
	}
	return all
}

// send takes the times at which requests are due, and notes how late each answer was.
func send(address string, bodies []string, due <-chan time.Time, late *[]time.Duration) {
	connection, err := net.Dial("tcp", address)
	if err != nil {
		log.Fatal(err)
	}
	defer connection.Close()
	answers := bufio.NewReader(connection)
	for at := range due {
		if _, err := io.WriteString(connection, bodies[rand.Intn(len(bodies))]); err != nil {
			log.Fatal(err)
		}
		answer, err := http.ReadResponse(answers, nil)
		if err != nil {
			log.Fatal(err)
		}
		io.Copy(io.Discard, answer.Body)
		answer.Body.Close()
		if answer.StatusCode/100 != 2 {
			log.Fatal(answer.Status)
		}
		*late = append(*late, time.Since(at))
	}
}

func main() {
	address := flag.String("address", "", "HOST:PORT of the server")
	path := flag.String("path", "/", "where to post")
	file := flag.String("bodies", "", "a line each: signature, tab, body")
	rate := flag.Float64("rate", 1000, "requests a second")
	seconds := flag.Float64("seconds", 2, "for how long")
	connections := flag.Int("connections", 64, "how many")
	flag.Parse()

	bodies := requests(*file, *path)
	due := make(chan time.Time, int(*rate**seconds)+1)
	late := make([][]time.Duration, *connections)
	var all sync.WaitGroup
	for i := range late {
		all.Add(1)
		go func(i int) {
			defer all.Done()
			send(*address, bodies, due, &late[i])
		}(i)
	}
	begin := time.Now()
	for sent := 0; ; {
		elapsed := time.Since(begin).Seconds()
		if elapsed >= *seconds {
			break
		}
		for ; float64(sent) < elapsed**rate; sent++ {
			due <- begin.Add(time.Duration(float64(sent) / *rate * 1e9))
		}
		time.Sleep(100 * time.Microsecond)
	}
	close(due)
	all.Wait()

	var sorted []time.Duration
	for _, some := range late {
		sorted = append(sorted, some...)
	}
	sort.Slice(sorted, func(a, b int) bool { return sorted[a] < sorted[b] })
	at := func(share float64) int64 { return sorted[int(float64(len(sorted)-1)*share)].Microseconds() }
	fmt.Printf("%d %d %d %d\n", len(sorted), at(0.5), at(0.99), at(0.999)) // count, microseconds
}
