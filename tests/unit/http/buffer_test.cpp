#include "http/buffer.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <string>

namespace webhookd::http {
namespace {

std::size_t write(Buffer& buffer, std::string_view text) {
    std::memcpy(buffer.room().data(), text.data(), text.size());
    buffer.commit(text.size());
    return text.size();
}

TEST(Buffer, AfterARestItsRoomIsAsItWas) {
    for (const std::size_t capacity : {Buffer::page - Buffer::padding, std::size_t{5000}, std::size_t{64'000}}) {
        Buffer buffer;
        buffer.reserve(capacity);
        buffer.consume(write(buffer, "before"));
        const auto room = buffer.room();
        buffer.rest();
        EXPECT_EQ(buffer.room().data(), room.data());
        EXPECT_EQ(buffer.room().size(), capacity);
        const std::string text(capacity, 'x');
        write(buffer, text);
        EXPECT_EQ(buffer.view(), text);
    }
}

TEST(Buffer, ThatHoldsSomethingDoesNotRest) {
    Buffer buffer;
    buffer.reserve(Buffer::page - Buffer::padding);
    write(buffer, "something");
    buffer.rest();
    EXPECT_EQ(buffer.view(), "something");
}

TEST(Buffer, GrownBeyondAPageKeepsWhatItHolds) {
    Buffer buffer;
    buffer.reserve(Buffer::page - Buffer::padding);
    write(buffer, "something");
    buffer.append(std::string(10'000, '.'));
    EXPECT_EQ(buffer.view().substr(0, 9), "something");
    EXPECT_EQ(buffer.size(), 10'009u);
}

} // namespace
} // namespace webhookd::http
