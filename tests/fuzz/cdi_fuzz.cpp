#include "tests/fuzz/fuzz_target.h"
#include "toolkit/cdi/readers.h"
#include "toolkit/cdi/specification.h"
#include "toolkit/cdi/validate.h"
#include "toolkit/cdi/yaml.h"

#include <nlohmann/json.hpp>

namespace cdi = toolkit::cdi;

namespace {

void lookAt(const nlohmann::json& document) {
    const auto problems = cdi::validate(document);
    const auto needed = cdi::minimumVersion(document);
    for (const auto& reader : cdi::allReaders()) {
        const auto objections = objectionsOf(reader, document);
        if (problems.empty() && objections.empty()) {
            fuzz::require(needed <= reader.newest, "who reads a file knows what it needs");
        }
    }
    if (problems.empty()) {
        const auto name = document.at("devices").at(0).at("name").get<std::string>();
        fuzz::require(name.find_first_of("/= \n") == std::string::npos, "a name is one word");
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto text = fuzz::text(data, size);
    fuzz::refuseOrAccept([&] { lookAt(parseSpecification(text, cdi::Format::Json)); });
    fuzz::refuseOrAccept([&] {
        const auto document = parseSpecification(text, cdi::Format::Yaml);
        lookAt(document);
        fuzz::require(cdi::fromYaml(cdi::toYaml(document)) == document,
                      "a document survives writing and reading");
    });
    return 0;
}
