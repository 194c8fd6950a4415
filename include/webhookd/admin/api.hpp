#pragma once

#include <nlohmann/json_fwd.hpp>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

/// The second, private way in: what operators and commands ask of a running daemon.
/// The same table of operations is served on control.sock (by file permission) and on the admin address (by token).
namespace webhookd::admin {

struct Call {
    std::string_view method;                    // GET or POST
    std::vector<std::string> arguments;         // what stood for each * of the path, decoded
    std::map<std::string, std::string> query;   // decoded; the last of several wins
    std::shared_ptr<const nlohmann::json> body; // an object; null for GET
};

struct Reply {
    unsigned status = 200;
    std::shared_ptr<const nlohmann::json> body;

    static Reply ok(nlohmann::json body);
    /// A refusal in the caller's words: {"error": "…"}.
    static Reply failed(unsigned status, std::string_view why);
};

/// One thing that can be asked for. Operations run on the admin thread, one at a time, and may touch the disk.
struct Operation {
    std::string_view method;
    std::string_view path; // "/api/v1/sinks/*/pause"
    std::string_view meaning;
    std::function<Reply(const Call&)> run;
};

class Api {
public:
    void add(Operation operation) { operations_.push_back(std::move(operation)); }
    /// Finds and runs the operation: 404 for an unknown path, 405 for another method, 400 for a body that is not a JSON
    /// object.
    Reply call(std::string_view method, std::string_view target, std::string_view body) const;
    const std::vector<Operation>& operations() const noexcept { return operations_; }

private:
    std::vector<Operation> operations_;
};

} // namespace webhookd::admin
