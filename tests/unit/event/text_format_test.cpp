#include "event/text_format.hpp"

#include <gtest/gtest.h>

namespace webhookd::event {
namespace {

// Judged by ajv-formats 3.0.1 (full); tests/differential asks it again.

TEST(DateTimes, AreAcceptedAsAjvFormatsDoes) {
    for (const auto* text :
         {"2026-08-21T10:31:07Z", "2026-08-21T10:31:07.004211Z", "2026-08-21t10:31:07z", "2026-08-21 10:31:07+01:00",
          "2026-08-21\t10:31:07Z", "2026-08-21\u00a010:31:07Z", "2026-08-21\u202810:31:07Z",
          "2024-02-29T00:00:00-23:59", "2000-02-29T00:00:00Z", "2026-08-21T10:31:07+0100", "2026-08-21T10:31:07+01",
          "2016-12-31T23:59:60Z", "2016-12-31T23:59:60.999Z", "2017-01-01T00:59:60+01:00", "2016-12-31T22:59:60-01:00",
          "2026-08-21T24:59:59+01:00", "0000-01-01T00:00:00Z"})
        EXPECT_TRUE(is_date_time(text)) << text;
}

TEST(DateTimes, AreRefusedAsAjvFormatsDoes) {
    for (const auto* text : {"",
                             "2026-08-21",
                             "2026-08-21T10:31:07",
                             "2026-08-21T10:31Z",
                             "2026-08-21T10:31:07.Z",
                             "2026-13-01T00:00:00Z",
                             "2026-00-01T00:00:00Z",
                             "2026-01-00T00:00:00Z",
                             "2026-02-29T00:00:00Z",
                             "1900-02-29T00:00:00Z",
                             "2026-04-31T00:00:00Z",
                             "2026-08-21T24:00:00Z",
                             "2026-08-21T10:60:00Z",
                             "2026-08-21T10:31:60Z",
                             "2026-08-21T23:59:61Z",
                             "2026-08-21T10:31:07+24:00",
                             "2026-08-21T10:31:07+01:60",
                             "2026-08-21T10:31:07+1:00",
                             "2026-08-21T10:31:07 Z",
                             " 2026-08-21T10:31:07Z",
                             "2026-08-21T10:31:07Z ",
                             "2026-08-21T10:31:07Z\n",
                             "2026-8-21T10:31:07Z",
                             "26-08-21T10:31:07Z",
                             "2026-08-21TT10:31:07Z",
                             "2026-08-21_10:31:07Z",
                             "2026-08-21T10:31:07+",
                             "2026-08-21T10:31:07+01:",
                             "2026-08-21T10:31:07+01:0",
                             "+026-08-21T10:31:07Z",
                             "2026-08-21T10:31:59.99999999999999999999Z"})
        EXPECT_FALSE(is_date_time(text)) << text;
}

TEST(Emails, AreJudgedAsAjvFormatsDoes) {
    for (const auto* text : {"jane@example.com", "a.b+c@x-y.example.co", "!#$%&'*+/=?^_`{|}~-@a.b", "A@B.C", "1@2.3"})
        EXPECT_TRUE(is_email(text)) << text;
    for (const auto* text : {"",
                             "@",
                             "jane",
                             "jane@",
                             "@example.com",
                             "jane@localhost",
                             "jane@example..com",
                             "jane@.example.com",
                             "jane@example.com.",
                             ".jane@example.com",
                             "jane.@example.com",
                             "ja..ne@example.com",
                             "jane@-a.com",
                             "jane@a-.com",
                             "jane doe@example.com",
                             "a@b@c.de",
                             "\"jane\"@example.com",
                             "zo\u00eb@example.com",
                             "jane@ex\u00e4mple.com",
                             "jane@a_b.com"})
        EXPECT_FALSE(is_email(text)) << text;
}

} // namespace
} // namespace webhookd::event
