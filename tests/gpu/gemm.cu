// A product of two square matrices of half-precision numbers on tensor cores (WMMA), its rate, and
// some of its entries checked on the host.
#include "program.h"

#include <cmath>
#include <cstdio>
#include <cuda_fp16.h>
#include <mma.h>
#include <vector>

namespace {

using namespace nvcuda;

constexpr int kSize = 8192;
constexpr int kTile = 128; ///< of the result, for one block
constexpr int kDepth = 32; ///< of the inputs, kept in shared memory
constexpr int kPad = 8;    ///< halves, against bank conflicts
constexpr int kThreads = 256;
constexpr int kRounds = 10;
constexpr int kChecked = 256; ///< entries

/// Eight warps, each of which makes 32 x 64 of the block's 128 x 128.
__global__ void multiply(const half* a, const half* b, float* c) {
    __shared__ half left[kTile][kDepth + kPad];
    __shared__ half right[kDepth][kTile + kPad];
    const int warp = threadIdx.x / 32;
    const int row = (warp / 2) * 32;
    const int column = (warp % 2) * 64;
    wmma::fragment<wmma::accumulator, 16, 16, 16, float> sums[2][4];
    for (auto& line : sums) {
        for (auto& sum : line) {
            wmma::fill_fragment(sum, 0.0F);
        }
    }
    for (int depth = 0; depth < kSize; depth += kDepth) {
        for (int i = threadIdx.x; i < kTile * kDepth / 8; i += kThreads) { // 8 halves at a time
            const int y = i / (kDepth / 8);
            const int x = i % (kDepth / 8) * 8;
            *reinterpret_cast<int4*>(&left[y][x]) = *reinterpret_cast<const int4*>(
                &a[static_cast<std::size_t>(blockIdx.y * kTile + y) * kSize + depth + x]);
        }
        for (int i = threadIdx.x; i < kTile * kDepth / 8; i += kThreads) {
            const int y = i / (kTile / 8);
            const int x = i % (kTile / 8) * 8;
            *reinterpret_cast<int4*>(&right[y][x]) = *reinterpret_cast<const int4*>(
                &b[static_cast<std::size_t>(depth + y) * kSize + blockIdx.x * kTile + x]);
        }
        __syncthreads();
        for (int step = 0; step < kDepth; step += 16) {
            wmma::fragment<wmma::matrix_a, 16, 16, 16, half, wmma::row_major> lefts[2];
            wmma::fragment<wmma::matrix_b, 16, 16, 16, half, wmma::row_major> rights[4];
            for (int i = 0; i < 2; ++i) {
                wmma::load_matrix_sync(lefts[i], &left[row + 16 * i][step], kDepth + kPad);
            }
            for (int j = 0; j < 4; ++j) {
                wmma::load_matrix_sync(rights[j], &right[step][column + 16 * j], kTile + kPad);
            }
            for (int i = 0; i < 2; ++i) {
                for (int j = 0; j < 4; ++j) {
                    wmma::mma_sync(sums[i][j], lefts[i], rights[j], sums[i][j]);
                }
            }
        }
        __syncthreads();
    }
    for (int i = 0; i < 2; ++i) {
        for (int j = 0; j < 4; ++j) {
            const std::size_t y = blockIdx.y * kTile + row + 16 * i;
            wmma::store_matrix_sync(&c[y * kSize + blockIdx.x * kTile + column + 16 * j],
                                    sums[i][j], kSize, wmma::mem_row_major);
        }
    }
}

std::vector<half> numbers(unsigned seed) {
    std::vector<half> values(static_cast<std::size_t>(kSize) * kSize);
    for (half& value : values) {
        seed = seed * 1664525U + 1013904223U;
        value = __float2half(static_cast<float>(seed >> 24U) / 256.0F - 0.5F);
    }
    return values;
}

int wrongEntries(const std::vector<half>& a, const std::vector<half>& b,
                 const std::vector<float>& c) {
    int wrong = 0;
    for (int i = 0; i < kChecked; ++i) {
        const std::size_t y = (i * 7919U) % kSize;
        const std::size_t x = (i * 104729U) % kSize;
        double sum = 0;
        for (std::size_t k = 0; k < kSize; ++k) {
            sum += static_cast<double>(__half2float(a[y * kSize + k])) *
                   static_cast<double>(__half2float(b[k * kSize + x]));
        }
        wrong += std::abs(sum - c[y * kSize + x]) < 0.05 ? 0 : 1;
    }
    return wrong;
}

} // namespace

int main() {
    const auto a = numbers(1);
    const auto b = numbers(2);
    std::vector<float> c(a.size());
    half* deviceA = nullptr;
    half* deviceB = nullptr;
    float* deviceC = nullptr;
    REQUIRE(cudaMalloc(&deviceA, a.size() * sizeof(half)));
    REQUIRE(cudaMalloc(&deviceB, b.size() * sizeof(half)));
    REQUIRE(cudaMalloc(&deviceC, c.size() * sizeof(float)));
    REQUIRE(cudaMemcpy(deviceA, a.data(), a.size() * sizeof(half), cudaMemcpyHostToDevice));
    REQUIRE(cudaMemcpy(deviceB, b.data(), b.size() * sizeof(half), cudaMemcpyHostToDevice));
    const dim3 blocks(kSize / kTile, kSize / kTile);
    multiply<<<blocks, kThreads>>>(deviceA, deviceB, deviceC); // the first one is not counted
    REQUIRE(cudaDeviceSynchronize());
    cudaEvent_t start = nullptr;
    cudaEvent_t end = nullptr;
    REQUIRE(cudaEventCreate(&start));
    REQUIRE(cudaEventCreate(&end));
    REQUIRE(cudaEventRecord(start));
    for (int i = 0; i < kRounds; ++i) {
        multiply<<<blocks, kThreads>>>(deviceA, deviceB, deviceC);
    }
    REQUIRE(cudaEventRecord(end));
    REQUIRE(cudaEventSynchronize(end));
    float milliseconds = 0;
    REQUIRE(cudaEventElapsedTime(&milliseconds, start, end));
    REQUIRE(cudaMemcpy(c.data(), deviceC, c.size() * sizeof(float), cudaMemcpyDeviceToHost));
    const int wrong = wrongEntries(a, b, c);
    const double operations = 2.0 * kSize * kSize * kSize * kRounds;
    std::printf("%d x %d x %d, half precision on tensor cores: %.1f TFLOP/s; %d entries checked, "
                "%d wrong\n",
                kSize, kSize, kSize, operations / milliseconds / 1e9, kChecked, wrong);
    std::fflush(stdout);
    printMappedFiles();
    return wrong == 0 ? 0 : 1;
}
