/// What is known of a kernel of which nothing but its release is there.
#pragma once

#include "precompile/compatibility/kernel_facts.h"

#include <string>

namespace tests {

inline precompile::KernelFacts named(const std::string& release) {
    return precompile::kernelFactsOf(
        {.osId = "", .osRelease = "", .architecture = "x86_64", .kernel = release});
}

} // namespace tests
