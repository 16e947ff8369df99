// Adds two vectors on every GPU that it sees and checks each sum on the host.
#include "program.h"

#include <cstdio>
#include <vector>

namespace {

constexpr int kCount = 1 << 24;
constexpr int kThreads = 256;

__global__ void add(const float* left, const float* right, float* sum) {
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    sum[i] = left[i] + right[i];
}

/// How many sums are wrong.
int wrongOnThisGpu(const std::vector<float>& left, const std::vector<float>& right) {
    const std::size_t bytes = kCount * sizeof(float);
    float* device[3] = {};
    for (float*& memory : device) {
        REQUIRE(cudaMalloc(&memory, bytes));
    }
    REQUIRE(cudaMemcpy(device[0], left.data(), bytes, cudaMemcpyHostToDevice));
    REQUIRE(cudaMemcpy(device[1], right.data(), bytes, cudaMemcpyHostToDevice));
    add<<<kCount / kThreads, kThreads>>>(device[0], device[1], device[2]);
    REQUIRE(cudaGetLastError());
    std::vector<float> sum(kCount);
    REQUIRE(cudaMemcpy(sum.data(), device[2], bytes, cudaMemcpyDeviceToHost));
    int wrong = 0;
    for (int i = 0; i < kCount; ++i) {
        wrong += sum[i] == left[i] + right[i] ? 0 : 1;
    }
    for (float* memory : device) {
        REQUIRE(cudaFree(memory));
    }
    return wrong;
}

} // namespace

int main() {
    int gpus = 0;
    REQUIRE(cudaGetDeviceCount(&gpus));
    std::vector<float> left(kCount);
    std::vector<float> right(kCount);
    for (int i = 0; i < kCount; ++i) {
        left[i] = static_cast<float>(i % 1000);
        right[i] = static_cast<float>(i % 777) / 2;
    }
    int wrong = 0;
    for (int gpu = 0; gpu < gpus; ++gpu) {
        REQUIRE(cudaSetDevice(gpu));
        cudaDeviceProp properties = {};
        REQUIRE(cudaGetDeviceProperties(&properties, gpu));
        const int here = wrongOnThisGpu(left, right);
        std::printf("GPU %d, %s: %d sums, %d wrong\n", gpu, properties.name, kCount, here);
        std::fflush(stdout);
        wrong += here;
    }
    printMappedFiles();
    return gpus > 0 && wrong == 0 ? 0 : 1;
}
