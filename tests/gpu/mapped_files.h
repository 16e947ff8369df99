// What of the driver a program has mapped: the last lines of its output.
#pragma once

#include <fstream>
#include <iostream>
#include <set>
#include <string>

inline void printMappedFiles() {
    std::set<std::string> files;
    std::ifstream maps("/proc/self/maps");
    for (std::string line; std::getline(maps, line);) {
        const auto path = line.find('/');
        if (path != std::string::npos && (line.find("/libcuda.so") != std::string::npos ||
                                          line.find("/libnvidia-") != std::string::npos ||
                                          line.find("/dev/nvidia") != std::string::npos)) {
            files.insert(line.substr(path));
        }
    }
    for (const auto& file : files) {
        std::cout << "mapped: " << file << '\n';
    }
}
