#include "support/data.hpp"
#include "webhookd/event/decode.hpp"
#include "webhookd/event/format.hpp"
#include "webhookd/verify/verify.hpp"

#include <benchmark/benchmark.h>
#include <simdjson.h>

/// What understanding a message costs on its way in, and writing it on its way out.
namespace webhookd::event {
namespace {

void decode_sample(benchmark::State& state, const char* sample) {
    auto body = test_data(std::string("samples/") + sample + ".json");
    const auto size = body.size();
    body.append(body_padding, '\0');
    Decoder decoder;
    const EndpointRules rules{.endpoint = "environment", .path = "/environment-webhook"};
    for (auto _ : state)
        benchmark::DoNotOptimize(decoder.decode(std::string_view(body).substr(0, size), rules).attributes);
    state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * size));
}
BENCHMARK_CAPTURE(decode_sample, flag_updated, "environment-flag-updated");
BENCHMARK_CAPTURE(decode_sample, flag_updated_escapes, "environment-flag-updated-unicode");
BENCHMARK_CAPTURE(decode_sample, audit_log, "organisation-audit-log-created");
BENCHMARK_CAPTURE(decode_sample, identity, "identity-integration");

/// The document's message with three flags, 1.2 kB: the one the speed goals are about.
std::string document_shape() {
    auto body = test_data("samples/spec-only-environment-flag-updated.json");
    const auto first = body.find('['), last = body.rfind(']');
    const auto flag = body.substr(first + 1, last - first - 1);
    return body.insert(last, ", " + flag + ", " + flag);
}

void decode_document_shape(benchmark::State& state) {
    auto body = document_shape();
    const auto size = body.size();
    body.append(body_padding, '\0');
    Decoder decoder;
    const EndpointRules rules{.endpoint = "environment", .path = "/environment-webhook"};
    for (auto _ : state)
        benchmark::DoNotOptimize(decoder.decode(std::string_view(body).substr(0, size), rules).attributes);
    state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * size));
}
BENCHMARK(decode_document_shape);

/// An identity with 54 flags, 20 kB: the sample's six, nine times.
std::string large_identity() {
    auto body = test_data("samples/identity-integration.json");
    const auto first = body.find('['), last = body.find(R"(], "identity": "user)");
    const auto flags = body.substr(first + 1, last - first - 1);
    std::string more;
    for (int i = 0; i < 8; ++i) more += ", " + flags;
    return body.insert(last, more);
}

/// All that happens to a message between the last byte of its request and the store: signature, checks, attributes, id.
void verify_and_decode(benchmark::State& state, std::string (*message)()) {
    auto body = message();
    const auto size = body.size();
    const Secret secret("benchmark-signing-secret");
    const auto signature = verify::sign(body, secret);
    body.append(body_padding, '\0');
    std::vector<verify::NamedSecret> secrets;
    secrets.push_back({"bench", Secret("benchmark-signing-secret")});
    const verify::SecretRing ring(std::move(secrets));
    Decoder decoder;
    const EndpointRules rules{.endpoint = "identity", .path = "/identity-webhook"};
    for (auto _ : state) {
        const auto bytes = std::string_view(body).substr(0, size);
        const auto tag = verify::parse_signature(signature);
        if (!tag || !ring.verify(bytes, *tag)) return state.SkipWithError("the signature does not fit");
        const auto& decoded = decoder.decode(bytes, rules);
        if (decoded.verdict != Decoded::Verdict::valid) return state.SkipWithError("not a message");
        benchmark::DoNotOptimize(decoded.unique ? content_id(bytes) : receipt_id(now()));
    }
    state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * size));
}
BENCHMARK_CAPTURE(verify_and_decode, document_1k, document_shape);
BENCHMARK_CAPTURE(verify_and_decode, identity_20k, large_identity);

/// The limit: simdjson's own tree of the same bytes, nothing looked at.
void simdjson_tree(benchmark::State& state, std::string (*message)()) {
    const simdjson::padded_string body(message());
    simdjson::dom::parser parser;
    for (auto _ : state) benchmark::DoNotOptimize(parser.parse(body).error());
    state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * body.size()));
}
BENCHMARK_CAPTURE(simdjson_tree, document_1k, document_shape);
BENCHMARK_CAPTURE(simdjson_tree, identity_20k, large_identity);

void format_event(benchmark::State& state, const char* sample, Format format) {
    auto body = *sample ? test_data(std::string("samples/") + sample + ".json") : document_shape();
    const auto size = body.size();
    body.append(body_padding, '\0');
    Decoder decoder;
    const EndpointRules rules{.endpoint = "environment", .path = "/environment-webhook"};
    const auto& decoded = decoder.decode(std::string_view(body).substr(0, size), rules);
    const Event event{.attributes = decoded.attributes, .body = std::string_view(body).substr(0, size)};
    std::string out;
    for (auto _ : state) {
        if (out.size() > 256 * 1024) out.clear(); // a batch, as a sink writes it
        append_event(out, event, format);
        out += '\n';
    }
    state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * size));
}
BENCHMARK_CAPTURE(format_event, cloudevents_document, "", Format::cloudevents);
BENCHMARK_CAPTURE(format_event, cloudevents_flag, "environment-flag-updated", Format::cloudevents);
BENCHMARK_CAPTURE(format_event, logfmt_flag, "environment-flag-updated", Format::logfmt);
BENCHMARK_CAPTURE(format_event, text_flag, "environment-flag-updated", Format::text);

} // namespace
} // namespace webhookd::event
