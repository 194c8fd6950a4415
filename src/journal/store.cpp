#include "webhookd/journal/store.hpp"

#include "journal/event_streams.hpp"
#include "journal/lock.hpp"
#include "journal/log.hpp"
#include "journal/recovery.hpp"
#include "journal/store_parts.hpp"

#include <algorithm>
#include <limits>

namespace webhookd::journal {

Store::Impl::Impl(Inside lent) : directory(lent.directory), inside(std::move(lent)) {
    access = std::make_unique<SegmentAccess>(*inside.files, *inside.catalogue);
}

Store::Impl::Impl(const std::filesystem::path& place)
    : directory(place), own_files(real_file_system(place)), own_catalogue(std::make_unique<Catalogue>()) {
    inside.files = own_files.get();
    inside.catalogue = own_catalogue.get();
    access = std::make_unique<SegmentAccess>(*own_files, *own_catalogue);
}

Result<> Store::Impl::refresh() {
    if (!own_catalogue) return {};
    try {
        Catalogue now;
        std::vector<std::string> unreadable_headers;
        list_segments(*own_files, now, unreadable_headers);
        for (const auto family : {Family::changes, Family::evaluations}) {
            const auto known = own_catalogue->of(family);
            const auto there = now.of(family);
            const auto among = [](const Catalogue::Segments& list, const Segment& one) {
                return std::find_if(list.begin(), list.end(),
                                    [&](const auto& other) { return other->first() == one.first(); });
            };
            for (const auto& segment : known)
                if (among(there, *segment) == there.end()) own_catalogue->remove(*segment);
            for (const auto& segment : there) {
                const auto same = among(known, *segment);
                if (same == known.end())
                    own_catalogue->add(segment);
                else
                    (*same)->grew(segment->size(), 0);
            }
        }
        return {};
    } catch (const std::runtime_error& error) {
        return Error{error.what()};
    }
}

std::uint64_t Store::Impl::committed() {
    if (inside.committed) return inside.committed();
    // Without a writer the files end where they end; with one, what it has not synced yet is not shown.
    if (!StoreLock::holder(directory)) return std::numeric_limits<std::int64_t>::max();
    for (int attempt = 0; attempt < 3; ++attempt) // it may just be written
        if (const auto sequence = CommittedFile::read(*inside.files); sequence != 0) return sequence;
    return 0;
}

Index* Store::Impl::index() {
    // What a process looks at from outside may have got a writer, or lost it, since the last time.
    const auto inode = Index::inode(directory);
    if (!own_index || inode != index_inode || own_catalogue) own_index = Index::open_to_read(directory);
    index_inode = inode;
    return own_index.get();
}

Result<Ledger*> Store::Impl::ledger() {
    if (inside.ledger) return inside.ledger;
    try {
        own_ledger = Ledger::open_to_read(directory);
        return own_ledger.get();
    } catch (const std::runtime_error& error) {
        return Error{error.what()};
    }
}

Store::Store(Inside inside) : impl_(std::make_unique<Impl>(std::move(inside))) {}
Store::Store(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Store::~Store() = default;

std::unique_ptr<Store> Store::open(const std::filesystem::path& directory) {
    check_store_format(directory, false);
    auto impl = std::make_unique<Impl>(directory);
    impl->refresh().value();
    return std::unique_ptr<Store>(new Store(std::move(impl)));
}

namespace {

/// An id that was made on receipt tells when that was, but for the steps of the clock.
std::optional<std::pair<Time, Time>> receipt_of(std::span<const EventId> ids) {
    constexpr auto slack = std::chrono::seconds{2};
    std::optional<std::pair<Time, Time>> between;
    for (const auto& id : ids) {
        if (id.from_content()) continue;
        std::uint64_t millis = 0;
        for (std::size_t i = 0; i < 6; ++i) millis = millis << 8 | id.bytes[i];
        const Time at{std::chrono::milliseconds{millis}};
        if (!between) between.emplace(at - slack, at + slack);
        between->first = std::min(between->first, at - slack);
        between->second = std::max(between->second, at + slack);
    }
    return between;
}

Result<Page> merge(std::span<EventStream* const> streams, const Search& search) {
    Page page;
    std::optional<std::uint64_t> boundary; // where a stream gave up; nothing behind it may be handed out
    for (;;) {
        EventStream* nearest = nullptr;
        StoredEvent* event = nullptr;
        for (auto* stream : streams) {
            const auto next = stream->peek();
            if (!next) return next.error();
            if (const auto stopped = stream->stopped_at();
                !*next && stopped && (!boundary || search.is_before(*stopped, *boundary)))
                boundary = stopped;
            if (*next && (!event || search.is_before((*next)->sequence, event->sequence))) {
                event = *next;
                nearest = stream;
            }
        }
        if (event && boundary && search.is_before(*boundary, event->sequence)) event = nullptr;
        if (!event) {
            page.next = boundary.value_or(0);
            return page;
        }
        if (page.events.size() == search.query.limit) {
            page.next = page.events.back().sequence;
            return page;
        }
        page.events.push_back(std::move(*event));
        nearest->pop();
    }
}

/// Events by their ids: those of the changes family by the index, and among the last ones that are not in it yet;
/// evaluations by the time their id tells.
Result<Page> find_ids(const Search& search, SegmentAccess& access, Index* index, std::uint64_t indexed) {
    std::vector<StoredEvent> listed;
    if (indexed > 0) {
        for (const auto& id : search.query.ids) {
            const auto places = index->places_of(id);
            if (!places) return places.error();
            for (const auto& place : *places) {
                auto event = access.read(Family::changes, place);
                if (!event) return event.error();
                if (*event) listed.push_back(**std::move(event));
            }
        }
    }
    const auto look = [&](const Query& where_evaluations_are, bool among_evaluations) {
        Search common = search;
        Search narrow{where_evaluations_are, search.low, search.high, search.left_to_read};
        ListedStream by_index(common, listed);
        ChunkStream tail(common, access, index, Family::changes, indexed + 1);
        ChunkStream evaluations(narrow, access, index, Family::evaluations, 0);
        std::vector<EventStream*> streams{&by_index, &tail};
        if (among_evaluations) streams.push_back(&evaluations);
        return merge(streams, common);
    };

    const auto made_at = receipt_of(search.query.ids);
    if (!made_at) return look(search.query, false);
    Query narrow = search.query;
    narrow.since = std::max(narrow.since.value_or(Time::min()), made_at->first);
    narrow.until = std::min(narrow.until.value_or(Time::max()), made_at->second);
    auto page = look(narrow, true);
    if (!page || page->events.size() >= search.query.ids.size()) return page;
    return look(search.query, true); // the clock was set back while it came in
}

} // namespace

Result<Page> Store::find(const Query& query) {
    const std::lock_guard lock(impl_->mutex);
    const auto committed = impl_->committed(); // before the files are looked at
    if (auto refreshed = impl_->refresh(); !refreshed) return refreshed.error();
    if (query.limit == 0) return Page{};

    Search search{query, 1, committed, query.most_read};
    if (query.after != 0) {
        if (query.newest_first)
            search.high = std::min(search.high, query.after - 1);
        else
            search.low = query.after + 1;
    }

    // Without an index, or with one that fails, everything is read: slow, but right.
    Index* index = impl_->index();
    std::uint64_t indexed = 0;
    std::unique_ptr<EventStream> by_index;
    if (index) {
        const auto last = index->indexed();
        indexed = last ? std::min(*last, committed) : 0;
        auto stream = IndexedStream::make(search, *impl_->access, *index, indexed);
        if (last && stream)
            by_index = *std::move(stream);
        else
            indexed = 0;
    }
    if (!query.ids.empty()) return find_ids(search, *impl_->access, index, indexed);

    ChunkStream tail(search, *impl_->access, index, Family::changes, indexed + 1);
    ChunkStream evaluations(search, *impl_->access, index, Family::evaluations, 0);
    std::vector<EventStream*> streams{&tail, &evaluations};
    if (by_index) streams.push_back(by_index.get());
    return merge(streams, search);
}

} // namespace webhookd::journal
