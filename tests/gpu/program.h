// What the programs have in common: each call of CUDA has to succeed, and the last lines of the
// output say what of the driver the program has mapped.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <set>
#include <string>

#define REQUIRE(call)                                                                              \
    do {                                                                                           \
        const cudaError_t code = (call);                                                           \
        if (code != cudaSuccess) {                                                                 \
            std::fprintf(stderr, "%s: %s\n", #call, cudaGetErrorString(code));                     \
            std::exit(1);                                                                          \
        }                                                                                          \
    } while (false)

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
