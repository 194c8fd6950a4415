#include "sinks/postgres/postgres_sink.hpp"

#include "sinks/postgres/settings.hpp"
#include "support/server_process.hpp"
#include "support/sink_fixture.hpp"

#include <libpq-fe.h>

namespace webhookd::sinks {
namespace {

using postgres::Settings;
using sink::Outcome;

/// One server for all tests: making a cluster takes a second.
class Server {
public:
    Server() : port_(test::free_port()) {
        // PostgreSQL does not run as root.
        if (::geteuid() == 0) {
            prefix_ = {"setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"};
            std::filesystem::permissions(directory_.path(), std::filesystem::perms(0777));
        }
        auto make = prefix_;
        for (const auto* word : {"/usr/lib/postgresql/15/bin/initdb", "--auth=trust", "--no-sync", "-U", "test", "-D"})
            make.emplace_back(word);
        make.push_back(data());
        std::string line;
        for (const auto& word : make) line += "'" + word + "' ";
        if (std::system((line + "> /dev/null").c_str()) != 0) throw std::runtime_error("initdb");
        auto command = prefix_;
        for (const auto& word :
             std::vector<std::string>{"/usr/lib/postgresql/15/bin/postgres", "-D", data(), "-p", std::to_string(port_),
                                      "-h", "127.0.0.1", "-c", "unix_socket_directories=", "-c", "fsync=off"})
            command.push_back(word);
        process_.emplace(std::move(command), port_);
    }
    std::string url() const { return "postgresql://test@127.0.0.1:" + std::to_string(port_) + "/postgres"; }
    test::ServerProcess& process() { return *process_; }

private:
    std::string data() const { return (directory_.path() / "data").string(); }

    test::TemporaryDirectory directory_;
    std::uint16_t port_;
    std::vector<std::string> prefix_;
    std::optional<test::ServerProcess> process_;
};

class PostgresSinkTest : public test::SinkFixture {
protected:
    static void SetUpTestSuite() { server = std::make_unique<Server>(); }
    static void TearDownTestSuite() { server.reset(); }

    void SetUp() override {
        until_it_answers();
        sql("DROP TABLE IF EXISTS flagsmith_events");
    }
    static void until_it_answers() {
        for (int i = 0; i < 500; ++i) {
            if (::PQstatus(connect().get()) == CONNECTION_OK) return;
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
        }
        throw std::runtime_error("PostgreSQL does not answer");
    }
    using Connection = std::unique_ptr<PGconn, decltype(&::PQfinish)>;
    static Connection connect() {
        Connection connection(::PQconnectdb(server->url().c_str()), ::PQfinish);
        ::PQsetNoticeProcessor(
            connection.get(), [](void*, const char*) {}, nullptr);
        return connection;
    }
    /// The first value of a query, or its error.
    static std::string run(const Connection& connection, const std::string& query) {
        const auto result =
            std::unique_ptr<PGresult, decltype(&::PQclear)>(::PQexec(connection.get(), query.c_str()), ::PQclear);
        return ::PQntuples(result.get()) == 0 ? ::PQresultErrorMessage(result.get()) : ::PQgetvalue(result.get(), 0, 0);
    }
    static std::string sql(const std::string& query) { return run(connect(), query); }
    void use(event::Format format = event::Format::cloudevents) {
        Settings settings;
        settings.url = server->url();
        make(postgres_sink, settings, format);
    }
    void use_and_open(event::Format format = event::Format::cloudevents) {
        use(format);
        const auto opened = open();
        ASSERT_TRUE(opened) << opened.error().why;
    }

    static std::unique_ptr<Server> server;
};

std::unique_ptr<Server> PostgresSinkTest::server;

TEST_F(PostgresSinkTest, MakesTheTableAndInsertsRows) {
    use_and_open();
    for (int i = 0; i < 500; ++i) event(R"({"n": )" + std::to_string(i) + "}");
    const auto outcomes = deliver();
    ASSERT_TRUE(outcomes) << outcomes.error().why;
    EXPECT_EQ(outcomes->size(), 500u);
    EXPECT_EQ(sql("SELECT count(*) FROM flagsmith_events"), "500");
    EXPECT_EQ(sql("SELECT event->'data'->>'n' FROM flagsmith_events WHERE id = '" +
                  to_string(content_id(R"({"n": 42})")) + "'"),
              "42");
    EXPECT_EQ(sql("SELECT flag || environment || actor FROM flagsmith_events LIMIT 1"),
              "checkout_v2Productionjane@example.com");
    EXPECT_EQ(sql("SELECT project IS NULL FROM flagsmith_events LIMIT 1"), "t");
    EXPECT_EQ(sql("SELECT received AT TIME ZONE 'UTC' FROM flagsmith_events LIMIT 1"), "2026-11-23 14:02:11");
}

TEST_F(PostgresSinkTest, TextIsUtf8WhateverTheEnvironmentSays) {
    ::setenv("PGCLIENTENCODING", "LATIN1", 1);
    use_and_open();
    ::unsetenv("PGCLIENTENCODING");
    event(R"({"n": "é"})", "größe");
    ASSERT_TRUE(deliver());
    EXPECT_EQ(sql("SELECT length(flag) || ' ' || length(event->'data'->>'n') FROM flagsmith_events"), "5 1");
}

TEST_F(PostgresSinkTest, ARepeatChangesNothing) {
    use_and_open();
    deliver("{}");
    deliver("{}");
    event("{}");
    event("{}");
    ASSERT_TRUE(deliver());
    EXPECT_EQ(sql("SELECT count(*) FROM flagsmith_events"), "1");
}

TEST_F(PostgresSinkTest, RejectsTheOneThatTheTableCannotHold) {
    use_and_open(event::Format::raw);
    std::vector<std::string> left;
    for (int i = 0; i < 100; ++i)
        left.push_back(i == 63 ? R"({"n": "\u0000"})" : R"({"n": )" + std::to_string(i) + "}");
    std::vector<std::string> rejected;
    for (int call = 0; call < 20 && !left.empty(); ++call) {
        for (const auto& body : left) event(body);
        const auto outcomes = deliver();
        ASSERT_TRUE(outcomes) << outcomes.error().why;
        for (std::size_t i = 0; i < outcomes->size(); ++i)
            if ((*outcomes)[i].kind == Outcome::Kind::reject) rejected.push_back(left[i]);
        left.erase(left.begin(), left.begin() + static_cast<std::ptrdiff_t>(outcomes->size()));
    }
    EXPECT_EQ(rejected, std::vector<std::string>{R"({"n": "\u0000"})"});
    EXPECT_EQ(sql("SELECT count(*) FROM flagsmith_events"), "99");
}

TEST_F(PostgresSinkTest, LinesOfTextAreStoredAsStrings) {
    use_and_open(event::Format::text);
    deliver("{}");
    EXPECT_EQ(sql("SELECT jsonb_typeof(event) FROM flagsmith_events"), "string");
}

TEST_F(PostgresSinkTest, ATableThatIsGoneIsMadeAgain) {
    use_and_open();
    sql("DROP TABLE flagsmith_events");
    deliver("{}");
    EXPECT_EQ(sql("SELECT count(*) FROM flagsmith_events"), "1");
}

TEST_F(PostgresSinkTest, IsAwayWhenTheServerIsAndGoesOnAfterwards) {
    use_and_open();
    server->process().stop(SIGINT);
    event("{}");
    EXPECT_FALSE(deliver());
    EXPECT_FALSE(open());
    server->process().start();
    until_it_answers();
    ASSERT_TRUE(open());
    deliver("{}");
}

TEST_F(PostgresSinkTest, ACallCanBeCancelledWhileTheServerSaysNothing) {
    use_and_open();
    deliver(R"({"n": 1})");
    const auto holder = connect();
    run(holder, "BEGIN");
    run(holder, "LOCK TABLE flagsmith_events");
    event(R"({"n": 2})");
    EXPECT_TRUE(deliver_and_cancel());
    run(holder, "COMMIT");
    ASSERT_TRUE(open());
    deliver(R"({"n": 2})");
    EXPECT_EQ(sql("SELECT count(*) FROM flagsmith_events"), "2");
}

TEST_F(PostgresSinkTest, WhatStandsInTheWayIsNamed) {
    Settings settings;
    settings.url = server->url() + "?password=s3cret";
    settings.table = "nowhere.events";
    make(postgres_sink, settings);
    ASSERT_TRUE(open());
    event("{}");
    const auto no_schema = deliver();
    ASSERT_FALSE(no_schema);
    EXPECT_EQ(no_schema.error().why, "PostgreSQL: schema \"nowhere\" does not exist (3F000)");

    sql("DROP ROLE IF EXISTS reader");
    sql("CREATE ROLE reader LOGIN");
    use_and_open();
    deliver("{}");
    settings.url = "postgresql://reader:s3cret@127.0.0.1:" + std::to_string(server->process().port()) + "/postgres";
    settings.table = "flagsmith_events";
    make(postgres_sink, settings);
    ASSERT_TRUE(open());
    event("{}");
    const auto forbidden = deliver();
    ASSERT_FALSE(forbidden);
    EXPECT_EQ(forbidden.error().why, "PostgreSQL: permission denied for table flagsmith_events (42501)");

    settings.url = "postgresql://nobody:s3cret@127.0.0.1:" + std::to_string(server->process().port()) + "/postgres";
    make(postgres_sink, settings);
    const auto unknown = open();
    ASSERT_FALSE(unknown);
    EXPECT_NE(unknown.error().why.find("role \"nobody\" does not exist"), std::string::npos) << unknown.error().why;
    EXPECT_EQ(unknown.error().why.find("s3cret"), std::string::npos) << unknown.error().why;
}

} // namespace
} // namespace webhookd::sinks
