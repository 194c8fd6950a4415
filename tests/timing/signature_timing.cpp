#include "verify/hmac.hpp"
#include "webhookd/base/text.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <numeric>
#include <random>
#include <vector>

/// Does the time of a verification tell where a signature differs? Two kinds of wrong signatures, with the first and
/// with the last byte wrong, are verified in random order, and Welch's t-test says whether their times differ in the
/// mean. The same statistics must convict a verifier that compares byte by byte and stops at the first difference:
/// else they could not have seen anything.
namespace webhookd::verify {
namespace {

constexpr std::size_t of_each_kind = 100'000;
constexpr double bound = 4.5; // beyond it, chance is no explanation
/// What takes longer than nine of ten was interrupted, and says nothing of the verifier.
constexpr double believed = 0.9;

using Times = std::array<std::vector<double>, 2>; // nanoseconds, of each kind

template <class Verify>
Times measure(const Verify& verify, const std::array<Tag, 2>& wrong, std::mt19937& random) {
    std::vector<std::uint8_t> order(2 * of_each_kind);
    std::fill(order.begin() + of_each_kind, order.end(), std::uint8_t{1});
    std::shuffle(order.begin(), order.end(), random);
    Times times;
    for (auto& kind : times) kind.reserve(of_each_kind);
    for (const auto kind : order) {
        const Tag shown = wrong[kind]; // at the same place, whichever kind it is
        const auto begin = std::chrono::steady_clock::now();
        const bool fits = verify(shown);
        const auto end = std::chrono::steady_clock::now();
        if (fits) std::abort();
        times[kind].push_back(std::chrono::duration<double, std::nano>(end - begin).count());
    }
    return times;
}

void crop(Times& times) {
    std::vector<double> all(times[0]);
    all.insert(all.end(), times[1].begin(), times[1].end());
    const auto at = all.begin() + static_cast<std::ptrdiff_t>(believed * static_cast<double>(all.size()));
    std::nth_element(all.begin(), at, all.end());
    for (auto& kind : times) std::erase_if(kind, [&](double time) { return time > *at; });
}

struct Moments {
    double count, mean, variance;
};

Moments moments(const std::vector<double>& values) {
    const auto count = static_cast<double>(values.size());
    const double mean = std::accumulate(values.begin(), values.end(), 0.0) / count;
    const double squares = std::accumulate(values.begin(), values.end(), 0.0, [&](double sum, double value) {
        return sum + (value - mean) * (value - mean);
    });
    return {count, mean, squares / (count - 1)};
}

/// Measures, prints a line, and returns |t|.
template <class Verify>
double difference(const char* name, const Verify& verify, const std::array<Tag, 2>& wrong, std::mt19937& random) {
    auto times = measure(verify, wrong, random);
    crop(times);
    const auto first = moments(times[0]), last = moments(times[1]);
    const double t = (last.mean - first.mean) / std::sqrt(first.variance / first.count + last.variance / last.count);
    std::printf("%-32s first byte wrong %7.1f ns, last %7.1f ns, t = %6.2f\n", name, first.mean, last.mean, t);
    return std::abs(t);
}

int run() {
    const std::string key = "the key of this measurement", body(256, 'b');
    std::vector<NamedSecret> secrets;
    secrets.push_back({"only", Secret(key)});
    const SecretRing ring(std::move(secrets));
    const HmacKey hmac(key);
    const Tag right = hmac.tag(body);
    std::array<Tag, 2> wrong{right, right};
    wrong[0].front() ^= 1;
    wrong[1].back() ^= 1;

    const auto verifier = [&](const Tag& tag) { return ring.verify(body, tag).has_value(); };
    const auto stops_early = [&](const Tag& tag) {
        const Tag expected = hmac.tag(body);
        for (std::size_t i = 0; i < tag.size(); ++i)
            if (const volatile unsigned char byte = expected[i]; byte != tag[i]) return false;
        return true;
    };
    std::mt19937 random(20'261);
    difference("warming up", verifier, wrong, random);
    const double of_verifier = difference("the verifier", verifier, wrong, random);
    const double of_other = difference("one that stops early", stops_early, wrong, random);
    const bool is_even = of_verifier<bound, can_see = of_other> bound;
    if (!is_even) std::printf("the time of a verification tells where a signature differs\n");
    if (!can_see) std::printf("a comparison that stops early was not noticed, so the measurement shows nothing\n");
    std::printf("%d passed, %d failed\n", is_even + can_see, 2 - is_even - can_see);
    return is_even && can_see ? 0 : 1;
}

} // namespace
} // namespace webhookd::verify

int main() {
    return webhookd::verify::run();
}
