#include "webhookd/admin/api.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <nlohmann/json.hpp>

#include <optional>

namespace webhookd::admin {
namespace {

/// The decoded parts of `path` that stand for the stars of `pattern`, or nothing where the two do not fit.
std::optional<std::vector<std::string>> match(std::string_view pattern, boost::urls::url_view path) {
    std::vector<std::string> arguments;
    auto rest = pattern.substr(1);
    for (const auto segment : path.segments()) {
        if (rest.data() == nullptr) return {};
        const auto slash = rest.find('/');
        const auto part = rest.substr(0, slash);
        if (part == "*")
            arguments.push_back(segment);
        else if (part != segment)
            return {};
        rest = slash == std::string_view::npos ? std::string_view{} : rest.substr(slash + 1);
    }
    if (rest.data() != nullptr) return {};
    return arguments;
}

} // namespace

Reply Reply::ok(nlohmann::json body) {
    return {200, std::make_shared<const nlohmann::json>(std::move(body))};
}

Reply Reply::failed(unsigned status, std::string_view why) {
    return {status, std::make_shared<const nlohmann::json>(nlohmann::json{{"error", why}})};
}

Reply Api::call(std::string_view method, std::string_view target, std::string_view body) const {
    const auto url = boost::urls::parse_origin_form(target);
    if (!url) return Reply::failed(400, "the request target is not a path");
    bool path_known = false;
    for (const auto& operation : operations_) {
        auto arguments = match(operation.path, *url);
        if (!arguments) continue;
        path_known = true;
        if (operation.method != method) continue;

        Call call{operation.method, std::move(*arguments), {}, nullptr};
        for (const auto param : url->params()) call.query[std::string(param.key)] = param.value;
        if (method != "GET") {
            auto json = body.empty() ? nlohmann::json::object() : nlohmann::json::parse(body, nullptr, false);
            if (!json.is_object()) return Reply::failed(400, "the body is not a JSON object");
            call.body = std::make_shared<const nlohmann::json>(std::move(json));
        }
        try {
            return operation.run(call);
        } catch (const nlohmann::json::exception&) {
            return Reply::failed(400, "a member of the body is missing or of another type");
        } catch (const std::exception& error) {
            return Reply::failed(500, error.what());
        }
    }
    return path_known ? Reply::failed(405, "another method is needed here")
                      : Reply::failed(404, "there is no such operation");
}

} // namespace webhookd::admin
