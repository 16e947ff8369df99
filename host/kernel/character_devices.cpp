#include "host/kernel/character_devices.h"

#include <sstream>

namespace host {

CharacterDevices parseCharacterDevices(std::string_view procDevices) {
    CharacterDevices majors;
    std::istringstream lines{std::string(procDevices)};
    bool inSection = false;
    for (std::string line; std::getline(lines, line);) {
        if (line.ends_with(':')) {
            inSection = line == "Character devices:";
            continue;
        }
        std::istringstream words(line);
        unsigned major = 0;
        std::string name;
        if (inSection && words >> major >> name) {
            majors.emplace(name, major);
        }
    }
    return majors;
}

} // namespace host
