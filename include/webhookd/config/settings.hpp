#pragma once

#include "webhookd/base/secret.hpp"
#include "webhookd/base/units.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

/// The configuration as structs (contract: section 2). Defaults stand here and nowhere else.
namespace webhookd::config {

using namespace webhookd::literals;
using namespace std::chrono_literals;

struct Tls {
    bool enabled = true; // `tls = false` turns it off
    std::filesystem::path certificate;
    std::filesystem::path key;
    std::string min_version = "1.2"; // "1.2" or "1.3"
    std::filesystem::path client_ca; // not empty: mutual TLS
};

struct Unavailable {
    enum class Answer : std::uint8_t { disconnect, service_unavailable };
    Duration wait = 7s;
    Answer answer = Answer::disconnect;
};

struct Listen {
    std::string address = "[::]:8443"; // "host:port", "unix:/run/x.sock", "systemd"
    Tls tls;
    std::uint32_t threads = 0;
    std::string health = "/healthz";
    bool proxy_protocol = false;
    std::vector<std::string> trusted_proxies; // CIDRs
    std::vector<std::string> allow;           // CIDRs
    std::uint32_t max_connections = 10'000;
    ByteSize max_header = 16_KiB;
    ByteSize max_inflight = 256_MiB;
    ByteSize min_rate = 1_KiB; // a second
    Duration handshake_timeout = 10s;
    Duration header_timeout = 10s;
    Duration body_timeout = 10s;
    Duration idle_timeout = 75s;
    Duration shutdown_delay = 0s;
    Unavailable unavailable;
};

/// One entry of `secrets`; read when the configuration is loaded. `directory` yields several.
struct NamedSecret {
    std::string name;
    Secret value;
    std::filesystem::path file; // where it came from, watched for changes; empty for value and env
};

struct Endpoint {
    enum class Kind : std::uint8_t { environment, organisation, identity, any };
    enum class Profile : std::uint8_t { flagsmith, asyncapi };
    enum class OnInvalid : std::uint8_t { quarantine, accept, reject };
    struct Set {
        std::string environment;
        std::string project;
    };
    std::string name; // [endpoint.NAME]
    std::string path;
    Kind kind = Kind::any;
    std::vector<NamedSecret> secrets;
    bool allow_unsigned = false;
    Profile profile = Profile::flagsmith;
    OnInvalid on_invalid = OnInvalid::quarantine;
    Duration deduplicate = 24h;
    ByteSize max_body = 8_MiB;
    std::optional<ByteSize> keep_unverified; // a ring of refused bodies; needs `allow`
    Set set;
};

struct Retention {
    Duration keep;
    ByteSize max_size;
};

struct Store {
    enum class Sync : std::uint8_t { full, normal };
    std::filesystem::path directory = "/var/lib/flagsmith-webhookd";
    Sync sync = Sync::full;
    Duration keep = 24h * 30;
    ByteSize max_size = 5_GiB;
    Retention evaluations{24h, 5_GiB};
};

struct Admin {
    std::string address = "127.0.0.1:8444";
    std::optional<Secret> token;
};

struct Log {
    enum class Level : std::uint8_t { trace, debug, info, warning, error };
    enum class Format : std::uint8_t { text, json };
    Level level = Level::info;
    Format format = Format::text;
};

/// Which events a lane takes. Every list is or, the attributes are and; a key the event does not have does not match.
struct Filter {
    std::vector<std::string> type; // glob patterns; "flag.*" means com.flagsmith.flag.*
    std::vector<std::string> environment;
    std::vector<std::string> flag;
    std::vector<std::string> changed;
    std::vector<std::string> project;
    std::vector<std::string> endpoint;
    std::vector<std::string> scope;
    std::vector<std::string> actor;
};

struct Retry {
    Duration first = 1s;
    Duration max = 30s;
    std::uint32_t attempts = 20;
};

/// What every sink has; its type's own keys are in `own`.
struct Sink {
    enum class Format : std::uint8_t { cloudevents, raw, logfmt, text };
    enum class From : std::uint8_t { now, beginning };
    enum class WhenFull : std::uint8_t { skip, refuse };
    std::string name; // [sink.NAME]
    std::string type;
    Format format = Format::cloudevents;
    From from = From::now;
    Filter match;
    Filter exclude;
    std::optional<std::vector<std::string>> redact; // absent: ["keys"], except for raw
    bool once = false;
    Retry retry;
    ByteSize max_backlog = 10_GiB;
    WhenFull when_full = WhenFull::skip;
    std::shared_ptr<const void> own; // the type's settings struct, as its SinkKind read it
};

struct Settings {
    Listen listen;
    std::vector<Endpoint> endpoints; // in the order of the file
    Store store;
    Admin admin;
    Log log;
    std::vector<Sink> sinks;
    std::filesystem::path file; // where it was read from; empty for the environment variable
};

} // namespace webhookd::config
