#include "toolkit/hooks/device_program.h"

#include <cstddef>
#include <cstdint>

namespace toolkit {

namespace {

// A program begins with r1 = bpf_cgroup_dev_ctx*, and ends with r0 = 1 (allow) or 0. The registers
// used here are unset when it begins, so that the program behind does not miss them.
constexpr std::uint8_t kResult = BPF_REG_0;
constexpr std::uint8_t kContext = BPF_REG_1;
constexpr std::uint8_t kType = BPF_REG_2;
constexpr std::uint8_t kAccess = BPF_REG_3;
constexpr std::uint8_t kMajor = BPF_REG_4;
constexpr std::uint8_t kMinor = BPF_REG_5;
constexpr std::int32_t kAllow = 1;

bpf_insn load(std::uint8_t to, std::size_t offset) {
    return {.code = BPF_LDX | BPF_MEM | BPF_W,
            .dst_reg = to,
            .src_reg = kContext,
            .off = static_cast<std::int16_t>(offset),
            .imm = 0};
}

bpf_insn calculate(std::uint8_t operation, std::uint8_t to, std::int32_t with) {
    return {.code = static_cast<std::uint8_t>(BPF_ALU64 | BPF_K | operation),
            .dst_reg = to,
            .src_reg = 0,
            .off = 0,
            .imm = with};
}

bpf_insn copy(std::uint8_t to, std::uint8_t from) {
    return {
        .code = BPF_ALU64 | BPF_X | BPF_MOV, .dst_reg = to, .src_reg = from, .off = 0, .imm = 0};
}

bpf_insn skipUnless(std::uint8_t value, std::int32_t is, std::size_t skipped) {
    return {.code = BPF_JMP | BPF_K | BPF_JNE,
            .dst_reg = value,
            .src_reg = 0,
            .off = static_cast<std::int16_t>(skipped),
            .imm = is};
}

bpf_insn end() {
    return {.code = BPF_JMP | BPF_EXIT, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = 0};
}

std::vector<bpf_insn> ruleFor(const DeviceNumber& device) {
    return {skipUnless(kMajor, static_cast<std::int32_t>(device.major), 3),
            skipUnless(kMinor, static_cast<std::int32_t>(device.minor), 2),
            calculate(BPF_MOV, kResult, kAllow), end()};
}

} // namespace

std::vector<bpf_insn> allowing(const std::vector<DeviceNumber>& devices,
                               const std::vector<bpf_insn>& program) {
    constexpr std::int32_t kAccessShift = 16; // access_type is the access << 16 | the type
    constexpr std::int32_t kTypeMask = 0xffff;
    constexpr std::int32_t kMore = ~(BPF_DEVCG_ACC_READ | BPF_DEVCG_ACC_WRITE);
    std::vector<bpf_insn> rules;
    for (const DeviceNumber& device : devices) {
        const auto rule = ruleFor(device);
        rules.insert(rules.end(), rule.begin(), rule.end());
    }
    std::vector<bpf_insn> result{
        load(kType, offsetof(bpf_cgroup_dev_ctx, access_type)),
        load(kMajor, offsetof(bpf_cgroup_dev_ctx, major)),
        load(kMinor, offsetof(bpf_cgroup_dev_ctx, minor)),
        copy(kAccess, kType),
        calculate(BPF_AND, kType, kTypeMask),
        calculate(BPF_RSH, kAccess, kAccessShift),
        calculate(BPF_AND, kAccess, kMore),
        skipUnless(kType, BPF_DEVCG_DEV_CHAR, rules.size() + 1),
        skipUnless(kAccess, 0, rules.size()),
    };
    result.insert(result.end(), rules.begin(), rules.end());
    result.insert(result.end(), program.begin(), program.end());
    return result;
}

} // namespace toolkit
