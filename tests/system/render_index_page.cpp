/// The page of the index.json on stdin, for a browser to look at: also of an index that no package
/// could lead to, which is what tests/system/test_index_page.py is about.
#include "precompile/share/index_page.h"

#include <iostream>
#include <nlohmann/json.hpp>

int main() {
    const auto index = nlohmann::json::parse(std::cin);
    std::vector<precompile::IndexEntry> entries;
    for (const auto& json : index.at("packages")) {
        entries.push_back({.file = json.at("file"),
                           .size = json.at("size"),
                           .sha256 = json.at("sha256"),
                           .identity = {.target = {.osId = json.at("os"),
                                                   .osRelease = json.at("release"),
                                                   .architecture = json.at("architecture"),
                                                   .kernel = json.at("kernel")},
                                        .driver = json.at("driver"),
                                        .flavour = precompile::flavourFromString(
                                            json.at("flavour").get<std::string>()),
                                        .tag = json.at("tag")},
                           .builtAt = json.at("built_at"),
                           .signedBy = json.at("signed_by")});
    }
    std::cout << precompile::indexPage(entries);
}
