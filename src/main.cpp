#include "webhookd/cli/run.hpp"

int main(int argc, char** argv) {
    return webhookd::cli::run(argc, argv);
}
