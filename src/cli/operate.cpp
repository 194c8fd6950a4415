#include "cli/operate.hpp"

#include "cli/configuration.hpp"
#include "webhookd/admin/api.hpp"
#include "webhookd/admin/control_client.hpp"
#include "webhookd/app/builtin_sinks.hpp"
#include "webhookd/app/operations.hpp"
#include "webhookd/delivery/delivery.hpp"
#include "webhookd/ingest/routes.hpp"
#include "webhookd/journal/journal.hpp"

#include <boost/url/encode.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>

#include <algorithm>
#include <chrono>
#include <thread>

namespace webhookd::cli {
namespace {

nlohmann::json checked(unsigned status, const std::shared_ptr<const nlohmann::json>& body) {
    if (status == 200 && body) return *body;
    throw Failure(body && body->contains("error") ? body->at("error").get<std::string>()
                                                  : "the daemon answered with status " + std::to_string(status));
}

/// Waits until every redelivery that was started here is over.
void finish_redeliveries(delivery::Delivery& delivery) {
    const auto is_over = [&] {
        const auto all = delivery.redeliveries();
        return std::all_of(all.begin(), all.end(), [](const auto& one) { return one.is_over; });
    };
    while (!is_over()) std::this_thread::sleep_for(std::chrono::milliseconds(50));
}

} // namespace

nlohmann::json operate(Context& context, const config::Loaded& loaded, std::string_view method, std::string_view target,
                       const nlohmann::json& body, Needs needs) {
    const auto text = body.is_null() ? std::string{} : body.dump();
    const auto reply = admin::ask_daemon(loaded.settings.store.directory, method, target, text);
    if (!reply) throw Failure(reply.error().message);
    if (*reply) return checked((*reply)->status, (*reply)->body);

    const auto settings =
        needs == Needs::store ? loaded.settings : load_configuration(context, config::Secrets::read).settings;
    const auto journal = app::open_store(settings);
    ingest::Metrics metrics;
    const auto routes = std::make_shared<const ingest::Routes>(settings, metrics);
    std::unique_ptr<delivery::Delivery> delivery;
    if (needs == Needs::sinks) {
        context.err << "no daemon runs: delivering from here\n";
        delivery = std::make_unique<delivery::Delivery>(*journal, app::builtin_sinks());
        delivery->apply(settings.sinks);
    }
    admin::Api api;
    app::add_operations(api, {*journal, delivery.get(), [&] { return routes; }, [&] { return journal->can_store(); }});
    const auto done_here = api.call(method, target, text);
    auto result = checked(done_here.status, done_here.body);
    if (delivery) {
        finish_redeliveries(*delivery);
        if (!delivery->stop(Duration(10'000))) std::_Exit(failed);
    }
    return result;
}

std::string url_encoded(std::string_view text) {
    return boost::urls::encode(text, boost::urls::unreserved_chars);
}

} // namespace webhookd::cli
