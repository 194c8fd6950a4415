#pragma once

#include "fuzz/bytes.hpp"
#include "journal/log.hpp"
#include "journal/reader.hpp"
#include "journal/recovery.hpp"
#include "journal/scanner.hpp"
#include "support/memory_disk.hpp"

#include <spdlog/spdlog.h>

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What must hold for a start on any bytes where the segments of a store were.
namespace webhookd::test {

/// A store that was written soundly and then damaged, or never was one: the input decides.
class DamagedStore {
public:
    explicit DamagedStore(std::string_view input) : bytes_(input) {
        spdlog::set_level(spdlog::level::off); // damage is told
        options_.most_ahead = 0;
    }

    ~DamagedStore() { spdlog::set_level(spdlog::level::info); }
    DamagedStore(const DamagedStore&) = delete;
    DamagedStore& operator=(const DamagedStore&) = delete;

    std::string complaint() {
        const auto kind = bytes_.below(4);
        if (kind == 0) {
            is_forged_ = true;
            keeps_hint_ = bytes_.below(2) == 1;
            disk_.put(journal::segment_name(bytes_.below(2) == 0 ? Family::changes : Family::evaluations, 1),
                      std::string(bytes_.rest()));
            if (keeps_hint_) known_ = 3;
        } else {
            write();
            keeps_hint_ = bytes_.below(2) == 1;
            while (!bytes_.empty()) damage();
            for (const auto& name : disk_.names()) disk_.put(name, disk_.content(name));
            if (!keeps_hint_) disk_.remove("committed").value();
            known_ = keeps_hint_ ? last_ : 0;
        }
        return start();
    }

private:
    using Family = journal::Family;
    struct Event {
        std::string attributes, body;
        bool operator==(const Event&) const = default;
    };
    using Events = std::map<std::uint64_t, Event>;
    struct Place {
        std::string file;
        std::size_t begin = 0;
        std::string frame;
        std::uint64_t commit = 0; // its first sequence
    };

    struct Opened {
        std::unique_ptr<journal::Catalogue> catalogue = std::make_unique<journal::Catalogue>();
        journal::LogPosition position;
        Events found;
        std::string wrong;
    };
    Opened open(std::uint64_t known) {
        Opened opened;
        opened.position = recover(disk_, *opened.catalogue, known).position;
        const journal::RecentBatches none(0);
        const std::atomic<std::uint64_t> end{opened.position.next_sequence - 1};
        journal::MergingReader reader(disk_, *opened.catalogue, none, end);
        for (std::uint64_t after = 0;;) {
            const auto entries = reader.next(after, 5, 300).value();
            if (entries.empty()) break;
            for (const auto& entry : entries) {
                if (entry.sequence <= after) opened.wrong = "sequences do not rise";
                after = entry.sequence;
                opened.found[after] = {std::string(entry.attributes.bytes()), std::string(entry.body)};
                for (const auto& attribute : entry.attributes)
                    if (attribute.value.size() > entry.attributes.bytes().size()) opened.wrong = "attributes run over";
            }
        }
        if (!opened.found.empty() && opened.found.rbegin()->first >= opened.position.next_sequence)
            opened.wrong = "a sequence would be given twice";
        return opened;
    }

    /// One commit; returns its first sequence, or nothing where it was not stored.
    static std::optional<std::uint64_t> commit(journal::Log& log,
                                               const std::vector<std::pair<Family, std::string>>& texts, Events& into) {
        std::deque<journal::Append> appends;
        std::vector<journal::Append*> all;
        AttributeWriter attributes;
        attributes.add(Attribute::type, "com.flagsmith.flag.updated");
        attributes.add(Attribute::endpoint, "environment");
        for (const auto& [family, text] : texts) {
            auto& one = appends.emplace_back();
            one.id = content_id(text);
            one.received = Time{std::chrono::microseconds{1'795'000'000'000'000}};
            one.family = family;
            one.attributes = attributes.bytes();
            one.body = text;
            all.push_back(&one);
        }
        if (log.commit(all).outcome != journal::Log::Outcome::stored) return {};
        for (const auto& one : appends) into[one.sequence] = {std::string(one.attributes), std::string(one.body)};
        return appends.front().sequence;
    }

    void write() {
        options_.segment_bytes = {200 + 100 * bytes_.below(8), 200 + 100 * bytes_.below(8)};
        options_.most_ahead = bytes_.below(2) * 500;
        journal::Catalogue segments;
        journal::Log log(disk_, segments, options_, recover(disk_, segments, 0).position);
        for (auto commits = 1 + bytes_.below(8); commits > 0; --commits) {
            std::vector<std::pair<Family, std::string>> texts;
            for (auto events = 1 + bytes_.below(4); events > 0; --events) {
                const auto shape = bytes_.byte();
                texts.emplace_back(shape % 2 == 0 ? Family::changes : Family::evaluations,
                                   "{" + std::to_string(last_ + texts.size()) + std::string(shape / 2, 'x') + "}");
            }
            const auto first = commit(log, texts, written_);
            last_ = written_.rbegin()->first;
            for (auto sequence = *first; sequence <= last_; ++sequence) places_[sequence].commit = *first;
        }
        for (const auto& name : disk_.names())
            if (const auto parsed = journal::parse_segment_name(name)) {
                const auto file = disk_.open(name, journal::FileSystem::Access::read).value();
                journal::Scanner scanner(*file, parsed->first, journal::file_header_bytes, file->size().value());
                while (const auto found = scanner.next().value()) {
                    auto& place = places_[found->header.sequence];
                    place.file = name;
                    place.begin = static_cast<std::size_t>(found->offset);
                    place.frame = disk_.content(name).substr(place.begin, static_cast<std::size_t>(found->bytes));
                }
            }
    }

    /// Does one thing to one file that no sound program does.
    void damage() {
        const auto names = segments();
        if (names.empty()) {
            bytes_.rest();
            return;
        }
        const auto kind = bytes_.below(9);
        const auto& name = names[bytes_.below(names.size())];
        auto& file = disk_.content(name);
        const auto at = bytes_.below(file.size() + 1);
        const auto size = std::min(1 + bytes_.below(200), file.size() - at);
        switch (kind) {
        case 0:
            file.resize(at);
            break;
        case 1:
            file.replace(at, size, size, '\0');
            break;
        case 2:
            for (auto i = at; i < at + size; ++i) file[i] = static_cast<char>(bytes_.byte());
            break;
        case 3:
            if (size > 0) file[at] = static_cast<char>(file[at] ^ 1 << bytes_.below(8));
            break;
        case 4: // a block went to another place
            is_reordered_ = true;
            file.replace(at, size, file.substr(bytes_.below(file.size() + 1) / 8 * 8, size));
            break;
        case 5: // nothing behind the end of the file, or something
            file.append(bytes_.take(size));
            break;
        case 6:
            is_reordered_ = true;
            std::swap(file, disk_.content(names[bytes_.below(names.size())]));
            break;
        case 7:
            disk_.remove(name).value();
            break;
        default:
            forge(name, file, at / 8 * 8);
        }
    }
    /// Bytes with a fitting checksum that were never written: a header of a file, or a frame.
    void forge(const std::string& name, std::string& file, std::size_t at) {
        is_forged_ = true;
        const auto parsed = journal::parse_segment_name(name);
        const auto time = [&] { return Time{std::chrono::microseconds{static_cast<std::int64_t>(bytes_.number(8))}}; };
        if (bytes_.below(2) == 0) {
            journal::FileHeader header{
                parsed->family, parsed->first, bytes_.number(bytes_.below(9)), bytes_.number(bytes_.below(9)),
                time(),         time()};
            file.resize(std::max(file.size(), journal::file_header_bytes));
            encode(header, file.data());
            return;
        }
        journal::FrameHeader header;
        header.sequence = bytes_.number(bytes_.below(9));
        header.received = time();
        header.in_commit = static_cast<std::uint16_t>(bytes_.number(2));
        header.behind_previous = static_cast<std::uint16_t>(bytes_.number(2));
        const auto attributes = bytes_.take(bytes_.below(40)), body = bytes_.take(bytes_.below(100));
        std::string frame(journal::frame_bytes(attributes.size(), body.size()), '\0');
        encode_frame(header, attributes, body, parsed->first, frame.data());
        at = std::max(at, journal::file_header_bytes);
        if (file.size() < at + frame.size()) file.resize(at + frame.size());
        file.replace(at, frame.size(), frame);
    }
    std::vector<std::string> segments() const {
        auto names = disk_.names();
        std::erase_if(names, [](const auto& name) { return !journal::parse_segment_name(name); });
        return names;
    }

    /// What stands where it was written must be found, but for the end of a commit of which something is missing and
    /// that nobody is known to have acknowledged.
    Events must_be_found() {
        Events whole;
        for (const auto& [sequence, place] : places_)
            if (disk_.has(place.file)) {
                const auto& file = disk_.content(place.file);
                if (file.size() > place.begin && file.substr(place.begin, place.frame.size()) == place.frame)
                    whole[sequence] = written_.at(sequence);
            }
        if (whole.empty() || keeps_hint_) return whole;
        whole.erase(whole.lower_bound(places_.at(whole.rbegin()->first).commit), whole.end());
        return whole;
    }

    std::string start() {
        const bool is_plain = !is_forged_ && !is_reordered_; // damage as disks and crashes make it
        const auto must = is_plain ? must_be_found() : Events{};
        auto first = open(known_);
        if (!is_forged_)
            for (const auto& [sequence, event] : first.found) {
                const auto written = written_.find(sequence);
                if (written == written_.end() || written->second != event) return "something is read that nobody wrote";
            }
        for (const auto& [sequence, event] : must)
            if (!first.found.contains(sequence)) return "a sound event is lost: " + std::to_string(sequence);
        if (is_plain && !first.wrong.empty()) return first.wrong;
        if (is_plain && first.position.next_sequence <= known_) return "an acknowledged sequence would be given twice";

        auto expected = first.found;
        {
            journal::Log log(disk_, *first.catalogue, options_, std::move(first.position));
            const auto next = log.next_sequence();
            const auto stored =
                commit(log, {{Family::changes, "{after}"}, {Family::evaluations, "{behind}"}}, expected);
            if (is_plain && stored != next) return "nothing can be stored any more";
        }
        disk_.cut_power();
        for (const auto* which : {", the second time", ", the third time"}) {
            const auto again = open(journal::CommittedFile::read(disk_));
            if (is_plain && !again.wrong.empty()) return again.wrong + which;
            if (is_plain && again.found != expected) return std::string("a start finds something else") + which;
        }
        return {};
    }

    Bytes bytes_;
    MemoryDisk disk_;
    journal::Log::Options options_;
    Events written_;
    std::map<std::uint64_t, Place> places_;
    std::uint64_t last_ = 0;
    std::uint64_t known_ = 0;   // acknowledged, as a lane's place would tell
    bool keeps_hint_ = false;   // the same is told by the file `committed`
    bool is_forged_ = false;    // fitting checksums on what nobody wrote
    bool is_reordered_ = false; // sound pieces at other places
};

/// What is wrong with how a store is opened, or nothing.
inline std::string recovery_complaint(std::string_view input) {
    return DamagedStore(input).complaint();
}

} // namespace webhookd::test
