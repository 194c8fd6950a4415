#pragma once

#include "journal/file_system.hpp"

#include <algorithm>
#include <cerrno>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace webhookd::test {

/// A disk that can be full, break at the n-th call, and lose its power: then everything that was not synced is gone.
/// As with Linux, a sync that fails leaves what it was to write marked as written: another sync writes none of it.
class MemoryDisk final : public journal::FileSystem {
    struct Node {
        std::string bytes;                                              // in the system's memory
        std::string durable;                                            // on the disk
        std::vector<std::pair<std::size_t, std::size_t>> dirty = {};    // from, to: what the next sync writes
        std::size_t smallest = std::numeric_limits<std::size_t>::max(); // it was cut to, since the last sync

        void write_back() {
            durable.resize(std::min(durable.size(), smallest)); // what was cut off does not come back
            durable.resize(bytes.size());
            each_dirty([&](auto from, auto to) {
                std::copy(bytes.begin() + from, bytes.begin() + to, durable.begin() + from);
            });
            smallest = std::numeric_limits<std::size_t>::max();
        }
        void forget_dirty() {
            auto before = durable;
            before.resize(bytes.size());
            each_dirty([&](auto from, auto to) {
                std::copy(before.begin() + from, before.begin() + to, bytes.begin() + from);
            });
        }
        template <class Range>
        void each_dirty(const Range& range) const {
            for (const auto& [from, to] : dirty)
                if (from < std::min(to, bytes.size()))
                    range(static_cast<std::ptrdiff_t>(from), static_cast<std::ptrdiff_t>(std::min(to, bytes.size())));
        }
    };
    using Names = std::map<std::string, std::shared_ptr<Node>>;

public:
    enum class Call { write, sync, truncate, open, remove, sync_directory };

    // --- what shall happen ---
    /// The call of this kind after `further` more ones fails, and those behind it.
    void fail(Call call, std::size_t further, int error) {
        const std::lock_guard lock(mutex_);
        failures_[call] = {further, error};
    }
    /// The same, but the calls behind that one work again.
    void fail_once(Call call, std::size_t further, int error) {
        const std::lock_guard lock(mutex_);
        failures_[call] = {further, error, true};
    }
    /// After `further` more calls of this kind and the one behind them, no call of any kind works.
    void stop_behind(Call call, std::size_t further) {
        const std::lock_guard lock(mutex_);
        last_call_ = call;
        calls_left_ = further + 1;
    }
    void mend() {
        const std::lock_guard lock(mutex_);
        failures_.clear();
        last_call_.reset();
    }
    /// What a sync could not write is also gone from the system's memory, as with some file systems.
    void forget_what_failed(bool forget) { forgets_what_failed_ = forget; }
    /// No more than so many bytes in all files together.
    void set_room(std::size_t bytes) {
        const std::lock_guard lock(mutex_);
        room_ = bytes;
    }
    std::size_t used() const {
        std::size_t sum = 0;
        for (const auto& [name, node] : names_) sum += node->bytes.size();
        return sum;
    }

    /// The power goes: every file is as it was when it was last synced, and only synced names are there.
    void cut_power() {
        names_ = durable_names_;
        for (auto& [name, node] : names_) *node = {node->durable, node->durable};
        mend();
    }
    /// The power goes, and of what was not synced some blocks, names and removals had been written all the same.
    void cut_power_raggedly(std::mt19937& random) {
        constexpr std::size_t block = 512;
        std::erase_if(durable_names_,
                      [&](const auto& one) { return !names_.contains(one.first) && random() % 2 == 0; });
        for (auto& [name, node] : names_) {
            if (durable_names_.contains(name) || random() % 2 == 0) durable_names_[name] = node;
            if (random() % 4 == 0) node->durable.resize(node->bytes.size()); // the size alone
            for (std::size_t at = 0; at < node->bytes.size(); at += block) {
                if (random() % 2 == 0) continue;
                const auto size = std::min(block, node->bytes.size() - at);
                if (node->durable.size() < at + size) node->durable.resize(at + size);
                std::copy_n(node->bytes.begin() + static_cast<std::ptrdiff_t>(at), size,
                            node->durable.begin() + static_cast<std::ptrdiff_t>(at));
            }
        }
        cut_power();
    }

    // --- looking into it ---
    std::size_t calls(Call call) const {
        const auto at = counts_.find(call);
        return at == counts_.end() ? 0 : at->second;
    }
    std::string& content(const std::string& name) { return names_.at(name)->bytes; }
    /// A file with this content, on stable storage.
    void put(const std::string& name, std::string bytes) {
        durable_names_[name] = names_[name] = std::make_shared<Node>(Node{bytes, std::move(bytes)});
    }
    bool has(const std::string& name) const { return names_.contains(name); }
    std::vector<std::string> names(std::string_view beginning = "") const {
        std::vector<std::string> found;
        for (const auto& [name, node] : names_)
            if (name.starts_with(beginning)) found.push_back(name);
        return found;
    }
    /// A disk with the same files, all of them synced.
    std::unique_ptr<MemoryDisk> copy() const {
        auto other = std::make_unique<MemoryDisk>();
        for (const auto& [name, node] : names_)
            other->names_[name] = std::make_shared<Node>(Node{node->bytes, node->bytes});
        other->durable_names_ = other->names_;
        return other;
    }

    // --- FileSystem ---
    journal::Io<std::unique_ptr<journal::File>> open(const std::string& name, Access access) override {
        const std::lock_guard lock(mutex_);
        if (access != Access::read)
            if (auto fine = count(Call::open); !fine) return fine.error();
        const auto at = names_.find(name);
        if (access == Access::create) {
            if (at != names_.end()) return journal::IoError::of(EEXIST);
            const auto node = std::make_shared<Node>();
            names_[name] = node;
            return std::make_unique<OpenFile>(*this, node);
        }
        if (at == names_.end()) return journal::IoError::of(ENOENT);
        return std::make_unique<OpenFile>(*this, at->second);
    }
    journal::Io<std::vector<std::string>> list() override {
        const std::lock_guard lock(mutex_);
        return names();
    }
    journal::Io<> remove(const std::string& name) override {
        const std::lock_guard lock(mutex_);
        if (auto fine = count(Call::remove); !fine) return fine.error();
        if (names_.erase(name) == 0) return journal::IoError::of(ENOENT);
        return {};
    }
    journal::Io<std::unique_ptr<journal::File>> detach(const std::string& name) override {
        if (auto removed = remove(name); !removed) return removed.error();
        return nullptr;
    }
    journal::Io<> sync_directory() override {
        const std::lock_guard lock(mutex_);
        if (auto fine = count(Call::sync_directory); !fine) return fine.error();
        durable_names_ = names_;
        return {};
    }

private:
    class OpenFile final : public journal::File {
    public:
        OpenFile(MemoryDisk& disk, std::shared_ptr<Node> node) : disk_(disk), node_(std::move(node)) {}

        journal::Io<std::size_t> read(char* to, std::size_t most, std::uint64_t offset) override {
            const std::lock_guard lock(disk_.mutex_);
            if (offset >= node_->bytes.size()) return std::size_t{0};
            const auto size = std::min<std::size_t>(most, node_->bytes.size() - offset);
            std::copy_n(node_->bytes.data() + offset, size, to);
            return size;
        }
        journal::Io<> write(std::string_view bytes, std::uint64_t offset) override {
            const std::lock_guard lock(disk_.mutex_);
            if (auto fine = disk_.count(Call::write); !fine) return fine.error();
            const auto used = disk_.used();
            const auto growth =
                offset + bytes.size() > node_->bytes.size() ? offset + bytes.size() - node_->bytes.size() : 0;
            bool is_short = false;
            if (used + growth > disk_.room_) { // as much as fits is written, then there is no more
                const auto room = disk_.room_ > used ? disk_.room_ - used : 0;
                bytes = bytes.substr(0, room);
                is_short = true;
            }
            if (node_->bytes.size() < offset + bytes.size()) node_->bytes.resize(offset + bytes.size());
            std::copy(bytes.begin(), bytes.end(), node_->bytes.begin() + static_cast<std::ptrdiff_t>(offset));
            node_->dirty.emplace_back(offset, offset + bytes.size());
            if (is_short) return journal::IoError::of(ENOSPC);
            return {};
        }
        journal::Io<> truncate(std::uint64_t size) override {
            const std::lock_guard lock(disk_.mutex_);
            if (auto fine = disk_.count(Call::truncate); !fine) return fine.error();
            node_->bytes.resize(size);
            node_->smallest = std::min<std::size_t>(node_->smallest, size);
            return {};
        }
        journal::Io<> sync() override {
            const std::lock_guard lock(disk_.mutex_);
            auto fine = disk_.count(Call::sync);
            if (fine)
                node_->write_back();
            else if (disk_.forgets_what_failed_)
                node_->forget_dirty();
            node_->dirty.clear();
            return fine;
        }
        journal::Io<std::uint64_t> size() override {
            const std::lock_guard lock(disk_.mutex_);
            return std::uint64_t{node_->bytes.size()};
        }

        void forget(std::uint64_t, std::uint64_t) noexcept override {}

    private:
        MemoryDisk& disk_;
        std::shared_ptr<Node> node_;
    };

    struct Failure {
        std::size_t further = 0;
        int error = 0;
        bool is_single = false;
    };
    journal::Io<> count(Call call) {
        ++counts_[call];
        if (last_call_) {
            if (calls_left_ == 0) return journal::IoError::of(EIO);
            if (call == *last_call_) --calls_left_;
        }
        const auto at = failures_.find(call);
        if (at == failures_.end()) return {};
        if (at->second.further > 0) {
            --at->second.further;
            return {};
        }
        const auto error = at->second.error;
        if (at->second.is_single) failures_.erase(at);
        return journal::IoError::of(error);
    }

    mutable std::mutex mutex_;
    Names names_;
    Names durable_names_;
    std::map<Call, std::size_t> counts_;
    std::map<Call, Failure> failures_;
    std::optional<Call> last_call_;
    std::size_t calls_left_ = 0; // of that kind
    bool forgets_what_failed_ = false;
    std::size_t room_ = std::numeric_limits<std::size_t>::max();
};

} // namespace webhookd::test
