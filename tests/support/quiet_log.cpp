#include <gtest/gtest.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>

#include <iostream>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

namespace webhookd::test {
namespace {

/// Keeps what is logged, until somebody takes it.
class KeptLog final : public spdlog::sinks::base_sink<std::mutex> {
public:
    std::string take() {
        const std::lock_guard lock(mutex_);
        return std::exchange(kept_, {});
    }

private:
    void sink_it_(const spdlog::details::log_msg& message) override {
        spdlog::memory_buf_t line;
        formatter_->format(message, line);
        kept_.append(line.data(), line.size());
    }
    void flush_() override {}

    std::string kept_;
};

/// What a test makes the program log is shown only where the test fails: who reads the output of one that passes should
/// find nothing to wonder about.
class QuietLog final : public testing::EmptyTestEventListener {
    void OnTestProgramStart(const testing::UnitTest&) override {
        spdlog::set_default_logger(std::make_shared<spdlog::logger>("test", kept_));
    }
    void OnTestStart(const testing::TestInfo&) override { kept_->take(); }
    void OnTestPartResult(const testing::TestPartResult& result) override {
        if (result.failed()) std::cerr << kept_->take() << std::flush;
    }

    const std::shared_ptr<KeptLog> kept_ = std::make_shared<KeptLog>();
};

[[maybe_unused]] const bool is_quiet = [] {
    testing::UnitTest::GetInstance()->listeners().Append(new QuietLog);
    return true;
}();

} // namespace
} // namespace webhookd::test
