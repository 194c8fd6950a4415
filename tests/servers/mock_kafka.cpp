#include "support/mock_kafka.hpp"

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <thread>

/// A cluster of Kafka for tests from outside: prints where its brokers are, appends each message of the topic
/// `flagsmith` to a file, where one is named, and obeys `down` and `up` on standard input, at whose end it ends.
int main(int argc, char** argv) {
    webhookd::test::MockKafka cluster;
    cluster.make_topic("flagsmith", 1);
    std::cout << cluster.brokers() << std::endl;
    const auto keep_messages = [&cluster](const char* file) {
        std::ofstream out(file);
        cluster.consume("flagsmith", std::chrono::hours(24), [&out](const auto& message) {
            out << message.body << std::endl;
            return true;
        });
    };
    if (argc == 2) std::thread(keep_messages, argv[1]).detach(); // until the process ends
    for (std::string line; std::getline(std::cin, line);) {
        if (line == "down") cluster.go_down();
        if (line == "up") cluster.come_up();
        std::cout << line << std::endl;
    }
    std::_Exit(EXIT_SUCCESS);
}
